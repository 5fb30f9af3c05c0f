"""Whether an explanation says what its numbers say: each claim of a text held against the estimate behind it.

Worked out again from the contributions, not with the code that writes the text.
"""

import math
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping

from profilering.anslag import Anslag, Bidrag, Retning, Styrke
from profilering.assess import Profilering
from profilering.features import CATALOGUE, NAMES
from profilering.features.tables import JOBBSITUASJON_ORDER
from profilering.policy import Policy
from profilering.risk import Outcome, Risk
from profilering.tekster import Tekster
from profilering.tema import TYPE_OF, Tema, TemaType

TEMA_OF = {feature.name: feature.tema for feature in CATALOGUE}
EXACT = 1e-9
"""Log-odds; what adding up some forty numbers in another order may move."""
NO_RESOURCE: Mapping[str, Container[int]] = {
    "utdanningsnivaa": {0, 1, 2},
    "utdanning_bestaatt": {0, 1},  # no, not sure
    "utdanning_godkjent": {0, 1},
    "jobbsituasjon": {
        place
        for place, beskrivelse in enumerate(JOBBSITUASJON_ORDER)
        if re.search("ALDRI|IKKE|USIKKER", beskrivelse)
    },
    "maaneder_siden_jobb": range(24, 181),
    "i_jobb_naa": {0},
    "maaneder_i_jobb_siste_12": {0},
    "maaneder_i_jobb_siste_36": {0},
    "lengste_jobb_siste_12": {0},
    "stillingsprosent_siste_jobb": {0},
    "varighet_siste_jobb": {0},
    "antall_jobber_siste_36": {0},
}
"""Values nobody has as a resource: no school, no work, not knowing. What is missing is never one either."""
NUMBER_WORDS = {"Nesten ingen": 0, "Én": 1, "Nesten alle": 100}


def unfaithful(profilering: Profilering, policy: Policy, tekster: Tekster) -> Iterator[str]:
    """Everything a text in bokmål claims that its numbers do not bear out; nothing for a faithful one."""
    for anslag in profilering.anslag:
        risk = next(risk for risk in profilering.risks if risk.outcome is anslag.utfall)
        yield from _sums(risk, anslag)
        yield from _themes(risk, anslag, profilering.features, policy)
        yield from _facts(risk, anslag, profilering.features, tekster)
        yield from _counts(risk, anslag)
    leading = profilering.forslag.regel.utfall or Outcome.LANGVARIG_STOENAD
    for anslag in profilering.anslag:
        if anslag.utfall is leading:
            yield from _text(profilering, anslag, tekster)


def themes_of(risk: Risk) -> dict[Tema, float]:
    """What each theme drew, in log-odds."""
    drawn: dict[Tema, float] = defaultdict(float)
    for name, log_odds in zip(NAMES, risk.contributions, strict=True):
        drawn[TEMA_OF[name]] += log_odds
    return drawn


def number_said(text: str) -> int:
    """How many of a hundred a text in bokmål says had the outcome; both ways must agree."""
    found = re.search(
        r"(?:(\d+|Én) av dem fikk ikke [^.]*\. )?(\d+|Én|Nesten ingen|Nesten alle)(?: av dem)? fikk (?!ikke)",
        text,
    )
    assert found is not None, text
    ikke, fikk = (None if said is None else int(NUMBER_WORDS.get(said, said)) for said in found.groups())
    assert fikk is not None
    assert ikke is None or ikke + fikk == 100, text
    return fikk


def _sums(risk: Risk, anslag: Anslag) -> Iterator[str]:
    whole = math.log(risk.probability / (1 - risk.probability))
    rest = anslag.andre.log_odds if anslag.andre else 0.0
    told = risk.base_log_odds + sum(bidrag.log_odds for bidrag in anslag.bidrag) + rest
    if abs(told - whole) > EXACT:
        yield f"themes and rest add up to {told}, the estimate is {whole}"


def _of_theme(risk: Risk, tema: Tema) -> dict[str, float]:
    named = zip(NAMES, risk.contributions, strict=True)
    return {name: log_odds for name, log_odds in named if TEMA_OF[name] is tema}


def is_resource(risk: Risk, tema: Tema, features: Mapping[str, int | None]) -> bool:
    """Whether a theme may stand as a resource: it drew down, and what speaks for it is one to have."""
    of_theme = _of_theme(risk, tema)
    if TYPE_OF[tema] is not TemaType.RESSURS or not sum(of_theme.values()) < 0:
        return False
    name = min(of_theme, key=lambda name: of_theme[name])
    value = features[name]
    return value is not None and value not in NO_RESOURCE.get(name, ())


def _themes(risk: Risk, anslag: Anslag, features: Mapping[str, int | None], policy: Policy) -> Iterator[str]:
    drawn = themes_of(risk)
    shown = [bidrag.tema for bidrag in anslag.bidrag]
    ranked = sorted((tema for tema in drawn if drawn[tema] != 0), key=lambda tema: -abs(drawn[tema]))
    resources = [tema for tema in ranked if is_resource(risk, tema, features)]
    place_given = resources and not set(resources) & set(ranked[:6])
    expected = [*ranked[:5], resources[0]] if place_given else ranked[:6]
    if shown != expected:
        yield f"the themes shown are {shown}, the largest are {expected}"
    hidden = sum(
        log_odds != 0
        for name, log_odds in zip(NAMES, risk.contributions, strict=True)
        if TEMA_OF[name] not in shown
    )
    if anslag.andre and anslag.andre.antall != hidden:
        yield f"{hidden} opplysninger are not shown, {anslag.andre.antall} are told of"
    for bidrag in (*anslag.bidrag, *([anslag.andre] if anslag.andre else ())):
        much, some = abs(bidrag.log_odds) >= policy.styrke_mye, abs(bidrag.log_odds) >= policy.styrke_noe
        styrke = Styrke.MYE if much else Styrke.NOE if some else Styrke.LITE
        if (bidrag.retning is Retning.OPP) is not (bidrag.log_odds > 0) or bidrag.styrke is not styrke:
            yield f"{bidrag.log_odds} is told as {bidrag.retning}, {bidrag.styrke}"
    up = [tema for tema in ranked if drawn[tema] >= policy.styrke_noe]
    if anslag.bare_ytelser is not (up == [Tema.YTELSER] and Tema.YTELSER in shown):
        yield f"{up} drew up; resting on benefits alone is told as {anslag.bare_ytelser}"


def _facts(risk: Risk, anslag: Anslag, features: Mapping[str, int | None], tekster: Tekster) -> Iterator[str]:
    drawn = themes_of(risk)
    for bidrag in anslag.bidrag:
        sign = 1 if bidrag.retning is Retning.OPP else -1
        of_theme = {name: sign * log_odds for name, log_odds in _of_theme(risk, bidrag.tema).items()}
        if not of_theme.get(bidrag.feature, 0.0) > 0:
            yield f"{bidrag.feature} is named and did not draw {bidrag.retning}"
        elif of_theme[bidrag.feature] != max(of_theme.values()):
            yield f"{bidrag.feature} is named and is not the strongest of {bidrag.tema}"
        if bidrag.log_odds != drawn[bidrag.tema] or bidrag.type is not TYPE_OF[bidrag.tema]:
            yield f"{bidrag.tema} is told as {bidrag.type} of {bidrag.log_odds}"
        if bidrag.tekst != tekster.fact(bidrag.feature, features[bidrag.feature]):
            yield f"{bidrag.feature} is {features[bidrag.feature]} and is told as: {bidrag.tekst}"


def _counts(risk: Risk, anslag: Anslag) -> Iterator[str]:
    if abs(100 * risk.everyone.cases / risk.everyone.of - anslag.alle_av_hundre) > 0.5:
        yield f"of all, {anslag.alle_av_hundre} of 100 are told"
    alike = risk.alike
    if alike is None or anslag.av_hundre is None or anslag.lav is None or anslag.hoey is None:
        if alike is not None or anslag.av_hundre is not None:
            yield "a number is told without people, or people without a number"
        return
    counted = 100 * alike.cases / alike.of
    inside = anslag.lav <= 100 * alike.low <= counted <= 100 * alike.high <= anslag.hoey
    if abs(counted - anslag.av_hundre) > 0.5 or anslag.grunnlag_antall != alike.of or not inside:
        yield f"{alike.cases} of {alike.of} are told as {anslag.lav}-{anslag.av_hundre}-{anslag.hoey}"


def _text(profilering: Profilering, anslag: Anslag, tekster: Tekster) -> Iterator[str]:
    said = {avsnitt.overskrift: avsnitt.tekst for avsnitt in profilering.begrunnelse.avsnitt}
    lines = {
        key: said.get(tekster.get("seksjon", key), "").splitlines() for key in tekster.sections["seksjon"]
    }
    risk = next(risk for risk in profilering.risks if risk.outcome is anslag.utfall)
    homes = {
        b.tema: _home(b, resource=is_resource(risk, b.tema, profilering.features)) for b in anslag.bidrag
    }
    for bidrag in anslag.bidrag:
        begins = f"– {bidrag.tekst.removesuffix('.')} ("
        at = [key for key, own in lines.items() if any(line.startswith(begins) for line in own)]
        if at != [homes[bidrag.tema]]:
            yield f"{bidrag.tema} ({bidrag.type}, {bidrag.retning}) stands under {at}"
    if sum(line.startswith("–") for own in lines.values() for line in own) != len(anslag.bidrag) + bool(
        anslag.andre
    ):
        yield "the text lists more or fewer themes than there are"
    resource = "ressurser" in homes.values()
    if resource is (lines["ressurser"] == [tekster.get("fast", "ingen_ressurser")]):
        yield "no resource is said to be known, and there is one, or none is named and nothing said"
    if anslag.av_hundre is not None:
        if number_said(lines["tall"][0]) != anslag.av_hundre:
            yield f"{anslag.av_hundre} of 100 is told as {number_said(lines['tall'][0])}"
        numbers = set(map(int, re.findall(r"\d+", lines["sikkerhet"][0])))
        if not numbers <= (known := {anslag.av_hundre, anslag.lav, anslag.hoey, anslag.grunnlag_antall}):
            yield f"{numbers - known} stand in the text and nowhere else"
        near = {o for o in Outcome if tekster.get("fast", f"grense_{o}") in lines["sikkerhet"][0]}
        if near != set(profilering.forslag.naer) or bool(near) is not profilering.forslag.grensetilfelle:
            yield f"close to a limit are {profilering.forslag.naer}, told are {near}"


def _home(bidrag: Bidrag, *, resource: bool) -> str:
    if bidrag.type is TemaType.OMGIVELSER:
        return "omgivelser"
    if resource:
        return "ressurser"
    up = bidrag.retning is Retning.OPP
    return "hindringer" if up and bidrag.type is TemaType.HINDRING else "andre"
