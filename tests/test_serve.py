"""The service as the operator starts it: a process of its own, asked over a real connection."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.builders import API, JSON, a_request, body_of

PATIENCE_SECONDS = 60
"""A crowded machine takes long to import polars and LightGBM."""


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until_alive(address: str, service: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and service.poll() is None:
        try:
            if httpx.get(f"{address}/internal/isAlive").status_code == 200:
                return
        except httpx.ConnectError:
            time.sleep(0.1)
    service.kill()
    raise AssertionError(f"the service did not come up: {service.communicate()}")


def test_a_service_without_an_approved_model_starts_says_why_and_stops_in_order(tmp_path: Path) -> None:
    port = a_free_port()
    address = f"http://127.0.0.1:{port}"
    approved = tmp_path / "approved.toml"
    approved.write_text("")
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--approved", str(approved)]
    environ = {**os.environ, "PROFILERING_JOURNAL": str(tmp_path / "new" / "journal.sqlite")}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as service:
        wait_until_alive(address, service)
        ready = httpx.get(f"{address}/internal/isReady")
        refused = httpx.post(address + API, content=body_of(a_request()), headers=JSON)
        too_long = httpx.post(address + API, content=b" " * 1_000_000, headers=JSON)
        service.send_signal(signal.SIGTERM)
        out, err = service.communicate(timeout=PATIENCE_SECONDS)
    assert (ready.status_code, refused.status_code, too_long.status_code) == (503, 503, 413)
    assert "approved.toml approves no model" in ready.text
    assert int(refused.headers["retry-after"]) > 0
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events[:2]] == [
        "model_refused",
        "local_mode_started_without_token_check",
    ]
    assert {event["level"] for event in events[:2]} == {"WARNING"}
    assert events[-1]["event"] == "service_stopped"
    assert (service.returncode, err) == (0, "")
