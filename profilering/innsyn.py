"""Insight for the person: which opplysninger were used, where from, what they did, and how to object.

Written to the person, and given through the veileder. Everything the model was given is listed, in words
and without log-odds. Source: GDPR art. 13-16 and 21; AI Act art. 86; REQ-25 to REQ-27 and REQ-66.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from profilering.anslag import Anslag
from profilering.assess import Profilering
from profilering.begrunnelse import Avsnitt
from profilering.features.catalogue import CATALOGUE, Feature
from profilering.innsatsgruppe import ForslagKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import Risk
from profilering.tekster import Tekster
from profilering.tema import TYPE_OF, Tema, TemaType

ORDER = tuple(sorted(Tema, key=lambda tema: list(TemaType).index(TYPE_OF[tema])))
"""Resources first, then hindrances, then what is around the person (REQ-29)."""


@dataclass(frozen=True, slots=True)
class Laget:
    """When and with what a profilering was made, and how long it is kept."""

    dag: date
    modell: str
    policy: str
    tekster: str
    lagres_maaneder: int


@dataclass(frozen=True, slots=True)
class _Brukt:
    """One sentence about the person, and what it did: the signs it drew over all estimates."""

    tekst: str
    tema: Tema
    kilde: str
    mangler: bool
    virkning: str  # ned, opp, begge, ikke


def innsyn_i(
    registrering: Registrering, profilering: Profilering, laget: Laget, tekster: Tekster
) -> tuple[Avsnitt, ...]:
    """Write the whole text; sections with nothing to say are left out."""
    used = _used(profilering.features, profilering.risks, tekster)
    avsnitt = [
        (tekster.get("innsyn", "tittel"), _about(registrering, profilering.forslag, tekster)),
        (tekster.get("seksjon", "tall"), _numbers(profilering.anslag, tekster)),
        (tekster.get("innsyn", "brukt"), tekster.get("innsyn", "brukt_om")),
        *(_theme(tema, used, tekster) for tema in ORDER),
        (tekster.get("innsyn", "mangler"), _missing(used, tekster)),
        (tekster.get("innsyn", "motstrid"), _contradictions(registrering, tekster)),
        (tekster.get("seksjon", "vet_ikke"), tekster.get("fast", "vet_aldri")),
        (tekster.get("innsyn", "ikke_brukt"), tekster.get("innsyn", "ikke_brukt_om")),
        (tekster.get("innsyn", "feil"), tekster.get("innsyn", "feil_om")),
        (tekster.get("innsyn", "uenig"), tekster.get("innsyn", "uenig_om")),
        (tekster.get("innsyn", "lov"), _law(laget, tekster)),
    ]
    return tuple(Avsnitt(title, text) for title, text in avsnitt if text)


def dag_tekst(dag: date, tekster: Tekster) -> str:
    """A day as it is written in a letter of this language: 12. mai 2026."""
    month = tekster.get("innsyn", "maaneder").split()[dag.month - 1]
    return tekster.get("innsyn", "dato", dag=dag.day, maaned=month, aar=dag.year)


def _used(features: Mapping[str, int | None], risks: Sequence[Risk], tekster: Tekster) -> list[_Brukt]:
    """Everything the model was given; opplysninger that are told in the same words are told once."""
    drawn: dict[str, list[float]] = {}
    for risk in risks:
        for contribution in risk.contributions:
            drawn.setdefault(contribution.feature, []).append(contribution.log_odds)
    alike: dict[tuple[str, Tema], list[Feature]] = {}
    for feature in CATALOGUE:
        sentence = tekster.fact(feature.name, features[feature.name])
        alike.setdefault((sentence, feature.tema), []).append(feature)
    return [
        _Brukt(
            tekst=sentence,
            tema=tema,
            kilde=tekster.get("kilde", told[0].grunnlag),
            mangler=features[told[0].name] is None,
            virkning=_effect(value for feature in told for value in drawn.get(feature.name, ())),
        )
        for (sentence, tema), told in alike.items()
    ]


def _effect(log_odds: Iterable[float]) -> str:
    """Key of the words for what an opplysning did to all numbers together."""
    signs = {value > 0 for value in log_odds if value != 0}
    if len(signs) > 1:
        return "begge"
    return ("opp" if signs.pop() else "ned") if signs else "ikke"


def _about(registrering: Registrering, forslag: Forslag, tekster: Tekster) -> str:
    name = tekster.get("forslag", forslag.kode)
    refrained = forslag.kode is ForslagKode.INGEN_FORSLAG
    said = [
        tekster.get("innsyn", "om", dato=dag_tekst(registrering.registrert, tekster)),
        tekster.get("innsyn", "ingen_forslag") if refrained else tekster.get("innsyn", "forslag", navn=name),
        tekster.get("innsyn", forslag.regel.kode),
        tekster.get("innsyn", "menneske"),
    ]
    return " ".join(said)


def _numbers(anslag: Sequence[Anslag], tekster: Tekster) -> str:
    if not anslag:
        return tekster.get("fast", "ingen_tall")
    return "\n".join([*(_number(each, tekster) for each in anslag), tekster.get("fast", "ikke_aarsak")])


def _number(anslag: Anslag, tekster: Tekster) -> str:
    words = tekster.utfall[anslag.utfall]
    everyone = tekster.counted("alle", anslag.alle_av_hundre, fikk=words["fikk"])
    if anslag.av_hundre is None:
        return f"{tekster.get('fast', 'for_faa')} {everyone} {words['forklaring']}"
    both_ways = tekster.counted("begge_veier", anslag.av_hundre, ikke=100 - anslag.av_hundre, **words)
    return f"{tekster.get('fast', 'tenk_deg')} {both_ways} {everyone} {words['forklaring']}"


def _theme(tema: Tema, used: Sequence[_Brukt], tekster: Tekster) -> tuple[str, str]:
    """A list for each source of the theme, under its name."""
    known = [brukt for brukt in used if brukt.tema is tema and not brukt.mangler]
    lines = []
    for kilde in dict.fromkeys(brukt.kilde for brukt in known):
        lines.append(tekster.get("innsyn", "kilde", kilde=kilde))
        lines += [_line(brukt, tekster) for brukt in known if brukt.kilde == kilde]
    return tekster.get("tema", tema), "\n".join(lines)


def _line(brukt: _Brukt, tekster: Tekster) -> str:
    return f"– {brukt.tekst.removesuffix('.')} ({tekster.get('innsyn', brukt.virkning)})."


def _missing(used: Sequence[_Brukt], tekster: Tekster) -> str:
    lines = [_line(brukt, tekster) for brukt in used if brukt.mangler]
    return "\n".join([*lines, tekster.get("innsyn", "mangler_om")]) if lines else ""


def _contradictions(registrering: Registrering, tekster: Tekster) -> str:
    return tekster.about_facts("motstrid", registrering.motstrid) if registrering.motstrid else ""


def _law(laget: Laget, tekster: Tekster) -> str:
    made = tekster.get(
        "innsyn",
        "laget",
        dato=dag_tekst(laget.dag, tekster),
        modell=laget.modell,
        policy=laget.policy,
        tekster=laget.tekster,
    )
    return f"{tekster.get('innsyn', 'lov_om', maaneder=laget.lagres_maaneder)} {made}"
