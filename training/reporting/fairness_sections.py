"""Put a fairness measurement into the report: what was found for each group, and what may be said of it."""

from collections.abc import Sequence

from training.fairness.fairness import Fairness
from training.fairness.group_figures import Gap, GroupFigures, by_column
from training.fairness.groupings import told
from training.fairness.groups import DIFFERENCE_SHOWN
from training.reporting.numbers import interval_text, number_text
from training.reporting.report import Section, Table
from training.reporting.small_multiples import furthest_off, group_figure

MOST_DRAWN = 12
"""More crossings in one figure cannot be read; the tables have them all."""

FIGURES = ("Gruppe", "Antall", "Med utfallet", "Skjedde", "Anslag", "AUC", "Overses", "Feilaktig høyt")
GAPS = (
    "Gruppe",
    "Anslag minus skjedde",
    "Dom",
    "Overses, minus de andre",
    "Dom",
    "Feilaktig høyt, ganger de andre",
    "Dom",
)


def fairness_sections(title: str, name: str, fairness: Fairness) -> tuple[Section, ...]:
    """Make a section of the columns and one of the crossings; none where nothing was given to group by.

    `name` begins the figures' file names: small letters, digits and hyphens.
    """
    if not fairness.groups:
        return ()
    columns = by_column(fairness.groups)
    figures = [
        group_figure(f"{name}-{number}", f"{title}: {column}", groups, fairness.everyone)
        for number, (column, groups) in enumerate(columns.items(), 1)
    ]
    text = (*_meaning(fairness.threshold), _counted(fairness.groups))
    one = Section(f"Grupper: {title}", text, column_tables(fairness), tuple(figures))
    return (one, _crossings(title, name, fairness)) if fairness.crossings else (one,)


def column_tables(fairness: Fairness) -> tuple[Table, ...]:
    """Two tables per column: figures and differences; nothing is drawn."""
    return tuple(
        table
        for column, groups in by_column(fairness.groups).items()
        for table in (
            _figures_table(column, (fairness.everyone, *_shown(groups))),
            _gaps_table(f"{column}: forskjeller", _shown(groups)),
        )
    )


def crossing_differences(fairness: Fairness) -> tuple[Table, ...]:
    """The crossings with a difference that is shown, in one table; none where there are none."""
    different = tuple(g for g in fairness.crossings if g.verdict == DIFFERENCE_SHOWN)
    return (_gaps_table("Kryssede grupper med påvist forskjell", different),) if different else ()


def _crossings(title: str, name: str, fairness: Fairness) -> Section:
    tables = [
        _figures_table(column, shown)
        for column, groups in by_column(fairness.crossings).items()
        if (shown := _shown(groups))
    ]
    worst = furthest_off(fairness.crossings, MOST_DRAWN)
    drawn = f"{title}: de {len(worst)} kryssede gruppene med størst avvik mellom anslag og det som skjedde"
    figures = (group_figure(f"{name}-kryss", drawn, worst, fairness.everyone),) if worst else ()
    text = (
        "Kryssede grupper er personer som hører til to grupper samtidig. De leses som gruppene over.",
        _counted(fairness.crossings),
    )
    shown_first = (*crossing_differences(fairness), *tables)
    return Section(f"Kryssede grupper: {title}", text, shown_first, figures)


def _meaning(threshold: float) -> tuple[str, ...]:
    limit = number_text(threshold)
    return (
        "Kolonnene brukes bare til å måle. De er aldri opplysninger i modellen.",
        f"Et høyt anslag er her {limit} eller mer. Overses: andelen av dem med utfallet som ikke får et "
        "høyt anslag. Feilaktig høyt: andelen av dem uten utfallet som får det. "
        "Grensen er valgt for målingen og avgjør ingenting for noen.",
        "I parentes står 95 %-intervaller. En forskjell er påvist når den neppe er tilfeldig, selv når "
        "alle gruppene prøves samtidig (Holm, 5 %). «Ingen påvist forskjell» betyr ikke at det ikke er noen. "
        "«Kan ikke testes» betyr at for få personer, færre enn 100, har utfallet. "
        "Ingen av dommene er en godkjenning.",
        "Tall som ville vist eller røpet færre enn ti personer, står som –.",
    )


def _counted(groups: Sequence[GroupFigures]) -> str:
    testable = sum(any(gap.p_holm is not None for gap in group.gaps) for group in groups)
    different = sum(group.verdict == DIFFERENCE_SHOWN for group in groups)
    hidden = len(groups) - len(_shown(groups))
    counted = f"{len(groups)} grupper: {testable} kan testes, og i {different} av dem er en forskjell påvist."
    return f"{counted} {hidden} er for små til å vises." if hidden else counted


def _figures_table(column: str, groups: Sequence[GroupFigures]) -> Table:
    return Table(column, FIGURES, tuple(_figures_row(group) for group in groups))


def _figures_row(group: GroupFigures) -> tuple[str | int | None, ...]:
    return (
        told(group.value),
        group.n,
        group.positives,
        interval_text(group.base, decimals=2),
        interval_text(group.mean_estimate, decimals=2),
        interval_text(group.auc, decimals=2),
        interval_text(group.fnr, decimals=2),
        interval_text(group.fpr, decimals=2),
    )


def _gaps_table(caption: str, groups: Sequence[GroupFigures]) -> Table:
    rows = tuple(
        (
            told(group.value),
            *_gap_cells(group.calibration_gap, decimals=3),
            *_gap_cells(group.fnr_gap, decimals=3),
            *_gap_cells(group.fpr_ratio, decimals=2),
        )
        for group in groups
    )
    return Table(caption, GAPS, rows)


def _gap_cells(gap: Gap, *, decimals: int) -> tuple[str | None, str]:
    if gap.p_holm is None:
        return interval_text(gap.interval, decimals=decimals), gap.verdict
    p = "p < 0,001" if gap.p_holm < 0.001 else f"p = {number_text(gap.p_holm)}"
    return interval_text(gap.interval, decimals=decimals), f"{gap.verdict}, {p}"


def _shown(groups: Sequence[GroupFigures]) -> tuple[GroupFigures, ...]:
    return tuple(group for group in groups if group.n is not None)
