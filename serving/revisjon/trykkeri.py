"""Has a case set as PDF by a child process, one at a time, so that no print slows an answer."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from logging import ERROR
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from serving.revisjon.papir import Papir
from serving.telemetry.log import log_event
from serving.wire.problems import TRY_AGAIN_SECONDS, Problem, RefusedError

HERE = Path(__file__).parent
TEMPLATE = HERE / "papir.typ"
PROGRAM = (sys.executable, "-I", str(HERE / "presse.py"))
ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}
"""All that the child is told of where it runs: no secret, and to use one processor."""
PATIENCE_SECONDS = 10.0
"""Thirty times what an ordinary case takes."""
NOT_PRINTED = Problem(
    "ikke-skrevet-ut",
    503,
    "Kunne ikke skrives ut",
    "Saken ble ikke ferdig satt som PDF. Prøv igjen om litt. Siden med saken viser det samme.",
    headers={"Retry-After": str(TRY_AGAIN_SECONDS)},
)


class Trykkeri:
    """Prints one document at a time; the others wait without holding a thread."""

    def __init__(self, program: Sequence[str] = PROGRAM, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._program = program
        self._patience_seconds = patience_seconds
        self._press = asyncio.Semaphore(1)

    async def printed(self, papir: Papir, at: datetime) -> bytes:
        """Set a document; the same one at the same second gives the same bytes. Raises RefusedError (503)."""
        async with self._press:
            return await run_in_threadpool(self._set, papir, at)

    def _set(self, papir: Papir, at: datetime) -> bytes:
        try:
            child = subprocess.run(  # noqa: S603  our own program
                [*self._program, str(TEMPLATE), str(int(at.timestamp()))],
                input=json.dumps(asdict(papir), ensure_ascii=False).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a typesetter's complaint holds words of the case
                env=ENVIRONMENT,
                timeout=self._patience_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _not_printed("took too long") from None
        if child.returncode:
            raise _not_printed(f"ended with {child.returncode}")
        return child.stdout


def _not_printed(why: str) -> RefusedError:
    log_event("case_not_printed", level=ERROR, reason=why)
    return RefusedError(NOT_PRINTED)
