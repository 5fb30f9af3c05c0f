"""The report's word on explanations: what leads them, whether they are right, whether promises are kept."""

from profilering.risk import Outcome
from profilering.tema import Tema
from training.explanations.quality import ExplanationQuality
from training.reporting.explanation_figures import dependence_figure, side_by_side_figure, swarm_figure
from training.reporting.figures import Figure
from training.reporting.numbers import tiny_text
from training.reporting.report import Section, Table

TEMAER = {
    Tema.ARBEIDSERFARING: "Arbeid og jobbsituasjon",
    Tema.UTDANNING: "Utdanning",
    Tema.HELSE: "Helse",
    Tema.LIVSSITUASJON: "Andre forhold",
    Tema.ARBEIDSSOEKERHISTORIKK: "Tid som arbeidssøker",
    Tema.YTELSER: "Stønad",
    Tema.ALDER: "Alder",
    Tema.ARBEIDSMARKED: "Arbeidsmarkedet",
}
"""The words the veileder reads; `tests/test_explanations_report.py` holds them to the reviewed texts."""

LISTED = 15
"""Opplysninger in a table; the rest weigh too little to be read beside these."""

NOT_CAUSES = "Bidragene viser hva modellen bygger på. De sier ikke hva som er årsak, eller hva som hjelper."


def explanation_sections(outcome: Outcome, title: str, quality: ExplanationQuality) -> tuple[Section, ...]:
    """Tell everything measured of one outcome's explanations; `title` names it in Norwegian."""
    slug = _slug(outcome.value)
    return (
        _leading(slug, title, quality),
        _by_value(slug, title, quality),
        _two_ways(slug, title, quality),
        _checks(title, quality),
    )


def _leading(slug: str, title: str, quality: ExplanationQuality) -> Section:
    figure = swarm_figure(
        f"bidrag-{slug}", f"{title}: bidrag fra de opplysningene som veier mest", quality.swarms
    )
    text = (
        NOT_CAUSES,
        f"{quality.rows} personer som modellen ikke er trent på, er forklart.",
        "En forklaring ledes av temaet med størst samlet bidrag, opp eller ned.",
    )
    weights = Table(
        "Opplysninger",
        ("Opplysning", "Bidrag uten fortegn (log-odds)"),
        tuple((weight.name, weight.mean_absolute) for weight in quality.features[:LISTED]),
    )
    return Section(f"Hva leder forklaringene? {title}", text, (weights, _shares(quality)), (figure,))


def _shares(quality: ExplanationQuality) -> Table:
    """Themes by weight, with the share each leads, and the explanations that rest on YTELSER alone."""
    led = {share.tema: share.share for share in quality.shares.led}
    rows = tuple(
        (TEMAER[Tema(weight.name)], weight.mean_absolute, led[Tema(weight.name)]) for weight in quality.temaer
    )
    alone = ("Ytelser veier mer enn alt annet til sammen", None, quality.shares.resting_on_ytelser)
    return Table("Temaer", ("Tema", "Bidrag uten fortegn (log-odds)", "Andel det leder"), (*rows, alone))


def _by_value(slug: str, title: str, quality: ExplanationQuality) -> Section:
    text = (
        NOT_CAUSES,
        "Punktet er gjennomsnittet for personene med verdien. Båndet er de midterste 80 % av dem.",
    )
    figures = tuple(_dependence(slug, title, quality, place) for place in range(len(quality.dependences)))
    return Section(f"Bidrag etter verdi: {title}", text, figures=figures)


def _dependence(slug: str, title: str, quality: ExplanationQuality, place: int) -> Figure:
    dependence = quality.dependences[place]
    name = f"verdi-{slug}-{_slug(dependence.name)}"
    return dependence_figure(name, f"{title}: bidrag fra {dependence.name} etter verdi", dependence)


def _two_ways(slug: str, title: str, quality: ExplanationQuality) -> Section:
    compared = quality.interventional
    text = (
        "Modellens egne bidrag lar ukjente opplysninger følge de kjente nedover i trærne. "
        "Her er de i stedet satt inn fra andre personer.",
        "Er svarene like, henger ikke forklaringen på valget. Et lite utvalg gir også forskjeller.",
    )
    rows = (
        ("Personer forklart", compared.rows),
        ("Personer satt inn fra", compared.background),
        ("Rangkorrelasjon mellom opplysningenes vekt", compared.rank_correlation),
        ("Andel med samme ledende tema", compared.same_leading_theme),
        ("Største feil i summen (log-odds)", tiny_text(compared.largest_sum_error)),
    )
    leading = compared.features[:LISTED]
    weights = Table(
        "Bidrag uten fortegn (log-odds)",
        ("Opplysning", "Etter trærne", "Satt inn fra andre"),
        tuple((f.name, f.path_dependent, f.interventional) for f in leading),
    )
    figure = side_by_side_figure(f"to-maater-{slug}", f"{title}: bidrag regnet på to måter", leading)
    tables = (Table("Likhet", ("Mål", "Verdi"), rows), weights)
    return Section(f"Forklart på en annen måte: {title}", text, tables, (figure,))


def _checks(title: str, quality: ExplanationQuality) -> Section:
    brute, monotone = quality.brute_force, quality.monotone
    text = (
        "En liten modell er forklart på nytt med selve definisjonen: alle utvalg av opplysninger er prøvd.",
        f"I {monotone.pairs} prøver er én opplysning med retning flyttet til en annen verdi. "
        f"Anslaget gikk feil vei {monotone.violations} ganger.",
    )
    by_definition = Table(
        "Bidrag mot definisjonen",
        ("Mål", "Verdi"),
        (
            ("Rader", brute.rows),
            ("Opplysninger", brute.features),
            ("Trær", brute.trees),
            ("Største avvik (log-odds)", tiny_text(brute.largest_difference)),
        ),
    )
    moves = Table(
        "Retninger",
        ("Opplysning", "Mer av den kan", "Prøver", "Feil vei", "Verst (log-odds)"),
        tuple(
            (f.name, "bare senke" if f.direction < 0 else "bare øke", f.pairs, f.violations, f.worst)
            for f in monotone.features
        ),
    )
    return Section(f"Er forklaringene riktige? {title}", text, (by_definition, moves))


def _slug(name: str) -> str:
    return name.lower().replace("_", "-")
