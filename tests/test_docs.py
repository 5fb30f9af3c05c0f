"""The pages say what is so: their requests are sent, their programs run, and their commands understood."""

import json
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from threading import Thread
from types import MappingProxyType
from typing import Any

import httpx
import pytest
import typer
import uvicorn
from fastapi import FastAPI
from typer.core import TyperGroup
from typer.main import get_command

from serving.__main__ import cli as serving_cli
from tests.builders import API, JSON, a_request, a_service
from tests.guarded import Guarded, a_guarded_service
from training.__main__ import app as training_cli

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
ADDRESS = "http://127.0.0.1:8080"
"""Where the pages have the service; the tests have it where there is room."""

NOT_RUN: Mapping[str, str] = MappingProxyType(
    {
        "TOKEN=": "tests/test_tokens.py asks the practice issuer for its tokens",
        "python3 ut/etterproev.py": "tests/test_journal_export.py runs the script of an export",
    }
)
"""How a command begins, and why it is not tried here."""
PROGRAMS: Mapping[str, Any] = MappingProxyType(
    {"serving": get_command(serving_cli), "training": get_command(training_cli)}
)
PLACEHOLDERS: Mapping[str, str] = MappingProxyType({"PERIODE_ID": "0b2f6c1e-3f0a-4f5e-9f4d-2f8f5b8a7d10"})
"""What a reader fills in, where not any text will do."""
UNKNOWN_FYLKE = {**a_request(), "person": {"foedselsaar": 1988, "fylke": "Vestland"}}
FILES: Mapping[str, bytes] = MappingProxyType(
    {
        "registreringer.ndjson": b"".join(
            json.dumps(one).encode() + b"\n" for one in (a_request(), UNKNOWN_FYLKE)
        )
    }
)
"""What a reader brings: one line that is answered and one that is refused."""

BLOCK = re.compile(r"^( *)```(sh|python|json)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of a page, without its indentation."""

    page: str
    kind: str
    text: str

    def commands(self) -> list[str]:
        """Of a shell: one line each, comments left away."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def blocks_of(page: str, text: str) -> list[Block]:
    return [
        Block(page, kind, re.sub(f"^{indent}", "", content, flags=re.MULTILINE))
        for indent, kind, content in BLOCK.findall(text)
    ]


BLOCKS = {page.name: blocks for page in PAGES if (blocks := blocks_of(page.name, page.read_text("utf-8")))}


@dataclass(frozen=True, slots=True)
class Services:
    """One that wants no token and one that does, each listening on this machine."""

    open: str
    guarded: str
    issuer: Guarded

    def address(self, text: str) -> str:
        """Which of them a piece of a page means."""
        return self.guarded if "Authorization" in text else self.open


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    with create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("docs")
    with ExitStack() as stack:
        service = stack.enter_context(a_service(folder / "open.db"))
        guarded = stack.enter_context(a_guarded_service(folder / "guarded.db"))
        addresses = [stack.enter_context(listening(one.app)) for one in (service, guarded.service)]
        yield Services(addresses[0], addresses[1], guarded)


@pytest.mark.parametrize("page", BLOCKS)
def test_a_page_says_what_is_so(page: str, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    answer = None
    for block in BLOCKS[page]:
        if block.kind == "python":
            run_program(block.text, services)
        elif block.kind == "json":
            answer = shown(block.text, answer, services)
        else:
            for command in block.commands():
                answer = try_command(command, services) or answer


def try_command(command: str, services: Services) -> httpx.Response | None:
    """Send it if it is a request, else see that it would be understood."""
    if any(command.startswith(beginning) for beginning in NOT_RUN):
        return None
    if command.startswith("curl "):
        return sent(command, services)
    words = [word for word in shlex.split(command, comments=True) if not re.match(r"[A-Z_]+=", word)]
    match words:
        case ["make", target]:
            assert re.search(f"^{target}:", Path("Makefile").read_text("utf-8"), re.MULTILINE), command
        case [".venv/bin/python" | "python", "-m", program, *arguments]:
            understand(PROGRAMS[program], [PLACEHOLDERS.get(word, word) for word in arguments])
        case _:
            pytest.fail(f"nobody tries `{command}`: teach the test to, or give a reason in NOT_RUN")
    return None


def understand(command: Any, arguments: Sequence[str]) -> None:
    """Let the program read its arguments, and no more. Raises TyperException."""
    name = ""
    while isinstance(command, TyperGroup):
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context(name, list(arguments))


CURL = ArgumentParser("curl", exit_on_error=False, allow_abbrev=False)
for flag in ("-s", "-S", "-i"):
    CURL.add_argument(flag, action="store_true")
CURL.add_argument("-X", dest="method")
CURL.add_argument("-H", dest="headers", action="append", default=[])
CURL.add_argument("-d", dest="data")
CURL.add_argument("-T", dest="upload")
CURL.add_argument("address")


def sent(command: str, services: Services) -> httpx.Response:
    """What curl would send, and the answer to it, which must be no refusal."""
    token = services.issuer.token_of("drift" if "/drift/" in command else "system")
    given = CURL.parse_args(shlex.split(command.replace("$TOKEN", str(token)))[1:])
    content, method = None, "GET"
    headers = dict(header.split(": ", 1) for header in given.headers)
    if given.data is not None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        content, method = (
            bytes_of(given.data.removeprefix("@")) if given.data[0] == "@" else given.data,
            "POST",
        )
    if given.upload is not None:
        content, method = bytes_of(given.upload), "PUT"
    assert given.address.startswith(ADDRESS), command
    address = services.address(command) + given.address.removeprefix(ADDRESS)
    answer = httpx.request(given.method or method, address, headers=headers, content=content, trust_env=False)
    assert answer.is_success, (command, answer.text)
    return answer


def bytes_of(name: str) -> bytes:
    return FILES.get(name) or (ROOT / name).read_bytes()


def run_program(text: str, services: Services) -> None:
    """Run it as it stands, where `token` gives a system's token."""
    program = compile(text.replace(ADDRESS, services.guarded), "a program of the pages", "exec")
    exec(program, {"token": services.issuer.machine})  # noqa: S102 - our own pages


def shown(text: str, answer: httpx.Response | None, services: Services) -> httpx.Response | None:
    """Send it if it is a request; else it is part of the answer before it, line for line."""
    if "periodeId" in text:
        response = httpx.post(services.open + API, content=text.encode(), headers=JSON, trust_env=False)
        assert response.status_code == 201, response.text
        return response
    assert answer is not None, "there is no request before this answer"
    for line, given in zip(text.splitlines(), answer.text.splitlines(), strict=True):
        assert is_part(json.loads(line), json.loads(given)), (line, given)
    return answer


def is_part(shown: Any, given: Any) -> bool:
    """Whether every field that is shown is there, and every number and text the same ("…": any text)."""
    if isinstance(shown, dict):
        return all(name in given and is_part(value, given[name]) for name, value in shown.items())
    return shown == given or isinstance(shown, list) or "…" in str(shown)


# The test itself


def test_every_reason_is_for_something() -> None:
    commands = [command for blocks in BLOCKS.values() for block in blocks for command in block.commands()]
    assert [start for start in NOT_RUN if not any(c.startswith(start) for c in commands)] == []
    assert {block.kind for blocks in BLOCKS.values() for block in blocks} == {"sh", "python", "json"}


@pytest.mark.parametrize(
    "wrong",
    [
        "make runn",
        "python -m serving servee",
        "python -m serving journal verify --jurnal x",
        "python -m training train",
        "rm -rf var",
        "curl -sS http://127.0.0.1:8080/api/v1/profilering",
        "curl -d @serving/personas/P07.json http://127.0.0.1:8080/api/v1/profileringer",
        "curl -H 'Authorization: Bearer x' http://127.0.0.1:8080/api/v1/drift/stans",
        "curl --no-such-flag http://127.0.0.1:8080/api/v1/drift/stans",
    ],
)
def test_a_command_that_is_wrong_is_found(wrong: str, services: Services) -> None:
    with pytest.raises((AssertionError, KeyError, typer.TyperException, SystemExit, pytest.fail.Exception)):
        try_command(wrong, services)


def test_an_answer_that_is_wrong_is_found(services: Services) -> None:
    answer = try_command("curl -sS http://127.0.0.1:8080/api/v1/drift/stans", services)
    shown('{"stanset": false}', answer, services)
    for wrong in ('{"stanset": true}', '{"stoppet": false}', '{"periodeId": "x"}', "{}\n{}"):
        with pytest.raises((AssertionError, ValueError)):
            shown(wrong, answer, services)
