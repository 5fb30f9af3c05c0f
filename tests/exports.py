"""Journal exports for the tests that watch a service, as `python -m serving journal export` writes them.

Only the watched fields mean something here: the hashes are none.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from profilering.assess import Profilering
from profilering.features import NAMES
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.risk import Outcome

BUNDLE = "sha256:" + 64 * "a"
BEGAN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
Line = dict[str, Any]


def a_line(slag: str, innhold: Mapping[str, Any] | None, sak: int, seconds: float = 0.0) -> Line:
    """One entry about the `sak`-th case, so many seconds after the first one was opened."""
    opprettet = (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "nummer": 0,
        "slag": slag,
        "sak": str(UUID(int=sak)),
        "opprettet": opprettet,
        "forrige": "sha256:" + 64 * "0",
        "forpliktelse": "sha256:" + 64 * "0",
        "digest": "sha256:" + 64 * "0",
        "salt": None if innhold is None else 32 * "00",
        "innhold": None if innhold is None else dict(innhold),
    }


def a_profilering(sak: int, *, seconds: float = 0.0, **changes: Any) -> Line:
    """Somebody of 20 of whom nothing else is known; `changes` replace parts of the content."""
    ordinary = {
        "forespoersel": {"periodeId": f"P-{sak}"},
        "registrert": "2026-01-05",
        "opplysninger": dict.fromkeys(NAMES) | {"alder": 20},
        "anslag": [{"utfall": outcome.value, "sannsynlighet": 0.1} for outcome in Outcome],
        "forslag": {"kode": "STANDARD_INNSATS", "regel": "INGEN_FORHOEYET_ANSLAG", "grensetilfelle": False},
        "digester": {"bundle": BUNDLE},
    }
    return a_line("profilering", ordinary | changes, sak, seconds)


def of_registrering(
    sak: int,
    periode_id: str,
    registrert: date,
    features: Mapping[str, int | None],
    estimates: Mapping[Outcome, float],
    bundle: str,
) -> Line:
    """The profilering of somebody in a register, with what was estimated of them."""
    return a_profilering(
        sak,
        forespoersel={"periodeId": periode_id},
        registrert=registrert.isoformat(),
        opplysninger=dict(features),
        anslag=[{"utfall": outcome.value, "sannsynlighet": p} for outcome, p in estimates.items()],
        digester={"bundle": bundle},
    )


def of_assessed(sak: int, periode_id: str, registrert: date, profilering: Profilering, bundle: str) -> Line:
    """What the service keeps of a profilering, as far as it is watched."""
    estimates = {risk.outcome: risk.probability for risk in profilering.risks}
    line = of_registrering(sak, periode_id, registrert, profilering.features, estimates, bundle)
    forslag = profilering.forslag
    line["innhold"]["forslag"] = {"kode": forslag.kode.value, "regel": forslag.regel.kode.value}
    return line


def without_forslag(sak: int, regel: RegelKode = RegelKode.FOR_LITE_GRUNNLAG) -> Line:
    """A profilering in which the service refrained."""
    return a_profilering(sak, forslag={"kode": "INGEN_FORSLAG", "regel": regel.value})


def a_vurdering(
    sak: int,
    innsatsgruppe: str = "GODE_MULIGHETER",
    *,
    forslag: ForslagKode = ForslagKode.STANDARD_INNSATS,
    enhet: str | None = "0315",
    seconds: float = 600.0,
    **changes: Any,
) -> Line:
    """Somebody concluded ten minutes later what was proposed; `changes` replace parts of the content."""
    ordinary = {
        "innsatsgruppe": innsatsgruppe,
        "grunn": {"kode": "SAMTALEN_MED_PERSONEN", "tekst": "Har fått jobb."},
        "enhet": enhet,
        "forslag": forslag.value,
        "regel": "INGEN_FORHOEYET_ANSLAG",
        "foer_forslaget": False,
        "innsender": "saksbehandlingssystemet",
        "navident": "Z990001",
    }
    innhold = ordinary | changes
    return a_line("vurdering", innhold, sak, seconds)


def write_export(path: Path, lines: Iterable[Line]) -> Path:
    """Number the lines from 1 and write them."""
    return write_lines(path, ({**line, "nummer": number} for number, line in enumerate(lines, start=1)))


def write_lines(path: Path, lines: Iterable[Line]) -> Path:
    """Write the lines as they are, but each content as the text it is in an export."""
    path.write_text("".join(f"{json.dumps(_closed(line))}\n" for line in lines), "utf-8")
    return path


def _closed(line: Line) -> Line:
    return line if line["innhold"] is None else {**line, "innhold": json.dumps(line["innhold"])}
