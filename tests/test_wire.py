"""What the service reads out of a request: all of it, in one way, and contradictions as not known."""

from datetime import date
from typing import Any

import pytest

from profilering.assess import missing_facts
from profilering.registrering import Beskrivelse, JaNeiVetIkke, Livsoppholdsytelse, Utdanning
from serving.wire.problems import MAX_BYTES, FieldFault, RefusedError, invalid, pointer_of, response_of
from tests.builders import a_request, understood, with_answers, with_history

JA, NEI = JaNeiVetIkke.JA, JaNeiVetIkke.NEI


def faults(request: dict[str, Any]) -> dict[str, str]:
    """Where a request is refused, and why."""
    with pytest.raises(RefusedError) as refused:
        understood(request)
    assert refused.value.problem.status == 422
    return {fault.peker: fault.feil for fault in refused.value.problem.felter}


def test_the_contracts_example_is_read_whole() -> None:
    read = understood(a_request())
    assert read.registrert == date(2026, 5, 12)
    assert (read.foedselsaar, read.fylke) == (1988, "46")
    assert read.opplysninger.utdanning == Utdanning(4, JA, JA)
    assert (read.opplysninger.helse, read.opplysninger.annet) == (NEI, NEI)
    assert read.opplysninger.jobbsituasjon == frozenset({Beskrivelse.HAR_BLITT_SAGT_OPP})
    assert read.opplysninger.styrk08 == "7223"
    assert read.motstrid == ()
    assert missing_facts(read) == ()


def test_inclusive_last_days_become_half_open_ends() -> None:
    historikk = understood(a_request()).historikk
    assert historikk.arbeidsforhold is not None and historikk.ytelser is not None
    assert historikk.arbeidsforhold[0].sluttet == date(2026, 5, 2)
    assert historikk.ytelser[0].til == date(2024, 2, 21)


def test_a_period_ends_on_the_day_it_was_closed() -> None:
    perioder = understood(a_request()).historikk.perioder
    assert perioder is not None and perioder[0].avsluttet == date(2017, 6, 15)


@pytest.mark.parametrize("end", [{}, {"sluttdato": None}, {"sluttdato": "9999-12-31"}])
def test_a_job_without_a_known_end_still_runs(end: dict[str, Any]) -> None:
    read = understood(with_history(arbeidsforhold=[{"startdato": "2020-01-01", **end}]))
    assert read.historikk.arbeidsforhold is not None
    assert read.historikk.arbeidsforhold[0].sluttet is None


def test_jobs_keep_the_order_they_came_in() -> None:
    starts = ["2019-01-01", "2023-01-01", "2021-01-01"]
    read = understood(with_history(arbeidsforhold=[{"startdato": start} for start in starts]))
    assert [job.startet.isoformat() for job in read.historikk.arbeidsforhold or ()] == starts


def test_a_register_that_did_not_answer_is_not_a_register_that_holds_nothing() -> None:
    silent = understood(with_history(ytelser=None))
    empty = understood(with_history(ytelser=[]))
    assert silent.historikk.ytelser is None and "historikk.ytelser" in missing_facts(silent)
    assert empty.historikk.ytelser == () and "historikk.ytelser" not in missing_facts(empty)


@pytest.mark.parametrize("register", ["arbeidsforhold", "ytelser", "tidligerePerioder", "tiltak"])
def test_a_register_that_is_left_out_is_refused_since_it_says_neither(register: str) -> None:
    request = a_request()
    del request["historikk"][register]
    assert faults(request) == {f"/historikk/{register}": "Feltet mangler."}


@pytest.mark.parametrize("field", ["oenskerArbeidsevnevurdering", "soekerYtelse"])
def test_what_a_rule_of_law_asks_for_is_never_assumed(field: str) -> None:
    request = a_request()
    del request[field]
    assert faults(request) == {f"/{field}": "Feltet mangler."}


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-05-12T21:59:59Z", date(2026, 5, 12)),
        ("2026-05-12T22:00:00Z", date(2026, 5, 13)),
        ("2026-01-12T22:30:00Z", date(2026, 1, 12)),
        ("2026-01-12T23:00:00.123Z", date(2026, 1, 13)),
        ("2026-05-12T00:30:00+02:00", date(2026, 5, 12)),
    ],
)
def test_the_day_of_registrering_is_the_day_in_oslo(instant: str, day: date) -> None:
    request = with_answers(sendtInnAv={"tidspunkt": instant})
    request["historikk"] = {name: [] for name in request["historikk"]}
    assert understood(request).registrert == day


@pytest.mark.parametrize(
    "instant",
    [
        "2026-05-12",
        "2026-05-12T08:14:00",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59Z",
        "2026-02-30T08:00Z",
        5,
    ],
)
def test_an_instant_that_is_none_is_refused(instant: Any) -> None:
    assert list(faults(with_answers(sendtInnAv={"tidspunkt": instant}))) == [
        "/opplysningerOmArbeidssoeker/sendtInnAv/tidspunkt"
    ]


@pytest.mark.parametrize(
    ("register", "spell", "peker"),
    [
        ("arbeidsforhold", {"startdato": "2026-05-13"}, "startdato"),
        ("arbeidsforhold", {"startdato": "2020-01-02", "sluttdato": "2020-01-01"}, "sluttdato"),
        ("arbeidsforhold", {"startdato": "2020-01-02", "sluttdato": "2026-05-13"}, "sluttdato"),
        ("ytelser", {"ytelse": "AAP", "fom": "2026-05-13"}, "fom"),
        ("ytelser", {"ytelse": "AAP", "fom": "2020-01-02", "tom": "2026-05-13"}, "tom"),
        ("tidligerePerioder", {"startet": "2020-01-02", "avsluttet": "2020-01-01"}, "avsluttet"),
        ("tidligerePerioder", {"startet": "2020-01-02", "avsluttet": "2026-05-13"}, "avsluttet"),
        ("tiltak", {"fom": "2020-01-02", "tom": "2020-01-01"}, "tom"),
    ],
)
def test_dates_out_of_order_or_after_the_day_are_refused_with_what_to_do(
    register: str, spell: dict[str, str], peker: str
) -> None:
    found = faults(with_history(**{register: [spell]}))
    assert list(found) == [f"/historikk/{register}/0/{peker}"]
    assert found[f"/historikk/{register}/0/{peker}"].startswith(f"{peker} er ")
    if peker in ("sluttdato", "tom", "avsluttet"):
        assert f"Utelat {peker} hvis" in found[f"/historikk/{register}/0/{peker}"]


@pytest.mark.parametrize("day", ["2026-05-12", "2020-01-02"])
def test_a_job_may_last_one_day_and_end_on_the_day_itself(day: str) -> None:
    read = understood(with_history(arbeidsforhold=[{"startdato": day, "sluttdato": day}]))
    assert read.historikk.arbeidsforhold is not None


@pytest.mark.parametrize("year", [1899, 2027, "1988", 1988.0, True])
def test_a_birth_year_that_cannot_be_is_refused(year: Any) -> None:
    assert list(faults(a_request(person={"foedselsaar": year, "fylke": "46"}))) == ["/person/foedselsaar"]


def test_a_person_of_whom_nothing_is_known_is_read() -> None:
    read = understood(a_request(person={"foedselsaar": None, "fylke": None}))
    assert missing_facts(read) == ("foedselsaar", "fylke")


@pytest.mark.parametrize(
    ("register", "spell", "peker"),
    [
        ("arbeidsforhold", {"startdato": "2020-1-1"}, "startdato"),
        ("arbeidsforhold", {"startdato": 20200101}, "startdato"),
        ("arbeidsforhold", {"startdato": "20200101"}, "startdato"),
        ("arbeidsforhold", {"startdato": "2020-W01-1"}, "startdato"),
        ("arbeidsforhold", {"startdato": "2020-01-01 "}, "startdato"),
        ("arbeidsforhold", {"startdato": "2021-02-29"}, "startdato"),
        ("arbeidsforhold", {"startdato": "1899-12-31"}, "startdato"),
        ("arbeidsforhold", {"startdato": "2020-01-01", "stillingsprosent": True}, "stillingsprosent"),
        ("arbeidsforhold", {"startdato": "2020-01-01", "stillingsprosent": "100"}, "stillingsprosent"),
        ("arbeidsforhold", {"startdato": "2020-01-01", "stillingsprosent": 1000}, "stillingsprosent"),
        ("arbeidsforhold", {"startdato": "2020-01-01", "styrk08": "72234"}, "styrk08"),
        ("ytelser", {"ytelse": "BARNETRYGD", "fom": "2020-01-01"}, "ytelse"),
    ],
)
def test_wrong_types_and_unknown_codes_are_refused_at_their_place(
    register: str, spell: dict[str, Any], peker: str
) -> None:
    assert list(faults(with_history(**{register: [spell]}))) == [f"/historikk/{register}/0/{peker}"]


@pytest.mark.parametrize(
    ("given", "read"), [(0, 0), (37.5, 38), (62.4, 62), (100, 100), (120, 100), (None, None)]
)
def test_the_share_of_full_time_is_used_to_the_nearest_whole_number(
    given: float | None, read: int | None
) -> None:
    job = {"startdato": "2020-01-01", "stillingsprosent": given}
    jobs = understood(with_history(arbeidsforhold=[job])).historikk.arbeidsforhold
    assert jobs is not None and jobs[0].stillingsprosent == read


def test_the_period_may_stand_inside_as_well_but_not_another_one() -> None:
    period = a_request()["periodeId"]
    assert understood(with_answers(periodeId=period)) == understood(a_request())
    other = with_answers(periodeId="11111111-1111-4111-8111-111111111111")
    assert list(faults(other)) == ["/opplysningerOmArbeidssoeker/periodeId"]


def test_ytelser_applied_for_and_wishes_are_read() -> None:
    read = understood(
        a_request(
            soekerYtelse=["AAP", "AAP"],
            oenskerArbeidsevnevurdering=True,
            egenvurdering="ANTATT_GODE_MULIGHETER",
        )
    )
    assert read.soeker_ytelse == {Livsoppholdsytelse.AAP}
    assert read.oensker_arbeidsevnevurdering
    assert read.egenvurdering == "ANTATT_GODE_MULIGHETER"


def test_the_office_changes_nothing_that_is_known_of_the_person() -> None:
    assert understood(a_request(enhet="0315")) == understood(a_request(enhet=None))
    assert list(faults(a_request(enhet="315"))) == ["/enhet"]


def test_a_field_nobody_knows_is_reported_at_its_parent_without_its_name() -> None:
    request = a_request(hemmelig="x")
    request["person"]["navn"] = "Kari Nordmann"
    found = faults(request)
    assert set(found) == {"", "/person"}
    assert not any("hemmelig" in text or "Kari" in text for text in found.values())


def test_a_known_name_in_the_wrong_place_is_reported_at_its_parent_too() -> None:
    request = a_request()
    request["person"]["nus"] = "4"
    assert set(faults(request)) == {"/person"}


def test_a_pointer_ends_before_the_first_name_that_is_not_ours() -> None:
    assert pointer_of(("person", "hemmelig", "fylke"), {"person", "fylke"}) == "/person"
    assert pointer_of(("ytelser", 3, "fom"), {"ytelser", "fom"}) == "/ytelser/3/fom"


def test_a_problem_that_would_be_too_long_loses_its_last_faults() -> None:
    long = [FieldFault(f"/{n}", "å" * 300) for n in range(10)]
    body = bytes(response_of(invalid(long)).body)
    assert MAX_BYTES - 700 < len(body) <= MAX_BYTES
    assert b'"/0"' in body and b'"/9"' not in body


def test_lists_are_bounded() -> None:
    jobs = [{"startdato": "2020-01-01"}] * 201
    assert list(faults(with_history(arbeidsforhold=jobs))) == ["/historikk/arbeidsforhold"]


def test_a_body_that_is_wrong_everywhere_gets_a_small_answer_of_at_most_ten_faults() -> None:
    bad = {"beskrivelse": "HEMMELIG", "detaljer": {"stilling_styrk08": 1, "prosent": 2, "hemmelig": 3}}
    request = with_answers(jobbsituasjon={"beskrivelser": [bad] * 200})
    with pytest.raises(RefusedError) as refused:
        understood(request)
    response = response_of(refused.value.problem)
    body = bytes(response.body).decode()
    assert len(response.body) <= MAX_BYTES
    assert body.count("peker") == 10
    assert "emmelig" not in body.lower()


def test_a_refusal_carries_nothing_of_the_request_along() -> None:
    with pytest.raises(RefusedError) as refused:
        understood(a_request(person={"foedselsaar": "Kari", "fylke": "46"}))
    assert refused.value.__cause__ is None and refused.value.__context__ is None
