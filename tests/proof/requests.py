"""Registreringer of a register as requests: what a caller of the service would have sent."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from profilering.registrering import Historikk, Opplysninger, Registrering, Utdanning
from serving.wire.codes import WireBeskrivelse
from serving.wire.scalars import UNREADABLE

D = TypeVar("D")
Json = Mapping[str, Any]


def request_of(registrering: Registrering, number: int) -> Json:
    """The request that is understood as this registrering; `number` gives it ids of its own."""
    return {
        "periodeId": str(uuid5(NAMESPACE_OID, f"periode {number}")),
        "opplysningerOmArbeidssoeker": {
            "id": str(uuid5(NAMESPACE_OID, f"opplysninger {number}")),
            # The same day in Norway, summer and winter.
            "sendtInnAv": {"tidspunkt": f"{registrering.registrert}T08:00:00Z"},
            **_opplysninger(registrering.opplysninger),
        },
        "person": {"foedselsaar": registrering.foedselsaar, "fylke": registrering.fylke},
        "historikk": _historikk(registrering.historikk),
        "soekerYtelse": sorted(registrering.soeker_ytelse),
        "oenskerArbeidsevnevurdering": registrering.oensker_arbeidsevnevurdering,
        "egenvurdering": registrering.egenvurdering,
    }


def _opplysninger(stated: Opplysninger) -> Json:
    return {
        "utdanning": stated.utdanning and _utdanning(stated.utdanning),
        "helse": stated.helse and {"helsetilstandHindrerArbeid": stated.helse},
        "annet": {"andreForholdHindrerArbeid": stated.annet} if stated.annet_gitt else None,
        "jobbsituasjon": {
            "beskrivelser": [
                {"beskrivelse": code, "detaljer": {"stilling_styrk08": stated.styrk08}}
                # An occupation is a detail of a situation: where none is stated, of one that says nothing.
                for code in sorted(stated.jobbsituasjon or [WireBeskrivelse.UDEFINERT])
            ]
        },
    }


def _utdanning(utdanning: Utdanning) -> Json:
    nus = UNREADABLE if utdanning.nus is None else str(utdanning.nus)
    return {"nus": nus, "bestaatt": utdanning.bestaatt, "godkjent": utdanning.godkjent}


def _historikk(historikk: Historikk) -> Json:
    return {
        "arbeidsforhold": _each(
            historikk.arbeidsforhold,
            lambda job: {
                "startdato": str(job.startet),
                "sluttdato": _last_day(job.sluttet),
                "stillingsprosent": job.stillingsprosent,
                "styrk08": job.styrk08,
            },
        ),
        "ytelser": _each(
            historikk.ytelser, lambda y: {"ytelse": y.ytelse, "fom": str(y.fra), "tom": _last_day(y.til)}
        ),
        "tidligerePerioder": _each(
            historikk.perioder,
            lambda p: {"startet": str(p.startet), "avsluttet": p.avsluttet and str(p.avsluttet)},
        ),
        "tiltak": _each(historikk.tiltak, lambda t: {"fom": str(t.fra), "tom": _last_day(t.til)}),
    }


def _each(items: Sequence[D] | None, become: Callable[[D], Json]) -> list[Json] | None:
    return None if items is None else [become(item) for item in items]


def _last_day(end: date | None) -> str | None:
    return None if end is None else str(end - timedelta(days=1))
