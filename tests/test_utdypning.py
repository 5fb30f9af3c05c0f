"""The whole sum behind a forslag: nothing rounded, nothing left out, the same in every language."""

import math

from hypothesis import given, settings

from profilering.anslag import Retning
from profilering.assess import assess, tell
from profilering.features import NAMES
from profilering.registrering import Registrering
from profilering.utdypning import utdyp
from serving.pages.regnestykke import regnestykkene
from serving.pages.tekst import Tabell
from tests.make import REGISTRERINGER, a_basis, a_historikk, a_registrering
from tests.readability import LANGUAGES
from tests.texts import TEKSTER

BASIS = a_basis()


@settings(max_examples=20)
@given(REGISTRERINGER)
def test_themes_and_opplysninger_add_up_to_the_estimate(registrering: Registrering) -> None:
    made = assess(registrering, BASIS, stanset=False)
    for stykke, risk in zip(utdyp(made, BASIS.policy, BASIS.tekster).regnestykker, made.risks, strict=True):
        each = [o for tema in stykke.temaer for o in tema.opplysninger]
        assert {o.navn: o.log_odds for o in each} == dict(zip(NAMES, risk.contributions, strict=True))
        assert math.isclose(math.fsum(t.log_odds for t in stykke.temaer), stykke.sum, abs_tol=1e-12)
        assert stykke.grunnlinje + stykke.sum == stykke.log_odds
        assert math.isclose(1 / (1 + math.exp(-stykke.log_odds)), stykke.sannsynlighet, abs_tol=1e-12)
        for o in each:
            assert o.verdi == made.features[o.navn]
            assert o.retning is (Retning.OPP if o.log_odds > 0 else Retning.NED if o.log_odds < 0 else None)
        sizes = [abs(tema.log_odds) for tema in stykke.temaer]
        assert sizes == sorted(sizes, reverse=True)


def test_a_language_changes_words_and_no_number() -> None:
    made = assess(a_registrering(), BASIS, stanset=False)
    numbers = set()
    for spraak in LANGUAGES:
        told = tell(a_registrering(), made.features, made.risks, made.forslag, BASIS.policy, TEKSTER[spraak])
        opened = utdyp(told, BASIS.policy, TEKSTER[spraak])
        numbers.add(tuple((s.log_odds, s.sum, s.sannsynlighet, s.grense) for s in opened.regnestykker))
    assert len(numbers) == 1


def test_what_the_veileder_was_not_shown_is_said_not_to_have_been() -> None:
    silent = a_registrering(historikk=a_historikk(arbeidsforhold=None, ytelser=None, perioder=None))
    opened = utdyp(assess(silent, BASIS, stanset=False), BASIS.policy, BASIS.tekster)
    assert not opened.vist and len(opened.regnestykker) == 2
    first, *_ = regnestykkene(opened, "12. mai 2026", BASIS.tekster)
    assert not isinstance(first, Tabell) and "har ikke fått se" in first.tekst


def test_the_table_has_a_row_for_every_opplysning_and_every_total() -> None:
    opened = utdyp(assess(a_registrering(), BASIS, stanset=False), BASIS.policy, BASIS.tekster)
    tables = [part for part in regnestykkene(opened, "i dag", BASIS.tekster) if isinstance(part, Tabell)]
    for tabell, stykke in zip(tables, opened.regnestykker, strict=True):
        assert sum(len(gruppe.rader) for gruppe in tabell.grupper) == len(NAMES)
        assert [rad.celler[-1] for rad in tabell.slutt] == [
            f"{value:+.4f}".replace(".", ",").replace("-", "−") if value else "0"
            for value in (stykke.grunnlinje, stykke.sum, stykke.log_odds)
        ]
        assert all(len(rad.celler) + 1 == len(tabell.kolonner) for g in tabell.grupper for rad in g.rader)
        assert all(abs(rad.strek) <= 1 for g in tabell.grupper for rad in (g.samlet, *g.rader))


def test_no_two_rows_of_a_table_are_called_the_same() -> None:
    for historikk in (a_historikk(), a_historikk(arbeidsforhold=None, ytelser=None, perioder=None)):
        made = assess(a_registrering(historikk=historikk), BASIS, stanset=False)
        opened = utdyp(made, BASIS.policy, BASIS.tekster)
        for tabell in regnestykkene(opened, "i dag", BASIS.tekster):
            if isinstance(tabell, Tabell):
                titles = [rad.navn for gruppe in tabell.grupper for rad in gruppe.rader]
                assert len(titles) == len(set(titles))
