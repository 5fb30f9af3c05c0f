"""Who sees a case is written down before they see it: one line each, none for machines or refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from serving.__main__ import cli
from serving.access.access_log import AccessLog
from serving.access.cef import read_cef
from serving.app import create_app
from serving.identity.caller import LOCAL, Caller
from serving.journal.erasing import Moment, entries_of_cases, erase
from tests.builders import API, NOW, a_request, letting_in, some_parts
from tests.builders import Caller as Asking
from tests.journals import SALT, connected, opened, rows
from tests.proof.erasure import WHY, owned

VEILEDER = Caller("modia", "Z990001")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@contextmanager
def a_service_for(caller: Caller, path: Path, lines: list[str]) -> Iterator[Asking]:
    with opened(path, timeout_seconds=1.0) as journal:
        parts = replace(some_parts(journal), access=AccessLog(journal, lines.append))
        yield Asking(create_app(parts, admission=letting_in(caller)))


def views(path: Path) -> int:
    return int(rows(path, "SELECT count(*) FROM innfoersel WHERE slag = 'innsyn'")[0][0])


def test_a_veileder_who_asks_and_reads_leaves_one_line_each_time(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(VEILEDER, path, lines) as service:
        answer = service.post(a_request())
        assert service.get(answer.headers["location"]).status_code == 200
    seen = [read_cef(line) for line in lines]
    assert [event for event, _ in seen] == ["audit:create", "audit:access"]
    assert {fields["flexString1"] for _, fields in seen} == {answer.json()["id"]}
    assert {fields["suid"] for _, fields in seen} == {"Z990001"}
    assert seen[0][1]["sproc"] == answer.headers["x-request-id"]
    assert seen[1][1]["request"] == f"{API}/{{id}}"
    assert views(path) == 2


def test_what_was_made_before_was_seen_and_not_made(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(VEILEDER, path, lines) as service:
        assert service.post(a_request()).content == service.post(a_request()).content
    assert [read_cef(line)[0] for line in lines] == ["audit:create", "audit:access"]


def test_nothing_seen_leaves_no_line(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(VEILEDER, path, lines) as service:
        answer = service.post(a_request())
        known = service.get(answer.headers["location"], **{"If-None-Match": answer.headers["etag"]})
        assert len(lines) == 2  # bytes that are known may have been fetched for somebody else
        lines.clear()
        with owned(str(path)) as store:
            case = UUID(answer.json()["id"])
            erase(store, entries_of_cases(store, [case]), WHY, Moment(NOW, UUID(int=99), SALT))
        statuses = [
            known.status_code,
            service.get(f"{API}/{UUID(int=404)}").status_code,
            service.get(answer.headers["location"]).status_code,
            service.post({"feil": 1}).status_code,
        ]
    assert statuses == [304, 404, 410, 422]
    assert lines == []


def test_a_machine_leaves_no_line(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(LOCAL, path, lines) as service:
        service.get(service.post(a_request()).headers["location"])
    assert (lines, views(path)) == ([], 0)


def test_what_cannot_be_written_down_is_not_shown(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(VEILEDER, path, lines) as service:
        answer = service.post(a_request())
        lines.clear()
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            refused = service.get(answer.headers["location"])
    assert refused.status_code == 503
    assert "forslag" not in refused.json()
    assert lines == []


def test_who_asked_stands_in_the_profilering(path: Path) -> None:
    with a_service_for(VEILEDER, path, []) as service:
        service.post(a_request())
    (content,) = rows(path, "SELECT bytes FROM innhold WHERE nummer = 1")[0]
    assert b'"innsender":"modia"' in content
    assert b'"navident":"Z990001"' in content


def test_the_lines_can_be_made_again_from_the_journal(path: Path) -> None:
    lines: list[str] = []
    with a_service_for(VEILEDER, path, lines) as service:
        service.get(service.post(a_request()).headers["location"])
    result = CliRunner().invoke(cli, ["journal", "cef", "--journal", str(path), "--after", "0"])
    assert result.output.splitlines() == lines
    result = CliRunner().invoke(cli, ["journal", "cef", "--journal", str(path), "--after", "2"])
    assert result.output.splitlines() == lines[1:]
