"""Models, texts and changes on the auditors' pages: what stands in the files stands there, by its digest."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from models.archive import TEXTS
from models.canonical import digest_of
from models.text_file import text_path
from serving.revisjon.boeker import html_of, text_by, texts_of
from serving.revisjon.kilder import Hyller
from tests.bundles import a_bundle, approve
from tests.deciding import MACHINE, Desk, a_desk
from tests.grounds import as_owner
from tests.test_revisjon import MARKUP, seen, words

CARD = f"""# Modellkort: liten-1

**Begrensninger.** Oppdiktet. {MARKUP} [lenke](https://example.com) ![bilde](https://example.com/x.png)

## Formål

Å prøves.

## Tall

**Mål**

| Utfall | AUC |
|---|---|
| Langvarig <b>stønad</b> | 0,744 |
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A service that was told of two approvals; the first bundle lies there, the second was taken away."""

    desk: Desk
    hyller: Hyller
    there: str
    gone: str


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("boeker")
    hyller = Hyller(folder / "approved.toml", folder / "artefacts", folder / "arkiv")
    there = a_bundle(hyller.artefacts, "liten-1", card=CARD)
    gone = digest_of(b"borte")
    approve(hyller.approved, there, "den første")
    approve(hyller.approved, gone, "den andre")
    (hyller.arkiv / TEXTS).mkdir(parents=True)
    with a_desk(folder / "journal.db", hyller=hyller) as desk:
        yield Shelf(desk, hyller, there, gone)


def address(kind: str, digest: str) -> str:
    return f"/revisjon/{kind}/{digest.removeprefix('sha256:')}"


def test_every_approval_is_listed_the_newest_first_also_of_a_bundle_that_is_gone(shelf: Shelf) -> None:
    page = words(seen(shelf.desk, "/revisjon/modeller"))
    assert page.index("den andre") < page.index("den første")
    for said in (shelf.there, shelf.gone, "liten-1", "Pakken er ikke her", "Ola Godkjenner", "2026-11-22"):
        assert said in page
    assert "Pakken ligger ikke her lenger" in words(seen(shelf.desk, address("modeller", shelf.gone)))


def test_a_card_is_shown_part_by_part_and_none_of_its_markup_gets_through(shelf: Shelf) -> None:
    first = seen(shelf.desk, address("modeller", shelf.there))
    assert MARKUP in html.unescape(first)
    assert "<script" not in first
    assert 'href="https:' not in first
    assert "<img" not in first
    last = seen(shelf.desk, f"{address('modeller', shelf.there)}/3")
    assert "<td>0,744</td>" in last
    assert "<td>Langvarig &lt;b&gt;stønad&lt;/b&gt;</td>" in last
    assert "syntetisk" in words(last)
    manifest = json.loads((shelf.hyller.artefacts / shelf.there[7:] / "manifest.json").read_bytes())
    assert all(digest in last for digest in (shelf.there, *manifest["files"].values()))


def test_tables_of_a_card_have_names_of_their_own_and_can_be_scrolled() -> None:
    table = "| a |\n|---|\n| 1 |\n"
    assert re.findall(
        r'role="region" aria-label="([^"]+)" tabindex="0"', html_of(f"{table}\nog\n\n{table}")
    ) == [
        "Tabell 1",
        "Tabell 2",
    ]


@pytest.mark.parametrize(
    "path",
    [
        f"/revisjon/modeller/{64 * '0'}",
        "/revisjon/modeller/x",
        "/revisjon/modeller/..%2f..%2fetc",
        f"/revisjon/tekster/{64 * '0'}",
        "/revisjon/tekster/nb",
    ],
)
def test_what_was_never_approved_is_not_there(shelf: Shelf, path: str) -> None:
    assert shelf.desk.ask(MACHINE, "GET", path).status_code == 404


@pytest.mark.parametrize("part", ["0", "4", "01", "-1", "x"])
def test_a_part_that_is_not_there_is_said_in_words(shelf: Shelf, part: str) -> None:
    for digest in (shelf.there, shelf.gone):
        assert "ingen slik del" in words(seen(shelf.desk, f"{address('modeller', digest)}/{part}", 404))


def test_every_sentence_stands_on_its_page_with_owner_and_approval(shelf: Shelf) -> None:
    for utgave in texts_of():
        page = seen(shelf.desk, address("tekster", utgave.digest))
        shown = html.unescape(page)
        for _, lines in utgave.deler():
            assert all(text in shown for _, text in lines)
        for said in (utgave.eier, utgave.godkjent, utgave.digest):
            assert said in shown
        assert f'lang="{utgave.tekster.spraak}"' in page
        assert utgave.digest in seen(shelf.desk, "/revisjon/tekster")


def test_older_texts_are_found_in_the_archive_and_changed_ones_are_not(shelf: Shelf) -> None:
    older = text_path("nb").read_text("utf-8").replace('versjon = "2"', 'versjon = "1"').encode()
    digest = digest_of(older)
    kept = shelf.hyller.arkiv / TEXTS / f"{digest[7:]}.toml"
    kept.write_bytes(older)
    assert "versjon 1" in words(seen(shelf.desk, address("tekster", digest)))
    kept.write_bytes(older + b"\n")
    assert text_by(digest, shelf.hyller) is None


def test_changes_tell_who_approved_what_when_and_why(shelf: Shelf) -> None:
    page = words(seen(shelf.desk, "/revisjon/endringer"))
    for said in (
        "den første",
        "den andre",
        "Ola Godkjenner",
        shelf.there,
        "Regelverk 2026-2",
        "Tekster på nn",
    ):
        assert said in page


def test_changes_tell_when_the_service_was_stopped_and_why(shelf: Shelf) -> None:
    for stopped in (True, False):
        wanted = {"stanset": stopped, "grunn": f"Prøve {stopped}"}
        assert shelf.desk.ask(MACHINE, "PUT", "/api/v1/drift/stans", wanted).status_code == 200
    page = words(seen(shelf.desk, "/revisjon/endringer"))
    assert page.index("Tjenesten satt i gang igjen") < page.index("Tjenesten stanset")
    assert "Hvorfor: Prøve True" in page
    with as_owner(str(shelf.desk.path)) as database:
        database.put("innhold", 1, bytes=b'{"stanset":true,"grunn":"noe annet"}')
    changed = words(seen(shelf.desk, "/revisjon/endringer"))
    assert "Journalen er ikke som den ble skrevet. Feil i innføring 1" in changed
    assert "noe annet" not in changed


def test_every_link_of_these_pages_leads_somewhere(shelf: Shelf) -> None:
    first = (
        "/revisjon/modeller",
        address("modeller", shelf.there),
        "/revisjon/tekster",
        "/revisjon/endringer",
    )
    pages = [seen(shelf.desk, path) for path in first]
    for link in {
        html.unescape(link) for page in pages for link in re.findall(r'href="(/revisjon[^"]*)"', page)
    }:
        seen(shelf.desk, link)
