"""Follow, override and refraining: noticed at both ends, and nobody can be counted out of it."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode
from training.monitoring.follow import Follow, follow_of, latest
from training.monitoring.journal import VURDERING
from training.monitoring.limits import FollowLimit, TimeLimit
from training.monitoring.shares import (
    TOO_HIGH,
    TOO_LOW,
    WITHIN,
    Band,
    Columns,
    Share,
    parts,
    shares,
    told,
    verdict_of,
)

FOLLOW = FollowLimit("prøve", laveste_andel=0.10, hoeyeste_andel=0.98)
TIME = TimeLimit("prøve", kort_sekunder=60, hoeyeste_andel_kort=0.5)
STANDARD, SITUASJON, BEHOV = (
    ForslagKode.STANDARD_INNSATS,
    ForslagKode.SITUASJONSBESTEMT_INNSATS,
    ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
)
NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - the frame adds the zone
REASONS = ("SAMTALEN_MED_PERSONEN", "TILGJENGELIGE_TILTAK")
Given = tuple[ForslagKode, str, str | None]


def measured(
    given: list[Given], groups: Columns | None = None, *, seconds: float = 600.0, for_supply: int = 0
) -> Follow | None:
    rows = [
        (
            number,
            str(number),
            NOON,
            gruppe,
            enhet,
            forslag.value,
            REASONS[number <= for_supply],
            bytes([number % 256]),
            False,
        )
        for number, (forslag, gruppe, enhet) in enumerate(given, start=1)
    ]
    frame = pl.DataFrame(rows, schema=VURDERING, orient="row").with_columns(
        foerst=pl.col("tid"),
        profilert=pl.col("tid") - timedelta(seconds=seconds),
        foer=pl.lit(None, pl.String),
        person_id="sak",
    )
    return follow_of(frame, groups or {}, FOLLOW, TIME)


def some(n: int, forslag: ForslagKode, gruppe: str, enhet: str | None = "0315") -> list[Given]:
    return [(forslag, gruppe, enhet)] * n


def of(found: Follow | None, column: str) -> dict[str, Share]:
    assert found is not None
    return {share.value: share for share in found.followed if share.column == column}


def test_any_of_the_groups_a_forslag_points_at_follows_it() -> None:
    given: list[Given] = [
        (forslag, gruppe.kode, "0315")
        for forslag in AKTUELLE
        for gruppe in AKTUELLE[forslag]
        for _ in range(20)
    ]
    given += some(20, STANDARD, "TRENGER_VEILEDNING")
    (share,) = of(measured(given), "alle").values()
    assert (share.n, share.share) == (120, 100 / 120)


def test_deviation_goes_towards_more_or_less_effort_in_the_order_of_the_law() -> None:
    found = measured(
        [
            *some(40, STANDARD, "GODE_MULIGHETER"),
            *some(10, STANDARD, "JOBBE_DELVIS"),
            *some(40, SITUASJON, "TRENGER_VEILEDNING"),
            *some(15, SITUASJON, "GODE_MULIGHETER"),
            *some(25, SITUASJON, "TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE"),
            *some(40, BEHOV, "LITEN_MULIGHET_TIL_A_JOBBE"),
            *some(20, BEHOV, "TRENGER_VEILEDNING"),
        ]
    )
    assert found is not None
    counts = {d.forslag: (d.n, round(d.up * d.n), round(d.down * d.n)) for d in found.deviations}
    assert counts == {
        "alle": (190, 35, 35),
        BEHOV.value: (60, 0, 20),
        SITUASJON.value: (80, 25, 15),
        STANDARD.value: (50, 10, 0),
    }


def test_directions_are_told_whole_or_not_at_all() -> None:
    """Nine who went down among twenty-five who deviated follow from the sixteen who went up."""
    found = measured(
        [
            *some(40, SITUASJON, "TRENGER_VEILEDNING"),
            *some(9, SITUASJON, "GODE_MULIGHETER"),
            *some(16, SITUASJON, "JOBBE_DELVIS"),
        ]
    )
    assert found is not None
    assert found.deviations == ()


def test_everybody_following_raises_the_alarm_and_so_does_nobody_following() -> None:
    all_follow = of(measured(some(400, STANDARD, "GODE_MULIGHETER")), "alle")["alle"]
    assert (all_follow.verdict, all_follow.share) == (TOO_HIGH, None)
    few_follow = [*some(12, STANDARD, "GODE_MULIGHETER"), *some(400, STANDARD, "TRENGER_VEILEDNING")]
    few = of(measured(few_follow), "alle")["alle"]
    assert (few.verdict, few.share) == (TOO_LOW, 12 / 412)


def test_ten_of_ten_is_no_alarm_for_want_of_cases() -> None:
    assert of(measured(some(10, STANDARD, "GODE_MULIGHETER")), "alle")["alle"].verdict == WITHIN
    assert measured(some(9, STANDARD, "GODE_MULIGHETER")) is None


def test_one_office_where_everybody_follows_is_named_among_others() -> None:
    given: list[Given] = []
    for enhet in ("0101", "0202"):
        given += some(60, STANDARD, "GODE_MULIGHETER", enhet) + some(40, STANDARD, "JOBBE_DELVIS", enhet)
    given += some(300, STANDARD, "GODE_MULIGHETER", "0303")
    verdicts = {enhet: share.verdict for enhet, share in of(measured(given), "enhet").items()}
    assert verdicts == {"0101": WITHIN, "0202": WITHIN, "0303": TOO_HIGH}


def test_an_office_with_nine_cases_is_not_shown_nor_to_be_worked_out() -> None:
    given: list[Given] = []
    for enhet, n in (("0101", 9), ("0202", 30), ("0303", 40)):
        given += some(n, STANDARD, "GODE_MULIGHETER", enhet) + some(
            2 * (n > 9) * 10, STANDARD, "JOBBE_DELVIS", enhet
        )
    # Were only 0101 left out, its nine would be the total less the others.
    assert set(of(measured(given), "enhet")) == {"0303"}


def test_protected_groups_are_told_apart_for_forslag_that_were_given() -> None:
    given = [
        *some(30, STANDARD, "GODE_MULIGHETER"),
        *some(30, STANDARD, "TRENGER_VEILEDNING"),
        *some(50, ForslagKode.INGEN_FORSLAG, "TRENGER_VEILEDNING"),
    ]
    kjoenn = ["K"] * 20 + ["M"] * 10 + ["K"] * 10 + ["M"] * 20 + ["K"] * 50
    found = measured(given, {"kjoenn": kjoenn})
    assert found is not None
    assert found.without == 50
    assert {value: (s.n, s.share) for value, s in of(found, "kjoenn").items()} == {
        "K": (30, 20 / 30),
        "M": (30, 10 / 30),
    }


def test_conclusions_before_anybody_can_read_raise_the_alarm() -> None:
    given = [*some(50, STANDARD, "GODE_MULIGHETER"), *some(50, STANDARD, "TRENGER_VEILEDNING")]
    hasty, patient = measured(given, seconds=20), measured(given, seconds=60)
    assert hasty is not None
    assert patient is not None
    assert (hasty.speed.median_seconds, hasty.speed.short.verdict) == (20, TOO_HIGH)
    assert (patient.speed.median_seconds, patient.speed.short.verdict) == (60, WITHIN)


def test_the_last_vurdering_stands_and_the_first_tells_the_time() -> None:
    rows = [
        (1, "a", NOON, "GODE_MULIGHETER", None, STANDARD.value, "HELSE", b"x", False),
        (2, "b", NOON, "GODE_MULIGHETER", None, STANDARD.value, "HELSE", b"x", False),
        (3, "a", NOON + timedelta(days=1), "JOBBE_DELVIS", None, STANDARD.value, "HELSE", b"x", False),
    ]
    found = latest(pl.DataFrame(rows, schema=VURDERING, orient="row")).sort("sak")
    assert found["innsatsgruppe"].to_list() == ["JOBBE_DELVIS", "GODE_MULIGHETER"]
    assert found["foerst"].dt.replace_time_zone(None).to_list() == [NOON, NOON]


def test_a_view_from_before_the_forslag_neither_follows_it_nor_tells_the_time() -> None:
    later = NOON + timedelta(hours=2)
    rows = [
        (1, "a", NOON, "GODE_MULIGHETER", None, STANDARD.value, "HELSE", b"x", True),
        (2, "b", NOON, "GODE_MULIGHETER", None, STANDARD.value, "HELSE", b"x", True),
        (3, "b", later, "JOBBE_DELVIS", None, STANDARD.value, "HELSE", b"x", False),
    ]
    alone, found = latest(pl.DataFrame(rows, schema=VURDERING, orient="row")).rows(named=True)
    assert (alone["foer"], alone["innsatsgruppe"], alone["foerst"]) == ("GODE_MULIGHETER", None, None)
    assert (found["sak"], found["innsatsgruppe"], found["foer"]) == ("b", "JOBBE_DELVIS", "GODE_MULIGHETER")
    assert found["foerst"].replace(tzinfo=None) == later


def two_step(views: list[tuple[str, str | None, int]]) -> Follow | None:
    """Cases with a first view, a later one or none, and how many are alike; the forslag is SITUASJON."""
    rows: list[tuple[int, str, str | None]] = []
    for foer, later, n in views:
        for _ in range(n):
            rows.append((len(rows), foer, later))
    frame = pl.DataFrame(
        [
            (str(case), SITUASJON.value, later, "0315", "HELSE", b"x", later and NOON, foer, str(case), NOON)
            for case, foer, later in rows
        ],
        schema={
            **{
                name: VURDERING[name]
                for name in ("sak", "forslag", "innsatsgruppe", "enhet", "grunn", "ordlyd")
            },
            **{"foerst": VURDERING["tid"], "foer": pl.String(), "person_id": pl.String()},
            "profilert": VURDERING["tid"],
        },
        orient="row",
    )
    return follow_of(frame, {}, FOLLOW, TIME)


def test_the_unaided_view_is_held_against_a_forslag_nobody_had_read() -> None:
    found = two_step(
        [
            ("TRENGER_VEILEDNING", "TRENGER_VEILEDNING", 30),
            ("GODE_MULIGHETER", "TRENGER_VEILEDNING", 20),
            ("TRENGER_VEILEDNING", "JOBBE_DELVIS", 15),
            ("GODE_MULIGHETER", None, 35),
        ]
    )
    assert found is not None and found.unaided is not None
    assert (found.unaided.agreed.n, found.unaided.agreed.share) == (100, 0.45)
    assert {share.value: share.n for share in found.unaided.moved} == {
        "nærmere forslaget": 20,
        "lenger fra forslaget": 15,
        "like langt fra forslaget": 30,
        "ingen senere vurdering": 35,
    }


def test_few_first_views_without_a_later_one_cannot_be_worked_out() -> None:
    found = two_step([("GODE_MULIGHETER", "TRENGER_VEILEDNING", 25), ("GODE_MULIGHETER", None, 9)])
    assert found is not None and found.unaided is not None
    assert found.unaided.agreed.n == 25
    only_now = measured(some(40, STANDARD, "GODE_MULIGHETER"))
    assert only_now is not None and only_now.unaided is None


def test_words_that_stand_about_two_people_are_copied_and_about_one_are_not() -> None:
    frame = pl.DataFrame(
        {
            "forslag": [STANDARD.value] * 40,
            "innsatsgruppe": ["GODE_MULIGHETER"] * 40,
            "enhet": ["0315"] * 40,
            "grunn": ["HELSE"] * 40,
            "ordlyd": [b"a"] * 10 + [bytes([9, case]) for case in range(20)] + [b"b"] * 10,
            "person_id": [str(case) for case in range(30)] + ["samme"] * 10,
            "foer": pl.Series([None] * 40, dtype=pl.String),
            "foerst": [NOON] * 40,
            "profilert": [NOON] * 40,
        }
    )
    found = follow_of(frame, {}, FOLLOW, TIME)
    assert found is not None
    assert (found.repeated.n, found.repeated.share) == (40, 0.25)


def test_need_and_supply_are_told_apart() -> None:
    found = measured(some(40, STANDARD, "JOBBE_DELVIS"), for_supply=10)
    assert found is not None
    assert (found.supply.n, found.supply.share) == (40, 0.25)


def test_rules_of_refraining_cannot_be_worked_out_from_their_sum() -> None:
    values = ["forslag gitt"] * 15 + ["FOR_LITE_GRUNNLAG"] * 30 + ["UTENFOR_MODELLEN"] * 20 + ["STANSET"] * 3
    refraining = ("FOR_LITE_GRUNNLAG", "UTENFOR_MODELLEN", "STANSET")
    found = {share.value: share.n for share in parts("regel", values, summed=refraining)}
    # Of all, hiding the three and the fifteen would do; of those who refrained, the twenty must go too.
    assert found == {"FOR_LITE_GRUNNLAG": 30}


def test_counts_that_make_up_a_sum_hide_each_other() -> None:
    assert told({"a": 100, "b": 0}) == {"a": 100, "b": 0}
    assert told({"a": 100, "b": 3}) == {"a": None, "b": None}
    assert told({"a": 100, "b": 50, "c": 3}) == {"a": 100, "b": None, "c": None}
    assert told({"a": 3}) == {"a": None}


def test_the_verdict_goes_by_the_whole_interval() -> None:
    band = Band(0.1, 0.98)
    assert verdict_of(99, 100, band) == WITHIN
    assert verdict_of(5, 100, band) == WITHIN
    assert verdict_of(1, 100, band) == TOO_LOW
    assert verdict_of(0, 1000, Band()) == WITHIN
    assert verdict_of(1000, 1000, Band()) == WITHIN


CASES = st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), min_size=1, max_size=150)


@given(CASES)
def test_no_count_under_ten_is_told_or_follows_from_the_total(cases: list[tuple[str, bool]]) -> None:
    hits = np.array([hit for _, hit in cases])
    found = shares({"enhet": [value for value, _ in cases]}, hits, Band())
    whole = next((s for s in found if s.column == "alle"), None)
    offices = [s for s in found if s.column == "enhet"]
    assert all(s.n >= 10 for s in found)
    for s in found:
        if s.share is not None:
            assert 10 <= round(s.share * s.n) <= s.n - 10
    if whole is not None and offices:
        left = whole.n - sum(s.n for s in offices)
        assert left == 0 or left >= 10
        if whole.share is not None:
            shown = [s for s in offices if s.share is not None]
            hidden = round(whole.share * whole.n) - sum(round(s.share * s.n) for s in shown if s.share)
            rest = whole.n - sum(s.n for s in shown) - hidden
            assert hidden == rest == 0 or min(hidden, rest) >= 10


def test_the_five_groups_stand_in_the_order_of_the_law() -> None:
    assert [gruppe.gammel_kode for gruppe in INNSATSGRUPPER] == [
        "STANDARD_INNSATS",
        "SITUASJONSBESTEMT_INNSATS",
        "SPESIELT_TILPASSET_INNSATS",
        "GRADERT_VARIG_TILPASSET_INNSATS",
        "VARIG_TILPASSET_INNSATS",
    ]
