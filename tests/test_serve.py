"""The service as the operator starts it: a process of its own, asked over a real connection."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import pytest

from models.bundle import folder_of
from models.signature import new_key
from serving.__main__ import main
from tests.builders import API, JSON, a_request, body_of
from tests.bundles import a_bundle, approve

pytestmark = pytest.mark.usefixtures("as_in_the_image")

PATIENCE_SECONDS = 60
"""A crowded machine takes long to import polars and LightGBM."""


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(what: str, happened: Callable[[], bool], service: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end or service.poll() is not None:
            service.kill()
            raise AssertionError(f"{what} did not happen: {service.communicate()}")
        time.sleep(0.1)


def is_alive(client: httpx.Client) -> bool:
    try:
        return client.get("/internal/isAlive").status_code == 200
    except httpx.ConnectError:
        return False


def test_a_service_lives_without_a_model_answers_once_one_is_approved_and_stops_in_order(
    tmp_path: Path,
) -> None:
    port = a_free_port()
    approved, key, checkpoints = tmp_path / "approved.toml", tmp_path / "key.pem", tmp_path / "sjekkpunkter"
    approved.write_text("")
    new_key(key)
    checkpoints.mkdir()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--approved", str(approved)]
    command += ["--artefacts", str(tmp_path / "artefacts"), "--arkiv", str(tmp_path / "arkiv")]
    command += ["--checkpoints", str(checkpoints), "--checkpoint-key", str(key)]
    environ = {**os.environ, "PROFILERING_JOURNAL": str(tmp_path / "new" / "journal.sqlite")}
    environ |= {"PROFILERING_STOP_SECONDS": "1.5"}
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
        subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as service,
    ):
        wait_until("its start", lambda: is_alive(client), service)
        ready = client.get("/internal/isReady")
        refused = client.post(API, content=body_of(a_request()), headers=JSON)
        too_long = client.post(API, content=b" " * 1_000_000, headers=JSON)
        digest = a_bundle(tmp_path / "artefacts")
        approve(approved, digest)
        wait_until("its beginning", lambda: client.get("/internal/isReady").status_code == 200, service)
        answered = client.post(API, content=body_of(a_request()), headers=JSON)
        wait_until("a checkpoint", lambda: list(checkpoints.glob("*.json")) != [], service)
        service.send_signal(signal.SIGTERM)
        asked_to_stop = time.monotonic()
        wait_until(
            "its word that it stops", lambda: "stopping" in client.get("/internal/isReady").text, service
        )
        told_after = time.monotonic() - asked_to_stop
        last = client.post(API, content=body_of(a_request(enhet="0001")), headers=JSON)
        out, err = service.communicate(timeout=PATIENCE_SECONDS)
        stopped_after = time.monotonic() - asked_to_stop
    assert told_after < 1 and 1 < stopped_after < 15
    assert (last.status_code, last.headers["connection"]) == (201, "close")
    assert (ready.status_code, refused.status_code, too_long.status_code) == (503, 503, 413)
    assert "approved.toml approves no model" in ready.text
    assert int(refused.headers["retry-after"]) > 0
    assert answered.status_code == 201 and answered.json()["journal"]["nummer"] == 2
    assert folder_of(tmp_path / "arkiv" / "bundles", digest).is_dir()
    events = [json.loads(line) for line in out.splitlines()]
    told = [(event["message"], event["level"]) for event in events if event["message"] != "request_answered"]
    assert told == [
        ("local_mode_started_without_token_check", "WARNING"),
        ("model_refused", "WARNING"),
        ("model_loaded", "INFO"),
        ("service_stopped", "INFO"),
    ]
    assert (service.returncode, err) == (0, "")


@pytest.mark.parametrize("checkpoint_key", ["missing.pem", "no-key.pem"])
def test_a_service_whose_checkpoint_key_cannot_be_used_does_not_start(
    tmp_path: Path, checkpoint_key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no-key.pem").write_text("no key")
    key = str(tmp_path / checkpoint_key)
    arguments = ["serve", "--checkpoints", str(tmp_path), "--checkpoint-key", key]
    arguments += ["--journal", str(tmp_path / "journal.db")]
    monkeypatch.setattr(sys, "argv", ["serving", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("the service does not start: ")


def test_several_workers_share_one_port_and_stop_together(tmp_path: Path) -> None:
    port = a_free_port()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--workers", "2"]
    command += ["--stop-seconds", "0", "--journal", str(tmp_path / "j.db"), "--arkiv", str(tmp_path / "a")]
    command += ["--approved", str(tmp_path / "none.toml")]
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as service,
    ):
        wait_until("its start", lambda: is_alive(client), service)
        assert service.stdout is not None
        begun = [first(service.stdout, "model_refused") for _ in range(2)]  # the last thing before it listens
        assert client.get("/internal/isReady").status_code == 503
        service.send_signal(signal.SIGTERM)
        out, err = service.communicate(timeout=PATIENCE_SECONDS)
    ended = [json.loads(line) for line in out.splitlines()]
    assert len(begun) == [line["message"] for line in ended].count("service_stopped") == 2
    assert [line for line in ended if line["level"] == "ERROR"] == []
    assert (service.returncode, err) == (0, "")


def first(lines: Iterable[str], event: str) -> str:
    """The next line of the log that tells of this; what comes before it is passed over."""
    return next(line for line in lines if json.loads(line)["message"] == event)


def test_workers_that_cannot_start_say_why_and_leave_nobody_running(tmp_path: Path) -> None:
    (tmp_path / "j.db").write_text("not a database")
    command = [sys.executable, "-m", "serving", "serve", "--port", str(a_free_port()), "--workers", "2"]
    command += ["--journal", str(tmp_path / "j.db")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 2
    assert "a worker does not start: " in ended.stderr
    assert "the service does not start: a worker could not start" in ended.stderr
