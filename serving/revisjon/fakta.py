"""Every fact a case was told of: what was said, where it is from, and what it was used for."""

from collections.abc import Iterator
from dataclasses import dataclass

from profilering.features.catalogue import Grunnlag
from profilering.registrering import Registrering
from profilering.tekster import Tekster
from serving.pages.words import Fact, facts_of, history_of, word

IN_ESTIMATES = "Ja"
IN_RULES = "Nei, bare i reglene"
OF_FACTS = (
    "En opplysning som mangler, kan også trekke: modellen får vite at den mangler. "
    "Reglene ser dessuten på helse, ytelser, og på om nok er kjent."
)
SHOWN = "Nei, den er bare vist"


@dataclass(frozen=True, slots=True)
class Faktum:
    """One fact as the case page has it; a missing one may draw an estimate by being missing."""

    navn: str
    verdier: tuple[str, ...]
    kilde: str
    brukt: str  # in the estimates
    mangler: bool


def fakta_of(registrering: Registrering, tekster: Tekster) -> tuple[Faktum, ...]:
    """Answers, registers, what is asked for and the person's own view, each with its source and use."""
    svar = tekster.get("kilde", Grunnlag.SVAR)
    soeker = tuple(word("ytelse", each) for each in sorted(registrering.soeker_ytelse)) or ("Ingen",)
    eget = registrering.egenvurdering
    return (
        *(_told(fact, tekster) for fact in _facts(registrering)),
        Faktum("Søker om ytelse", soeker, svar, IN_RULES, mangler=False),
        Faktum(
            "Personens eget syn",
            (tekster.get("egenvurdering", eget) if eget else word("svar", "mangler"),),
            svar,
            SHOWN,
            mangler=eget is None,
        ),
    )


def _facts(registrering: Registrering) -> Iterator[Fact]:
    yield from facts_of(registrering)
    yield from history_of(registrering)


def _told(fact: Fact, tekster: Tekster) -> Faktum:
    kilde = tekster.get("kilde", fact.grunnlag or Grunnlag.SVAR)
    brukt = IN_RULES if fact.grunnlag is None else IN_ESTIMATES
    return Faktum(fact.navn, fact.verdier, kilde, brukt, fact.mangler)
