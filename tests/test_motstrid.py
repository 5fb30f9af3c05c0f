"""Answers that contradict each other, cannot be read or were not given: accepted, and not known."""

from typing import Any

import pytest

from profilering.assess import missing_facts
from profilering.registrering import Beskrivelse, JaNeiVetIkke, Utdanning
from serving.wire.reading import forespoersel_of
from tests.builders import understood, with_answers, with_situations
from tests.make import some_tekster

JA, NEI = JaNeiVetIkke.JA, JaNeiVetIkke.NEI


def utdanning(**answers: Any) -> tuple[Utdanning | None, tuple[str, ...]]:
    """What is understood of stated education, and what contradicts itself."""
    read = understood(with_answers(utdanning=answers))
    return read.opplysninger.utdanning, read.motstrid


@pytest.mark.parametrize("nus", ["0", "1", "2", "9"])
def test_answers_to_questions_that_are_not_asked_contradict_the_level(nus: str) -> None:
    assert utdanning(nus=nus, bestaatt="JA", godkjent="NEI") == (
        Utdanning(int(nus), None, None),
        ("utdanning.bestaatt", "utdanning.godkjent"),
    )


def test_only_the_answer_that_was_given_contradicts() -> None:
    assert utdanning(nus="2", godkjent="VET_IKKE")[1] == ("utdanning.godkjent",)
    assert utdanning(nus="2")[1] == ()


@pytest.mark.parametrize("nus", ["", "10", "-1", "x", "٤", "4 "])
def test_a_level_that_is_no_digit_counts_as_not_known(nus: str) -> None:
    assert utdanning(nus=nus, bestaatt="JA", godkjent="JA") == (Utdanning(None, JA, JA), ("utdanning.nus",))


def test_what_was_written_instead_of_a_code_is_not_kept() -> None:
    request = with_situations("ANNET", stilling_styrk08="rørlegger", prosent="full stilling")
    request["opplysningerOmArbeidssoeker"]["utdanning"] = {"nus": "fagbrev"}
    kept = forespoersel_of(request).model_dump_json(by_alias=True)
    assert not any(word in kept for word in ("rørlegger", "full stilling", "fagbrev"))


def test_metadata_that_names_people_is_accepted_and_dropped() -> None:
    metadata = {
        "tidspunkt": "2026-05-12T08:14:00Z",
        "utfoertAv": {"type": "VEILEDER", "id": "Z990000", "sikkerhetsnivaa": None},
        "kilde": "kildesystem",
        "aarsak": "innsending",
        "tidspunktFraKilde": {"tidspunkt": "2026-05-12T08:00:00Z", "avviksType": "FORSINKELSE"},
    }
    kept = forespoersel_of(with_answers(sendtInnAv=metadata)).model_dump_json(by_alias=True)
    assert not any(word in kept for word in ("Z990000", "kildesystem", "innsending", "FORSINKELSE"))


def test_what_is_kept_of_a_request_is_understood_in_the_same_way() -> None:
    request = with_situations("ANNET", stilling_styrk08="x", prosent="50", ukjent="y")
    request["opplysningerOmArbeidssoeker"]["utdanning"] = {"nus": "?", "bestaatt": "JA"}
    kept = forespoersel_of(request).model_dump(mode="json", by_alias=True)
    assert understood(kept) == understood(request)


@pytest.mark.parametrize(
    "codes",
    [
        *(["ALDRI_HATT_JOBB", other] for other in (
            "ER_PERMITTERT", "DELTIDSJOBB_VIL_MER", "MIDLERTIDIG_JOBB", "KONKURS", "USIKKER_JOBBSITUASJON"
        )),
        ["ER_PERMITTERT", "IKKE_VAERT_I_JOBB_SISTE_2_AAR"],
    ],
)  # fmt: skip
def test_job_situations_that_exclude_each_other_count_as_not_known(codes: list[str]) -> None:
    read = understood(with_situations(*codes, stilling_styrk08="7223"))
    assert read.opplysninger.jobbsituasjon is None
    assert read.opplysninger.styrk08 is None
    assert read.motstrid == ("jobbsituasjon.beskrivelser",)
    assert "jobbsituasjon.beskrivelser" not in missing_facts(read)


def test_job_situations_that_go_together_are_all_known() -> None:
    read = understood(with_situations("HAR_BLITT_SAGT_OPP", "USIKKER_JOBBSITUASJON"))
    assert read.opplysninger.jobbsituasjon == frozenset(
        {Beskrivelse.HAR_BLITT_SAGT_OPP, Beskrivelse.USIKKER_JOBBSITUASJON}
    )


@pytest.mark.parametrize("code", ["UKJENT_VERDI", "UDEFINERT"])
def test_a_code_the_sender_did_not_know_is_no_answer(code: str) -> None:
    read = understood(with_situations(code))
    assert read.opplysninger.jobbsituasjon is None
    assert missing_facts(read) == ("jobbsituasjon.beskrivelser",)


def test_an_unknown_answer_is_no_answer() -> None:
    read = understood(with_answers(helse={"helsetilstandHindrerArbeid": "UKJENT_VERDI"}))
    assert read.opplysninger.helse is None


def test_a_section_that_was_collected_without_an_answer_is_told_apart() -> None:
    empty = understood(with_answers(annet={"andreForholdHindrerArbeid": None})).opplysninger
    absent = understood(with_answers(annet=None)).opplysninger
    assert (empty.annet_gitt, empty.annet) == (True, None)
    assert (absent.annet_gitt, absent.annet) == (False, None)


@pytest.mark.parametrize(
    "details",
    [
        {"stilling_styrk08": "72234"},
        {"stilling_styrk08": ""},
        {"prosent": "0"},
        {"prosent": "00.0"},
        {"prosent": "101"},
        {"prosent": "halv"},
        {"gjelder_fra_dato_iso8601": "12.05.2026"},
        {"siste_dag_med_loen_iso8601": "2026-13-01"},
    ],
)
def test_a_malformed_detail_counts_as_not_known_and_is_told(details: dict[str, str]) -> None:
    read = understood(with_situations("HAR_SAGT_OPP", **details))
    assert read.motstrid == ("jobbsituasjon.detaljer",)
    assert read.opplysninger.styrk08 is None
    assert read.opplysninger.jobbsituasjon == frozenset({Beskrivelse.HAR_SAGT_OPP})


def test_details_are_read_in_both_spellings_and_unknown_ones_are_tolerated() -> None:
    details = {"prosent": "62.5", "siste_dag_med_loen_iso8601": "2026-05-31", "stilling": "sjåfør"}
    read = understood(with_situations("HAR_SAGT_OPP", stilling_styrk08="8", **details))
    assert read.motstrid == ()
    assert read.opplysninger.styrk08 == "8"


def test_every_contradiction_has_a_name_people_can_read() -> None:
    request = with_situations("ALDRI_HATT_JOBB", "KONKURS", prosent="x")
    request["opplysningerOmArbeidssoeker"]["utdanning"] = {"nus": "2", "bestaatt": "JA", "godkjent": "JA"}
    names = {*understood(request).motstrid, *utdanning(nus="x")[1]}
    assert len(names) == 5
    assert "?" not in some_tekster().about_facts("motstrid", sorted(names))
