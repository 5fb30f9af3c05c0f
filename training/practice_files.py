"""Practice cases as files: each a request as a caseworker system sends it, and an index with the rule."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid5

from profilering.registrering import Historikk, Opplysninger, Registrering
from training.practice import Group, Practice, PracticeCase

T = TypeVar("T")

NAMESPACE = UUID("5d0b6f0a-7f0e-5c1b-9f6e-0c9a4b1d2e3f")
"""Under it a seed and a number always give the same ids."""

INDEX = """\
# Øvingssaker: oppdiktede personer fra et syntetisk register, og hvordan det gikk med dem.
# Skrevet av `python -m training practice-cases`. Endres ikke for hånd: da er de ikke trukket lenger.

regel = "Tolv trekkes tilfeldig, én registrering per person, fra kullet modellen ikke har lært av. \
Det trekkes på nytt til de er fordelt som kullet, avrundet til hele personer. Da slipper alle gruppene \
nedenfor til like ofte som i kullet, også der det gikk annerledes enn anslaget."
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """What has to be the same for the same cases to be drawn again."""

    register: str
    register_seed: int | None
    register_persons: int | None
    cohort: tuple[date, date]  # [from, to)
    model: str
    policy: str
    seed: int


def write_practice(practice: Practice, origin: Origin, out: Path) -> None:
    """Write `index.toml` and one `<number>.json` per case to `out`; cases of before are replaced."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.json"):
        old.unlink()
    for number, case in enumerate(practice.cases, start=1):
        request = request_of(case.registrering, seed=origin.seed, number=number)
        text = json.dumps(request, ensure_ascii=False, indent=2)
        (out / f"{number}.json").write_text(f"{text}\n", "utf-8")
    (out / "index.toml").write_text(_index(practice, origin), "utf-8")


def request_of(person: Registrering, *, seed: int, number: int) -> dict[str, Any]:
    """One registrering as the wire has it: nothing in it leads to anybody."""
    return {
        "periodeId": str(uuid5(NAMESPACE, f"periode {seed} {number}")),
        "erstatter": None,
        "opplysningerOmArbeidssoeker": {
            "id": str(uuid5(NAMESPACE, f"opplysninger {seed} {number}")),
            "sendtInnAv": {"tidspunkt": f"{person.registrert}T10:00:00Z"},
            **_opplysninger(person.opplysninger),
        },
        "person": {"foedselsaar": person.foedselsaar, "fylke": person.fylke},
        "historikk": _historikk(person.historikk, person.registrert),
        "soekerYtelse": sorted(person.soeker_ytelse),
        "oenskerArbeidsevnevurdering": person.oensker_arbeidsevnevurdering,
        "egenvurdering": person.egenvurdering,
        "enhet": None,
    }


def _opplysninger(svar: Opplysninger) -> dict[str, Any]:
    utdanning = svar.utdanning and {
        "nus": str(svar.utdanning.nus),
        "bestaatt": svar.utdanning.bestaatt,
        "godkjent": svar.utdanning.godkjent,
    }
    detaljer = {"stilling_styrk08": svar.styrk08} if svar.styrk08 else {}
    stated = sorted(svar.jobbsituasjon or ())
    return {
        "utdanning": utdanning,
        "helse": svar.helse and {"helsetilstandHindrerArbeid": svar.helse},
        "jobbsituasjon": {"beskrivelser": [{"beskrivelse": b, "detaljer": detaljer} for b in stated]},
        "annet": {"andreForholdHindrerArbeid": svar.annet} if svar.annet_gitt else None,
    }


def _historikk(historikk: Historikk, day: date) -> dict[str, Any]:
    """Last days are inclusive on the wire; a spell that goes on beyond the day has none."""

    def last(end: date | None) -> date | None:
        return None if end is None or end > day else end - timedelta(days=1)

    return {
        "arbeidsforhold": _each(
            historikk.arbeidsforhold,
            lambda j: (
                _spell("startdato", j.startet, "sluttdato", last(j.sluttet))
                | _known({"stillingsprosent": j.stillingsprosent, "styrk08": j.styrk08})
            ),
        ),
        "ytelser": _each(
            historikk.ytelser, lambda y: {"ytelse": y.ytelse} | _spell("fom", y.fra, "tom", last(y.til))
        ),
        "tidligerePerioder": _each(
            historikk.perioder, lambda p: _spell("startet", p.startet, "avsluttet", p.avsluttet)
        ),
        "tiltak": _each(historikk.tiltak, lambda t: _spell("fom", t.fra, "tom", last(t.til))),
    }


def _each(items: Sequence[T] | None, become: Callable[[T], dict[str, Any]]) -> list[dict[str, Any]] | None:
    return None if items is None else [become(item) for item in items]


def _spell(start_name: str, start: date, end_name: str, end: date | None) -> dict[str, Any]:
    return {start_name: start.isoformat(), **_known({end_name: end and end.isoformat()})}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _index(practice: Practice, origin: Origin) -> str:
    first, after = origin.cohort
    source = {
        "register": origin.register,
        "register_froe": origin.register_seed,
        "register_personer": origin.register_persons,
        "kull_fra": first,
        "kull_til": after,
        "modell": origin.model,
        "policy": origin.policy,
        "froe": origin.seed,
    }
    blocks = [_group(group) for group in practice.groups]
    blocks += [_sak(number, case) for number, case in enumerate(practice.cases, start=1)]
    return INDEX + "\n".join(["\n".join(_lines(source)), "", *blocks])


def _group(group: Group) -> str:
    values = {"trekk": group.trekk, "verdi": group.verdi, "kull": group.kull, "saker": group.saker}
    return "\n".join(["[[gruppe]]", *_lines(values), ""])


def _sak(number: int, case: PracticeCase) -> str:
    values = {
        "id": str(number),
        "forslag": case.forslag,
        "langvarig_stoenad": case.langvarig,
        "helserelatert_ytelse": case.helse,
    }
    return "\n".join(["[[sak]]", *_lines(values), ""])


def _lines(values: Mapping[str, object]) -> Iterator[str]:
    """TOML for texts without quotes, numbers, days and yes or no; what is not known is left out."""
    for name, value in values.items():
        match value:
            case None:
                continue
            case bool():
                yield f"{name} = {str(value).lower()}"
            case str():
                yield f'{name} = "{value}"'
            case _:
                yield f"{name} = {value}"
