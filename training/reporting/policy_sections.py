"""The policy worked out on later people, as sections of the report; and whether the intervals hold."""

from collections.abc import Mapping, Sequence

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.risk import Outcome
from training.fairness.groupings import EVERYONE
from training.judging.abstentions import Abstention
from training.judging.consequences import Consequences
from training.judging.coverage import Coverage
from training.judging.settings import Setting, SettingGroup, SettingTable
from training.reporting.numbers import (
    number_text,
    of_100_text,
    share_text,
    signed_text,
)
from training.reporting.report import Cell, Section, Table
from training.reporting.words import TITLES

FORSLAG = {
    ForslagKode.STANDARD_INNSATS: "Standard",
    ForslagKode.SITUASJONSBESTEMT_INNSATS: "Situasjonsbestemt",
    ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING: "Arbeidsevnevurdering",
    ForslagKode.INGEN_FORSLAG: "Ingen forslag",
}
REFRAINED = {
    RegelKode.STANSET: "Stanset",
    RegelKode.FOR_LITE_GRUNNLAG: "For lite grunnlag",
    RegelKode.UTENFOR_MODELLEN: "Utenfor modellen",
}
FEW = "Tall som ville vist eller røpet færre enn ti personer, står som –."
SETTINGS = (
    "Kostnadsforholdet sier hvor mange samtaler for mye som teller like mye som én oversett person. "
    "Her er hvert forhold regnet ut. Bare denne ene grensen er endret; alt annet er som i policyen.",
    "Funnet: har utfallet og når grensen. Oversett: har utfallet og når den ikke. For mange: når grensen "
    "uten å få utfallet. Kostnaden er de for mange, pluss de oversette ganger forholdet. Bare den siste "
    "kolonnen kan sammenlignes fra rad til rad: der er alle feil veid med forholdet som gjelder.",
    "Tabellen velger ingen grense. Det gjør bare en godkjent policy, og aldri etter plasser eller penger.",
    FEW,
)
ABSTENTIONS = (
    "Når vi vet for lite, eller personen er ulik dem modellen har lært av, gir tjenesten ikke noe forslag. "
    "Da vurderer veilederen saken uten. Skjer det oftere i noen grupper, hjelper tjenesten dem mindre.",
    "Det telles registreringer i de senere kullene. Personer utenfor aldersgrensene er ikke med. "
    "Andelen er av 100, i parentes står 95 %-intervallet. " + FEW,
)
COVERAGE = (
    "Intervallet en veileder ser, er prøvd på det som skjedde senere: i grupper på minst 500 senere "
    "registreringer med nær like anslag, lå andelen som fikk utfallet, innenfor intervallet?",
    "Også den senere gruppen er liten nok til at tilfeldigheter flytter den. Selv om ingenting hadde endret "
    "seg, ville færre enn 95 av 100 grupper holdt. Hvor mange, står i kolonnen «Ventet av 100».",
)


def policy_sections(found: Consequences) -> tuple[Section, ...]:
    """What each setting would mean, one outcome after the other, and who is given no forslag."""
    settings = (_settings(TITLES[outcome], table) for outcome, table in found.settings.items())
    return (*settings, _abstentions(found.abstentions))


def coverage_section(found: Mapping[Outcome, Coverage | None], limits: str) -> Section:
    """Whether the intervals hold; `limits` says what the figures may be used for. In report and card."""
    header = (
        "Utfall",
        "Senere registreringer",
        "Grupper",
        "Holdt, av 100",
        "Ventet av 100",
        "Skjedde sjeldnere",
        "Skjedde oftere",
        "Største avstand, av 100",
    )
    rows = tuple((TITLES[outcome], *_covered(coverage)) for outcome, coverage in found.items())
    table = Table("Grupper der intervallet holdt det som skjedde senere", header, rows)
    return Section("Holder intervallene?", (*COVERAGE, limits), (table,))


def _covered(found: Coverage | None) -> tuple[Cell, ...]:
    if found is None:
        return (None,) * 7
    held = found.held
    low, high = (of_100_text(end, decimals=0) for end in (held.low, held.high))
    shown = of_100_text(found.gap_at, decimals=0)
    return (
        found.n,
        held.of,
        f"{of_100_text(held.cases / held.of, decimals=0)} ({low}–{high})",
        of_100_text(found.expected, decimals=0),
        found.seldom,
        found.often,
        f"{signed_text(100 * found.largest_gap, decimals=1)} ved anslag {shown}",
    )


def _settings(title: str, found: SettingTable) -> Section:
    header = (
        "Kostnadsforhold",
        "Grense, av 100",
        *(f"{name}, av 100" for name in FORSLAG.values()),
        "Funnet",
        "Oversett",
        "For mange",
        "Kostnad",
        "Kostnad med forholdet som gjelder",
    )
    caption = f"{found.n} registreringer; anslagene avgjør for {found.decided}"
    columns = dict.fromkeys(group.column for group in found.groups)
    tables = (
        Table(caption, header, tuple(map(_setting_row, found.settings))),
        *(_group_table(c, [g for g in found.groups if g.column == c], found) for c in columns),
    )
    return Section(f"{title}: hva ville en annen grense betydd?", SETTINGS, tables)


def _setting_row(setting: Setting) -> tuple[Cell, ...]:
    name = number_text(setting.ratio, decimals=1).removesuffix(",0")
    first = f"{name} (gjelder)" if setting.in_force else name
    threshold = of_100_text(setting.threshold).removesuffix(",0")
    found = setting.figures
    if found is None:
        return (first, threshold, *(None,) * (len(FORSLAG) + 5))
    return (
        first,
        threshold,
        *(of_100_text(found.forslag[kode]) for kode in FORSLAG),
        found.found,
        found.overlooked,
        found.too_many,
        _whole(found.cost),
        _whole(found.cost_in_force),
    )


def _whole(number: float) -> str:
    return number_text(number, decimals=0)


def _group_table(column: str, groups: Sequence[SettingGroup], found: SettingTable) -> Table:
    """The share given the rule's forslag at each ratio that can be told of this column."""
    told = {ratio for group in groups for ratio in group.given or ()}
    settings = [setting for setting in found.settings if setting.ratio in told]
    names = [
        of_100_text(s.threshold).removesuffix(",0") + (" (gjelder)" if s.in_force else "") for s in settings
    ]
    rows = tuple(
        (g.value, g.n, *(None if g.given is None else of_100_text(g.given[s.ratio]) for s in settings))
        for g in groups
    )
    caption = f"{column}: får {FORSLAG[found.regel.forslag].lower()}, av 100, ved hver grense"
    return Table(caption, ("Gruppe", "Registreringer", *names), rows)


def _abstentions(found: Sequence[Abstention]) -> Section:
    everyone, *groups = found
    columns = dict.fromkeys(group.column for group in groups)
    tables = tuple(_abstention_table(c, [everyone, *(g for g in groups if g.column == c)]) for c in columns)
    if not tables:
        tables = (_abstention_table(EVERYONE, [everyone]),)
    told = (
        "Ingen, eller færre enn ti personer, fikk ikke noe forslag."
        if everyone.share is None
        else f"{share_text(everyone.share)} av 100 fikk ikke noe forslag."
    )
    return Section("Hvem får ikke noe forslag?", (told, *ABSTENTIONS), tables)


def _abstention_table(column: str, rows: Sequence[Abstention]) -> Table:
    rules = [kode for kode in REFRAINED if any(kode in (row.by_rule or {}) for row in rows)]
    return Table(
        column,
        ("Gruppe", "Registreringer", "Ingen forslag", *(REFRAINED[kode] for kode in rules)),
        tuple(
            (
                row.value,
                row.n,
                share_text(row.share),
                *(share_text((row.by_rule or {}).get(kode)) for kode in rules),
            )
            for row in rows
        ),
    )
