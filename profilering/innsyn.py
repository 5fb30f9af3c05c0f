"""Insight for the person: which opplysninger were used, where from, what they did, and how to object.

Written to the person, and given through the veileder. Everything the model was given is listed, in words
and without log-odds. Source: GDPR art. 13-16 and 21; AI Act art. 86; REQ-25 to REQ-27 and REQ-66.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from profilering.anslag import Anslag
from profilering.assess import Profilering
from profilering.begrunnelse import Avsnitt
from profilering.features.catalogue import CATALOGUE, NAMES, Feature
from profilering.fylker import FYLKESNAVN
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.sikkerhet import interval, near_limit
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
    samlet: bool  # said of several opplysninger that are known, in coarse words (REQ-68)
    virkning: str | None  # ned, opp, begge, ikke; None where no number was shown


def innsyn_i(
    registrering: Registrering, profilering: Profilering, laget: Laget, tekster: Tekster
) -> tuple[Avsnitt, ...]:
    """Write the whole text; sections with nothing to say are left out."""
    used = _used(registrering, profilering, tekster)
    avsnitt = [
        (tekster.get("innsyn", "tittel"), _about(registrering, profilering.forslag, tekster)),
        (tekster.get("seksjon", "tall"), _numbers(profilering, tekster)),
        (tekster.get("seksjon", "merknader"), _notes(profilering, tekster)),
        (tekster.get("innsyn", "brukt"), _used_how(profilering, tekster)),
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


def _used(registrering: Registrering, profilering: Profilering, tekster: Tekster) -> list[_Brukt]:
    """Everything the model was given; opplysninger that are told in the same words are told once."""
    alike: dict[tuple[str, Tema], list[Feature]] = {}
    for feature in CATALOGUE:
        sentence = _sentence(feature, profilering.features[feature.name], registrering, tekster)
        alike.setdefault((sentence, feature.tema), []).append(feature)
    return [_brukt(sentence, told, profilering, tekster) for (sentence, _), told in alike.items()]


def _brukt(sentence: str, told: Sequence[Feature], profilering: Profilering, tekster: Tekster) -> _Brukt:
    missing = profilering.features[told[0].name] is None
    return _Brukt(
        tekst=sentence,
        tema=told[0].tema,
        kilde=tekster.get("kilde", told[0].grunnlag),
        mangler=missing,
        samlet=len(told) > 1 and not missing,
        virkning=_effect(_drawn(told, profilering)) if profilering.anslag else None,
    )


def _drawn(told: Sequence[Feature], profilering: Profilering) -> Iterator[float]:
    places = [NAMES.index(feature.name) for feature in told]
    for risk in profilering.risks:
        yield from (risk.contributions[place] for place in places)


def _sentence(feature: Feature, value: int | None, registrering: Registrering, tekster: Tekster) -> str:
    """As the veileder reads it; only the person is told which county it is about."""
    county = FYLKESNAVN.get(registrering.fylke or "")
    if feature.name == "fylke" and county is not None:
        return tekster.get("innsyn", "fylke", fylke=county)
    return tekster.fact(feature.name, value)


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
        tekster.get("innsyn", _reason(registrering, forslag)),
        tekster.get("innsyn", "menneske"),
    ]
    return " ".join(said)


def _reason(registrering: Registrering, forslag: Forslag) -> str:
    """Key of the sentence about the rule that decided; who has no known age is not told of it."""
    kode = forslag.regel.kode
    if kode is RegelKode.UTENFOR_MODELLEN and registrering.foedselsaar is None:
        return "uten_alder"
    return kode


def _numbers(profilering: Profilering, tekster: Tekster) -> str:
    if not profilering.anslag:
        return tekster.get("fast", "ingen_tall")
    each = (_number(anslag, tekster) for anslag in profilering.anslag)
    close = near_limit(profilering.forslag, tekster)
    return "\n".join([*each, *close, tekster.get("fast", "ikke_aarsak")])


def _number(anslag: Anslag, tekster: Tekster) -> str:
    words = tekster.utfall[anslag.utfall]
    everyone = tekster.counted("alle", anslag.alle_av_hundre, fikk=words["fikk"])
    if anslag.av_hundre is None:
        return f"{tekster.get('fast', 'for_faa')} {everyone} {words['forklaring']}"
    both_ways = tekster.counted("begge_veier", anslag.av_hundre, ikke=100 - anslag.av_hundre, **words)
    said = [tekster.get("fast", "tenk_deg"), both_ways, everyone, words["forklaring"]]
    return " ".join([*said, *interval(anslag, tekster)])


def _notes(profilering: Profilering, tekster: Tekster) -> str:
    """What the veileder was asked to have in mind, as it stood there."""
    heading = tekster.get("seksjon", "merknader")
    shown = (each.tekst for each in profilering.begrunnelse.avsnitt if each.overskrift == heading)
    return next(shown, "")


def _used_how(profilering: Profilering, tekster: Tekster) -> str:
    return tekster.get("innsyn", "brukt_om" if profilering.anslag else "brukt_uten_tall")


def _theme(tema: Tema, used: Sequence[_Brukt], tekster: Tekster) -> tuple[str, str]:
    """A list for each source of the theme, under its name."""
    known = [brukt for brukt in used if brukt.tema is tema and not brukt.mangler]
    lines = []
    for kilde in dict.fromkeys(brukt.kilde for brukt in known):
        lines.append(tekster.get("innsyn", "kilde", kilde=kilde))
        lines += [_line(brukt, tekster) for brukt in known if brukt.kilde == kilde]
    if any(brukt.samlet for brukt in known):
        lines.append(tekster.get("innsyn", "samlet"))
    return tekster.get("tema", tema), "\n".join(lines)


def _line(brukt: _Brukt, tekster: Tekster) -> str:
    if brukt.virkning is None:
        return f"– {brukt.tekst}"
    return f"– {brukt.tekst.removesuffix('.')} ({tekster.get('innsyn', brukt.virkning)})."


def _missing(used: Sequence[_Brukt], tekster: Tekster) -> str:
    missing = [brukt for brukt in used if brukt.mangler]
    lines = [_line(brukt, tekster) for brukt in missing]
    if any(brukt.virkning for brukt in missing):
        lines.append(tekster.get("innsyn", "mangler_om"))
    return "\n".join(lines)


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
