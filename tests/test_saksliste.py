"""The list of cases says what the journal says, and stops where the journal was changed."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from scipy.stats import binomtest

from profilering.errors import SetupError
from profilering.innsatsgruppe import ForslagKode
from serving.revisjon.koder import SLETTET, VENTER, Status
from serving.revisjon.ledd import REWRITTEN
from serving.revisjon.moenstre import SMALL, Etter, moenstre_of
from serving.revisjon.saksliste import Saksliste
from serving.revisjon.spoersmaal import ON_A_PAGE, counts_of, side_of
from serving.revisjon.utvalg import Sortering, Utvalg, UtvalgError, utvalg_of
from tests.builders import a_request, some_parts, with_answers
from tests.deciding import OLA, REVISOR, Desk, a_desk, a_vurdering
from tests.grounds import as_owner
from tests.journals import an_entry, appended, opened
from tests.test_erasure import erase_case


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "journal.db") as desk:
        yield desk


def read_whole(desk: Desk, *, most: int = 7) -> Saksliste:
    """The list of the desk's journal, read a few entries at a time."""
    saksliste = desk.parts.revisjon.saksliste
    while saksliste.read_on(most=most):
        pass
    return saksliste


def everything(utvalg: Utvalg, saksliste: Saksliste, *, most: int = ON_A_PAGE) -> list[int]:
    """The numbers of all chosen cases, page after page."""
    numbers: list[int] = []
    side = side_of(utvalg, saksliste, most=most)
    while True:
        numbers += [rad.nummer for rad in side.rader]
        if side.neste is None:
            return numbers
        side = side_of(replace(utvalg, etter=str(side.neste)), saksliste, most=most)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Twelve cases: followed, deviated from, changed, objected to, looked at; offices and none."""
    for number, office in product(range(4), ("0301", "1234", None)):
        sick = {"helsetilstandHindrerArbeid": "JA" if number == 3 else "NEI"}
        asked = with_answers(helse=sick) | {"enhet": office, "periodeId": _period(number, office)}
        case = desk.profiled(asked)
        if number:
            desk.concluded(case, a_vurdering(enhet=office))
        if number == 2:
            desk.concluded(case, a_vurdering("LITEN_MULIGHET_TIL_A_JOBBE", enhet=office), OLA)
        desk.ask(REVISOR, "GET", f"/api/v1/profileringer/{case}")
    return desk


def _period(number: int, office: str | None) -> str:
    return f"00000000-0000-4000-8000-{number:04}{office or '0000'}0000"


def test_the_list_counts_what_the_journal_holds(busy: Desk) -> None:
    saksliste = read_whole(busy)
    counts = counts_of(Utvalg(), saksliste)
    made = [content["forslag"]["kode"] for content in busy.journaled("profilering")]
    assert Counter(made) == sum((Counter({kode: n}) for (kode, _), n in counts.items()), Counter())
    by_status = sum((Counter({status: n}) for (_, status), n in counts.items()), Counter[str]())
    assert by_status[Status.UVURDERT] == 3
    assert sum(by_status.values()) == 12
    changed = [
        rad for rad in side_of(Utvalg(), saksliste).rader if rad.gruppe == "LITEN_MULIGHET_TIL_A_JOBBE"
    ]
    assert len(changed) == 3
    assert {rad.status for rad in changed} == {Status.FRAVEKET}
    looked = Counter(content["hendelse"] for content in busy.journaled("innsyn"))
    assert sum(rad.sett for rad in side_of(Utvalg(), saksliste).rader) == looked.total() > 12


@pytest.mark.parametrize("sortering", list(Sortering))
def test_every_order_shows_every_case_once(busy: Desk, sortering: str) -> None:
    numbers = everything(Utvalg(sortering=sortering), read_whole(busy), most=5)
    assert len(numbers) == len(set(numbers)) == 12


def test_a_choice_shows_as_many_cases_as_it_counts(busy: Desk) -> None:
    saksliste = read_whole(busy)
    tried = [
        {"enhet": "0301"}, {"status": "FULGT"}, {"status": "FRAVEKET"}, {"grunn": "SAMTALEN_MED_PERSONEN"},
        {"fra": "2026-05-12", "til": "2026-05-12"}, {"til": "2026-05-11"}, {"grensetilfelle": "NEI"},
        {"regel": "OPPGITT_HELSEHINDRING"}, {"modell": "test-1"}, {"modell": "en-annen"},
        {"helse_foerst": "JA"},
    ]  # fmt: skip
    found = []
    for chosen in tried:
        utvalg = utvalg_of(list(chosen.items()))
        numbers = everything(utvalg, saksliste)
        assert len(numbers) == sum(counts_of(utvalg, saksliste).values())
        found.append(len(numbers))
    assert found[:2] == [4, found[1]]
    assert (found[4], found[5], found[7], found[8], found[9]) == (12, 0, 3, 12, 0)


@pytest.mark.parametrize(
    "asked",
    [
        [("forslag", "' OR 1=1 --")],
        [("enhet", "12345")],
        [("fra", "2026-02-30")],
        [("til", "9999-12-31")],
        [("etter", "0")],
        [("etter", "9" * 400)],
        [("sortering", "sannsynlighet")],
        [("navident", "Z990001")],
        [("forslag", "INGEN_FORSLAG"), ("forslag", "INGEN_FORSLAG")],
        [("grensetilfelle", "ja")],
    ],
)
def test_a_choice_that_is_none_is_refused(asked: list[tuple[str, str]]) -> None:
    with pytest.raises(UtvalgError):
        utvalg_of(asked)


def test_an_address_brings_back_the_same_choice() -> None:
    utvalg = Utvalg(forslag=VENTER, enhet="0301", fra="2026-01-01", sortering=Sortering.ELDSTE)
    pairs = [tuple(part.split("=")) for part in utvalg.query[1:].split("&")]
    assert utvalg_of([(name, value) for name, value in pairs]) == utvalg
    assert Utvalg().query == ""


def test_an_erased_case_leaves_its_place_and_nothing_else(place: str) -> None:
    with opened(place) as journal:
        parts = some_parts(journal)
        desk = Desk(replace(parts, sources=replace(parts.sources, new_id=uuid4)), place)
        first, second = desk.profiled(), desk.profiled(a_request(enhet="0301"))
        desk.concluded(first)
        saksliste = read_whole(desk)
        erase_case(place, UUID(first))
        read_whole(desk)
        erased, kept = sorted(side_of(Utvalg(), saksliste).rader, key=lambda rad: rad.nummer)
        assert (erased.forslag, erased.enhet, erased.gruppe, erased.status) == (
            SLETTET,
            None,
            None,
            "UVURDERT",
        )
        assert erased.slettet
        assert kept.sak_id == second
        anew = Saksliste(Path(f"{saksliste._path}.ny"), place)
        while anew.read_on():
            pass
        assert side_of(Utvalg(), anew) == side_of(Utvalg(), saksliste)


def test_the_list_stops_where_the_journal_was_changed(desk: Desk) -> None:
    for _ in range(3):
        desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.put("innhold", 2, bytes=b"{}")
    saksliste = read_whole(desk)
    lest = saksliste.lest()
    assert (lest.nummer, lest.fault and lest.fault.number) == (1, 2)
    assert saksliste.read_on() == 0
    assert len(side_of(Utvalg(), saksliste).rader) == 1


def test_what_follows_after_the_head_was_rewritten_is_no_part_of_the_list(desk: Desk) -> None:
    desk.profiled()
    read_whole(desk)
    desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.put("innfoersel", 2, forrige="sha256:" + 64 * "1")
    assert read_whole(desk).lest().fault is not None


def test_a_content_of_another_form_is_a_fault_and_is_not_told(desk: Desk) -> None:
    entry = {"slag": "profilering", "forslag": {"kode": "HEMMELIG"}}
    journal = desk.parts.journal
    appended(journal, an_entry(content=json.dumps(entry).encode()))
    fault = read_whole(desk).lest().fault
    assert fault is not None
    assert "HEMMELIG" not in str(fault)


def test_a_list_of_another_version_is_refused_and_said_how_to_mend(tmp_path: Path) -> None:
    file = tmp_path / "annen.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(SetupError, match="delete it"):
        Saksliste(file, "journal").lest()


# What is seen over many


@pytest.mark.parametrize("etter", list(Etter))
@pytest.mark.parametrize(
    "chosen", [{}, {"enhet": "0301"}, {"status": "FRAVEKET"}], ids=["all", "an office", "one"]
)
def test_patterns_add_up_to_the_list(busy: Desk, etter: Etter, chosen: dict[str, str]) -> None:
    saksliste, utvalg = read_whole(busy), utvalg_of(list(chosen.items()))
    counts, rader = counts_of(utvalg, saksliste), moenstre_of(utvalg, etter, saksliste)
    assert sum(rad.antall for rad in rader) == sum(counts.values()) > 0
    for status in Status:
        wanted = sum(n for (_, each), n in counts.items() if each == status)
        assert sum(rad.status[status] for rad in rader) == wanted
    assert all(rad.opp + rad.ned == rad.status[Status.FRAVEKET] for rad in rader)


def test_a_kind_with_fewer_than_ten_cases_is_not_told_apart(busy: Desk) -> None:
    (together,) = moenstre_of(Utvalg(), Etter.ENHET, read_whole(busy))
    assert (together.hva, together.antall) == (SMALL, 12)
    (month,) = moenstre_of(Utvalg(), Etter.MAANED, read_whole(busy))
    assert (month.hva, month.antall, month.snart) == ("2026-05", 12, None)


def test_deviating_has_a_direction_and_a_share_its_interval(desk: Desk) -> None:
    for number in range(24):
        case = desk.profiled(a_request(periodeId=_period(number, None)))
        desk.concluded(case, a_vurdering("LITEN_MULIGHET_TIL_A_JOBBE" if number < 6 else "GODE_MULIGHETER"))
    forslag = ForslagKode(desk.journaled("profilering")[0]["forslag"]["kode"])
    assert forslag is ForslagKode.STANDARD_INNSATS
    (rad,) = moenstre_of(Utvalg(), Etter.FORSLAG, read_whole(desk))
    assert (rad.opp, rad.ned) == (6, 0)
    assert rad.fulgt is not None
    assert (rad.fulgt.cases, rad.fulgt.of) == (18, 24)
    exact = binomtest(18, 24).proportion_ci(method="exact")
    assert (rad.fulgt.low, rad.fulgt.high) == pytest.approx((exact.low, exact.high))
    assert rad.snart is not None
    assert rad.snart.cases == 24


def test_what_is_changed_after_it_was_read_is_found_by_reading_on(desk: Desk) -> None:
    for _ in range(5):
        desk.profiled()
    saksliste = read_whole(desk)
    saksliste.look_over(most=2)
    assert saksliste.lest().fault is None
    with as_owner(str(desk.path)) as database:
        database.put("innhold", 4, bytes=b"{}")
    for fault in (None, 4):  # two entries at a time: 3 and 4 come second, and the fault stays
        found = saksliste.lest().fault
        assert (found and found.number) == fault
        saksliste.look_over(most=2)
    assert saksliste.read_on() == 0


def test_a_journal_written_anew_as_a_whole_is_not_the_one_that_was_read(desk: Desk, tmp_path: Path) -> None:
    for _ in range(3):
        desk.profiled()
    saksliste = read_whole(desk)
    with a_desk(tmp_path / "other.db") as other:
        for _ in range(3):
            other.profiled()
        anew = Saksliste(saksliste._path, str(other.path))
        for _ in range(2):
            anew.look_over(most=2)
    found = saksliste.lest().fault
    assert found is not None
    assert (found.number, found.reason) == (3, REWRITTEN)


@pytest.mark.parametrize(
    ("table", "changed"), [("innhold", {"bytes": b"{}"}), ("innfoersel", {"digest": "sha256:0"})]
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_entries_are_held_against_their_neighbours_on_both_sides(
    desk: Desk, number: int, table: str, changed: dict[str, object]
) -> None:
    for _ in range(3):
        desk.profiled()
    saksliste = read_whole(desk)
    saksliste.look_at([1, 2, 3])
    assert saksliste.lest().fault is None
    with as_owner(str(desk.path)) as database:
        database.put(table, number, **changed)
    saksliste.look_at([number])
    found = saksliste.lest().fault
    assert found is not None
    assert found.number == number
