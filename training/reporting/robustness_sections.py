"""The report's word on what could as well have been: other models, fewer themes, shuffled labels."""

from collections.abc import Mapping

from profilering.risk import Outcome
from profilering.tema import Tema
from training.judging.examine import Checks, Examination
from training.judging.stability import Stability
from training.reporting.explanation_sections import TEMAER
from training.reporting.numbers import interval_text, percent_text
from training.reporting.report import Cell, Section, Table

SINGLES = 10
"""Single features listed; the sentinel looks at the first."""

STABILITY = (
    "Modellene her er like gode som kandidaten. De har et annet frø, eller er lært av personer trukket på "
    "nytt. Ingen får vite hvilken av dem som ble valgt. Derfor telles det hvor mange det betyr noe for.",
    "Overlapp (Jaccard): av dem minst én av to modeller gir mer enn standard innsats, andelen begge gir det.",
)
CONTESTED = (
    "Hva koster det å la et omstridt tema være? Hver rad er en modell som ikke får bruke temaet. "
    "Tapet er kandidatens AUC minus denne modellens, på de samme trekningene.",
    "Gap er det største i noen gruppe av kolonnen mot de andre: oversette (FNR) i forskjell, "
    "feilaktig høye (FPR) i forhold. Bare grupper med minst 100 utfall er med.",
)
SENTINELS = (
    "Vakter mot lekkasje. Stokkes utfallene, skal AUC være om lag 0,5. "
    "Ingen opplysning alene skal ordne personer for godt.",
    "Tilfeldig deling er en lettere oppgave enn å måle på senere kull. Forskjellen er prisen for tid.",
)


def robustness_sections(examination: Examination, titles: Mapping[Outcome, str]) -> tuple[Section, ...]:
    """Stability of all, then contested themes and sentinels of each outcome."""
    sections = [_stability(examination.stability)]
    for outcome, checks in examination.checks.items():
        sections += [_contested(titles[outcome], checks), _sentinels(titles[outcome], checks)]
    return tuple(sections)


def _stability(found: Stability) -> Section:
    models = tuple(
        (flips.name, _percent(flips.share), flips.overlap, _percent(flips.same_theme))
        for flips in found.models
    )
    groups = tuple(
        (f"{group.column}: {group.value}", group.n, group.flips, _share(group.flips, group.n))
        for group in found.groups
    )
    ever = (
        f"{_percent(found.ever)} av {found.n} registreringer får et annet forslag av minst én av modellene."
    )
    header = ("Modell", "Får et annet forslag", "Overlapp", "Samme tema leder forklaringen")
    who = ("Gruppe", "Registreringer", "Får et annet forslag av minst én", "Andel")
    tables = (Table("Like gode modeller", header, models), Table("Hvem avhenger av valget?", who, groups))
    return Section("Ville en like god modell sagt det samme?", (ever, *STABILITY), tables)


def _contested(title: str, checks: Checks) -> Section:
    columns = dict.fromkeys(column for row in checks.contested for column in row.gaps)
    rows = []
    for row in checks.contested:
        gaps: list[Cell] = []
        for column in columns:
            fnr, fpr = row.gaps.get(column, (None, None))
            gaps += [fnr, fpr]
        name = "Kandidaten" if row.tema is None else f"Uten {TEMAER[Tema(row.tema)].lower()}"
        loss = "" if row.loss is None else interval_text(row.loss, decimals=4)
        flips = "" if row.tema is None else _percent(row.flips)
        rows.append((name, interval_text(row.auc), loss, flips, *gaps))
    per_column = (text for c in columns for text in (f"{c}: FNR-gap", f"{c}: FPR-forhold"))
    header = ("Modell", "AUC", "Tap i AUC", "Får et annet forslag", *per_column)
    table = Table("Modeller uten et tema", header, tuple(rows))
    return Section(f"Omstridte temaer: {title}", CONTESTED, (table,))


def _sentinels(title: str, checks: Checks) -> Section:
    singles = tuple((feature.name, feature.auc) for feature in checks.single[:SINGLES])
    controls = (
        ("Utfallene stokket", checks.permuted_auc),
        (f"Personer tilfeldig delt ({checks.random_n} målt)", checks.random_auc),
    )
    tables = (
        Table("Kontroller", ("Kontroll", "AUC"), controls),
        Table("Én opplysning alene, best først", ("Opplysning", "AUC"), singles),
    )
    return Section(f"Vakter: {title}", SENTINELS, tables)


def _percent(share: float | None) -> str | None:
    return None if share is None else percent_text(share)


def _share(count: int | None, of: int) -> str | None:
    return None if count is None else _percent(count / of)
