"""Read a report back from its files, so that its page can be made again without the data."""

import json
from pathlib import Path
from typing import Any

from profilering.errors import CallerError
from training.reporting.figures import Figure
from training.reporting.report import Report, Section, Table


def read_report(folder: Path) -> Report:
    """Read `report.json` and the figures beside it. Raises CallerError naming the file that is wrong."""
    path = folder / "report.json"
    try:
        content = json.loads(path.read_text("utf-8"))
        sections = tuple(_section(section, folder) for section in content["sections"])
        return Report(content["title"], content["limits"], sections)
    except OSError as problem:
        raise CallerError(
            f"{problem.filename} cannot be read: {problem.strerror}; give a run's folder"
        ) from None
    except (ValueError, KeyError, TypeError) as problem:
        raise CallerError(f"{path} is no report of this version: {problem!r}") from None


def _section(content: dict[str, Any], folder: Path) -> Section:
    tables = (
        Table(table["caption"], tuple(table["header"]), tuple(tuple(row) for row in table["rows"]))
        for table in content["tables"]
    )
    figures = (_figure(figure, folder) for figure in content["figures"])
    return Section(content["heading"], tuple(content["text"]), tuple(tables), tuple(figures))


def _figure(content: dict[str, Any], folder: Path) -> Figure:
    svg = (folder / f"{content['name']}.svg").read_text("utf-8")
    return Figure(content["name"], content["title"], content["description"], svg, content["csv"])
