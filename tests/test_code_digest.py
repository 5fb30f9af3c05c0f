"""The digest that says which code answered."""

import shutil
from pathlib import Path

import pytest

from models.code import ROOMS, code_digest


@pytest.mark.parametrize(
    "file", ["profilering/policy.py", "models/treeshap/kernel.c", "models/treeshap/nodes.h"]
)
def test_the_digest_follows_every_source_file(file: str, tmp_path: Path) -> None:
    copies = [Path(shutil.copytree(room, tmp_path / room.name)) for room in ROOMS]
    assert code_digest(copies) == code_digest()
    source = tmp_path / file
    source.write_text(source.read_text("utf-8") + "\n", "utf-8")
    assert code_digest(copies) != code_digest()
