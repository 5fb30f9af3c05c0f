"""A case on paper: tagged for everybody, in the page's own words and figures, none of them markup."""

import asyncio
import html
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from serving.revisjon.papir import Blokk, Papir, Slag, papir_of
from serving.revisjon.presse import EASY, IN_THE_FONTS, set_as_pdf
from serving.revisjon.sak import sak_of
from serving.revisjon.trykkeri import NOT_PRINTED, TEMPLATE, Trykkeri
from serving.wire.problems import RefusedError
from tests.builders import API, NOW
from tests.deciding import KARI, REVISOR, Desk, a_desk, a_vurdering
from tests.grounds import as_owner
from tests.paper import Paper, squeezed
from tests.test_erasure import erase_case
from tests.test_two_step import APPROVED, supported

HOSTILE = (
    r"""= Ikke en overskrift #panic("x") #read("/etc/passwd") $x^2$ *a* _b_ <merke> @ref `kode` \u{41} ~ """
    "-- ... // nei /* - ikke et punkt & <script>alert('x')</script> æøå «sitat» שלום"
)
LONG = "Lang" + 300 * "a"
EMPTY = Papir(tittel="Sak nr. 1", spraak="nb", varsel="", bunn="", blokker=())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "journal.db") as desk:
        yield desk


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str, Paper]]:
    """A case that was judged in hostile words, and its paper."""
    with a_desk(tmp_path_factory.mktemp("papir") / "journal.db") as desk:
        case = desk.profiled()
        assert desk.concluded(case, a_vurdering(tekst=f"{HOSTILE} {LONG}")).status_code == 201
        yield desk, case, paper_of(desk, case)


def paper_of(desk: Desk, case: str) -> Paper:
    answer = desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="sak-{case[:8]}.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    return Paper(answer.content)


def a_papir(desk: Desk, case: str) -> Papir:
    sak = sak_of(UUID(case), desk.parts)
    assert sak is not None
    return papir_of(sak, desk.parts.revisjon.saksliste.lest(), skrevet_ut=NOW, synthetic=True)


# For everybody


def test_it_says_that_everybody_can_read_it_and_in_which_language(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    assert "<pdfuaid:part>1</pdfuaid:part>" in paper.about
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in paper.about
    assert paper.root["/MarkInfo"]["/Marked"]
    assert paper.root["/Lang"] == "nb"
    assert paper.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert paper.title == "Sak nr. 1 – Revisjon av Profilering"
    assert "<xmp:CreateDate>2026-05-12T08:14:01" in paper.about


def test_its_headings_are_in_order_and_are_its_bookmarks(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    headings = list(paper.tags.all_of("H1", "H2", "H3"))
    levels = [int(heading.kind[1]) for heading in headings]
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert paper.bookmarks == [heading.title for heading in headings]
    assert {"Det veilederen så", "Det mennesker mente", "Bevis", "Det som har skjedd med saken"} <= set(
        paper.bookmarks
    )
    assert "Ikke en overskrift" not in paper.bookmarks


def test_every_cell_of_every_table_has_its_heads(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    tables = list(paper.tags.all_of("Table"))
    heads = [len(list(table.all_of("TH"))) for table in tables]
    # Each theme of a sum is a head of what is below it, beside the columns' own.
    assert (min(heads[:2]) > 10, heads[2:]) == (True, [5, 2, 4])
    for table in tables:
        assert list(table.all_of("THead"))
        assert all(head.attributes["/Scope"] == "/Column" for head in table.all_of("TH"))
        assert all(cell.attributes["/Headers"] for cell in table.all_of("TD"))


def test_nothing_is_drawn_that_would_need_words(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    assert list(paper.tags.all_of("Figure", "Formula")) == []


def test_each_page_says_which_case_it_is_of_and_which_page(printed: tuple[Desk, str, Paper]) -> None:
    _, case, paper = printed
    for number, page in enumerate(paper.pages, 1):
        assert f"Sak {case}, skrevet ut 12.05.2026 kl. 10.14.01" in page
        assert f"side {number} av {len(paper.pages)}" in page
    assert len(paper.pages) > 2


def test_the_head_of_a_table_is_repeated_where_it_goes_on(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    heads = [page.count("Opplysning Verdi Kilde") for page in paper.pages]
    assert sum(heads) > 2
    assert set(heads) <= {0, 1, 2}


# The page's own words and figures


def test_it_holds_every_figure_of_the_page(printed: tuple[Desk, str, Paper]) -> None:
    desk, case, paper = printed
    page = desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}").text
    cells = [
        html.unescape(re.sub(r"<[^>]+>", "", cell))
        for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page, re.S)
    ]
    facts = [
        html.unescape(re.sub(r"<[^>]+>", "", fact))
        for fact in re.findall(r"<d[dt]>(.*?)</d[dt]>", page, re.S)
    ]
    paragraphs = [html.unescape(part) for part in re.findall(r"<(?:p|li|h2|h3)[^>]*>([^<]+)</", page)]
    said = paper.letters
    lacking = {text for text in (*cells, *facts, *paragraphs) if squeezed(text) not in said}
    # What stands in the frame of the page alone, and that it was looked at after the print.
    assert {text for text in lacking if not re.search("innføring|syntetisk|Sett", text)} == set()
    assert len(cells) > 100


def test_it_holds_both_sums_as_they_were_journaled(printed: tuple[Desk, str, Paper]) -> None:
    desk, _, paper = printed
    (content,) = desk.journaled("profilering")
    for anslag in content["anslag"]:
        total = anslag["grunnlinje"] + sum(drawn for _, drawn in anslag["bidrag"])
        assert f"{total:+.4f}".replace(".", ",").replace("-", "−") in paper.letters
    for avsnitt in json.loads(content["svar"])["begrunnelse"]["avsnitt"]:
        assert squeezed(avsnitt["overskrift"]) in paper.letters
        for line in avsnitt["tekst"].split("\n"):
            assert squeezed(line.removeprefix("– ")) in paper.letters


def test_what_somebody_wrote_stands_there_to_the_letter(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    assert squeezed(HOSTILE.removesuffix("שלום")) in paper.letters
    assert "שלום" in paper.letters
    assert LONG in paper.letters


def test_a_run_without_blanks_is_broken_at_the_edge_of_the_page(printed: tuple[Desk, str, Paper]) -> None:
    _, _, paper = printed
    assert max(len(line) for line in paper.lines) < 130
    assert sum("aaaaaaaa" in line for line in paper.lines) > 2


def test_words_written_from_the_right_are_laid_out_from_the_right(desk: Desk) -> None:
    case = desk.profiled()
    desk.concluded(case, a_vurdering(tekst="«שלום» sa hun."))
    objection = {"gjelder": "forslag", "tekst": "Hei. שלום", "fra": "PERSONEN"}
    assert desk.ask(KARI, "POST", f"{API}/{case}/innsigelse", objection).status_code == 201
    papir = a_papir(desk, case)
    quotes = [blokk for blokk in papir.blokker if isinstance(blokk, Blokk) and blokk.slag is Slag.SITAT]
    assert [(each.linjer[0], each.mot_venstre) for each in quotes] == [
        ("«שלום» sa hun.", True),
        ("Hei. שלום", False),
    ]
    assert "Innsigelse mot forslaget" in Paper(asyncio.run(Trykkeri().printed(papir, NOW))).bookmarks


def test_a_part_in_another_language_says_so() -> None:
    said = (Blokk(Slag.TEKST, ("You decide.",), spraak="en"), Blokk(Slag.TEKST, ("Du bestemmer.",)))
    tags = Paper(asyncio.run(Trykkeri().printed(replace(EMPTY, blokker=said), NOW))).tags
    assert {tag.lang for tag in tags.all_of("Document", "P", "Span")} >= {"en"}


# Who took it along


def test_taking_it_leaves_a_trace_that_stands_in_it(printed: tuple[Desk, str, Paper]) -> None:
    desk, _, paper = printed
    took = [view for view in desk.journaled("innsyn") if view.get("formaal") == "EKSPORT"]
    assert [(view["navident"], view["rute"]) for view in took] == [
        (REVISOR.nav_ident, "/revisjon/saker/{id}.pdf")
    ]
    assert f"Sett (eksport) {REVISOR.nav_ident}" in "\n".join(paper.lines)


def test_nothing_leaves_where_that_cannot_be_written_down(desk: Desk) -> None:
    case = desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.run("CREATE TRIGGER nei BEFORE INSERT ON innfoersel BEGIN SELECT RAISE(ABORT, 'nei'); END")
    answer = desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}.pdf")
    assert answer.status_code == 503
    assert b"%PDF" not in answer.content


@pytest.mark.parametrize("case", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_case_that_is_not_there_is_said_to_be_so(desk: Desk, case: str) -> None:
    assert desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}.pdf").status_code == 404
    assert desk.journaled("innsyn") == []


def test_an_erased_case_tells_its_place_and_nothing_else(desk: Desk) -> None:
    case = desk.profiled()
    desk.concluded(case, a_vurdering(tekst="Noe ingen skal lese."))
    erase_case(str(desk.path), UUID(case))
    text = " ".join(paper_of(desk, case).lines)
    assert "Innholdet er slettet" in text
    assert "sha256:" in text
    assert "Noe ingen skal lese" not in text
    assert "Det veilederen så" not in text


def test_a_case_that_waits_tells_nothing_of_its_suggestion(tmp_path: Path) -> None:
    with a_desk(tmp_path / "journal.db", APPROVED) as desk:
        text = " ".join(paper_of(desk, desk.profiled(supported())).lines)
    assert "Forslaget er ikke vist for noen ennå" in text
    assert not re.search("Trenger veiledning|Log-odds|Regel som avgjorde", text)


def test_a_journal_that_was_changed_is_said_to_be_so_before_anything_else(desk: Desk) -> None:
    case = desk.profiled()
    desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.put("innhold", 2, bytes=b"{}")
    first = paper_of(desk, case).lines[0]
    assert first.startswith("Journalen er ikke som den ble skrevet. Feil i innføring 2: ")


# The press


def test_the_same_case_at_the_same_time_gives_the_same_bytes(desk: Desk) -> None:
    papir = a_papir(desk, desk.profiled())

    async def three() -> list[bytes]:
        press = Trykkeri()
        return [await press.printed(papir, at) for at in (NOW, NOW, NOW + timedelta(seconds=1))]

    first, again, later = asyncio.run(three())
    assert first == again != later


def test_every_sign_that_is_said_to_be_in_the_fonts_is() -> None:
    for signs in (IN_THE_FONTS, EASY):
        ranges = re.findall(r"(.)-(.)", signs, re.S)
        letters = (chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1))
        text = Blokk(Slag.TEKST, (" ".join(filter(str.isprintable, letters)),))
        said = json.dumps(asdict(replace(EMPTY, blokker=(text,))), ensure_ascii=False)
        assert set_as_pdf(TEMPLATE.read_bytes(), said, 0).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("wrote", "stands"),
    [
        ("Ser 🙂 og 中 og שלום", "Ser ‹U+1F642› og ‹U+4E2D› og שלום"),
        # What no script has: then only what is easy is trusted.
        ("Ser \u0378 og æøå ш", "Ser ‹U+0378› og æøå ш"),
    ],
)
def test_a_sign_that_the_fonts_lack_is_told_by_its_number(wrote: str, stands: str) -> None:
    paper = Paper(asyncio.run(Trykkeri().printed(replace(EMPTY, tittel=wrote), NOW)))
    assert stands in paper.lines


@pytest.mark.parametrize(
    "does", ["import time; time.sleep(5)", "raise SystemExit(3)", "import os; os.abort()"]
)
def test_a_press_that_hangs_or_breaks_is_said_to_and_gives_no_paper(does: str) -> None:
    press = Trykkeri((sys.executable, "-I", "-c", does), patience_seconds=0.3)
    with pytest.raises(RefusedError) as refused:
        asyncio.run(press.printed(EMPTY, NOW))
    assert refused.value.problem is NOT_PRINTED


def test_one_is_printed_at_a_time(tmp_path: Path) -> None:
    place = str(tmp_path / "press")
    alone = f"import os, time; open({place!r}, 'x'); time.sleep(0.05); os.remove({place!r})"

    async def three() -> None:
        press = Trykkeri((sys.executable, "-I", "-c", alone))
        await asyncio.gather(*(press.printed(EMPTY, NOW) for _ in range(3)))

    asyncio.run(three())
