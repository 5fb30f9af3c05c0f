"""Builders for what people are told: an anslag from what each theme drew, and the text by heading."""

from collections.abc import Mapping

from hypothesis import strategies as st

from profilering.anslag import Anslag, anslag_of
from profilering.begrunnelse import Begrunnelse, explain
from profilering.features import CATALOGUE, NAMES
from profilering.policy import MerknadKode, RegelKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import Frequency
from profilering.tema import Tema
from tests.make import a_policy, a_registrering, a_risk, features, some_tekster

POLICY, TEKSTER = a_policy(), some_tekster()
VALUES = features(a_registrering())
TEMA_OF = {feature.name: feature.tema for feature in CATALOGUE}

ORDER = [
    "Forslag",
    "Hva viser tallene?",
    "Hvor sikkert er det?",
    "Ressurser som trakk tallet ned",
    "Hindringer som trakk tallet opp",
    "Forhold rundt personen",
    "Andre forhold",
    "Verdt å vite",
    "Dette vet ikke modellen",
    "Personens eget syn",
    "Før du bestemmer",
    "Rettigheter",
]
"""explanation.md, *Order, always*; "andre forhold" stands last of what the numbers say, then what the
policy asks to have in mind."""

ONE_OF_EACH = {tema: next(name for name in NAMES if TEMA_OF[name] is tema) for tema in Tema}
CONTRIBUTIONS = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 0.15, -0.15, 0.5, -0.5]))
)


def drawn(**themes: float) -> dict[str, float]:
    """Contributions of one opplysning per theme, by the theme's name in lower case."""
    return {ONE_OF_EACH[Tema(tema.upper())]: value for tema, value in themes.items()}


def an_anslag(contributions: Mapping[str, float], alike: Frequency | None = None) -> Anslag:
    return anslag_of(a_risk(contributions=contributions, alike=alike), VALUES, POLICY, TEKSTER)


def a_forslag(
    regel: RegelKode = RegelKode.INGEN_FORHOEYET_ANSLAG,
    *merknader: MerknadKode,
    grensetilfelle: bool = False,
) -> Forslag:
    found = POLICY.regel(regel)
    return Forslag(found.forslag, found, grensetilfelle, merknader)


def written(
    *anslag: Anslag,
    forslag: Forslag | None = None,
    registrering: Registrering | None = None,
    mangler: tuple[str, ...] = (),
) -> dict[str, str]:
    """The text by heading, in its order."""
    return by_heading(
        explain(registrering or a_registrering(), forslag or a_forslag(), anslag, mangler, TEKSTER)
    )


def by_heading(begrunnelse: Begrunnelse) -> dict[str, str]:
    return {avsnitt.overskrift: avsnitt.tekst for avsnitt in begrunnelse.avsnitt}
