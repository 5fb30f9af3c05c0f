"""The rules as a jurist reads them, and the risks for people with the tests that show what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from models.canonical import digest_of
from models.policy_file import POLICIES, policy_path, read_policy_version
from models.risikoregister import RISIKOREGISTER, read_risikoregister, risks_approved_by
from models.text_file import ANSWERED_IN, read_tekster, text_path
from profilering.policy import Policy
from serving.commands.policy import policy_page
from serving.revisjon.hus import Sider, house_router


@dataclass(frozen=True, slots=True)
class Regelverk:
    """One version of the rules, read once: what it says and the page a jurist signs."""

    policy: Policy
    digest: str  # sha256:… of its file
    side: str


def read_regelverk(policies: Path = POLICIES) -> Mapping[str, Regelverk]:
    """Read every version there is, the newest first. Raises SetupError."""
    tekster = read_tekster(text_path(ANSWERED_IN))
    found = (read_policy_version(path.stem, policies) for path in policies.glob("*.toml"))
    newest_first = sorted(found, key=lambda policy: (policy.gjelder_fra, policy.versjon), reverse=True)
    digests = {
        each.versjon: digest_of(policy_path(each.versjon, policies).read_bytes()) for each in newest_first
    }
    return {
        each.versjon: Regelverk(
            each, digests[each.versjon], policy_page(each, digests[each.versjon], tekster)
        )
        for each in newest_first
    }


def rule_routes(sider: Sider) -> APIRouter:
    """The routes of rules and risks; the files are read once, by who asks first: no answer waits for them."""
    router, read = house_router(), cache(read_regelverk)

    @router.get("/regler")
    def list_rules() -> HTMLResponse:
        return sider.page("regler.html", regelverk=tuple(read().values()))

    @router.get("/regler/{versjon}")
    def show_rules(versjon: str) -> HTMLResponse:
        if versjon not in read():
            text = "Det finnes ikke noe regelverk med denne adressen."
            return sider.page("melding.html", 404, tittel="Regelverket finnes ikke", tekst=text)
        return sider.page("regelverk.html", vist=read()[versjon])

    @router.get("/risikoregister")
    def show_risks() -> HTMLResponse:
        return sider.page(
            "risikoregister.html",
            risikoer=read_risikoregister(),
            godkjent_av=risks_approved_by(),
            digest=digest_of(RISIKOREGISTER.read_bytes()),
        )

    return router
