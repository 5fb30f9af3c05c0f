"""The test bench by keyboard alone: change an answer, read the difference, mend a fault from its link."""

from tests.browser.pages import Listed
from tests.browser.test_every_page import violations
from tests.browser.visits import LOOKS, Site, Tabs, Visit, visiting

BENCH = Listed("proevebenk", "/revisjon/proevebenk?person=P08")


def typed(visit: Visit, felt: str, text: str) -> None:
    """Write in a field and send its form with the key that does so."""
    visit.page.locator(f"#{felt}").focus()
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.type(text)
    with visit.page.expect_navigation():
        visit.page.keyboard.press("Enter")
    visit.page.evaluate(LOOKS)


def stands(visit: Visit) -> None:
    """Nothing keeps anybody out, also on a phone and with letters twice as large."""
    assert violations(visit) == []
    for width in (320, 640):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.faults("sideways") == []
    assert visit.faults("enlarge") == []
    assert visit.faults("sideways") == []
    visit.at_the_desk()


def test_a_changed_answer_is_sent_read_and_mended_with_the_keys_alone(site: Site, tabs: Tabs) -> None:
    with visiting(tabs.tab("nb"), site, BENCH) as visit:
        typed(visit, "foedselsaar", "1961")
        assert visit.page.url == f"{site.origin}/revisjon/proevebenk"
        assert visit.page.locator("#endring").is_visible()
        assert visit.page.locator("#foedselsaar").input_value() == "1961"
        stands(visit)
        typed(visit, "foedselsaar", "i fjor")
        assert visit.page.locator("[role=alert]").is_visible()
        stands(visit)
        visit.page.locator("[role=alert] a").focus()
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "foedselsaar"
