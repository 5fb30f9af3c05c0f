"""What monitoring found, as a page: alarms first, then every figure behind them."""

from collections.abc import Iterator, Sequence

from profilering.risk import Outcome
from training.evaluation.bootstrap import Interval
from training.monitoring.alarms import Alarm
from training.monitoring.expected import Expected
from training.monitoring.follow import Follow, Unaided
from training.monitoring.limits import Limits
from training.monitoring.shares import Share
from training.monitoring.watch import Counts, OutcomeWatch, Refrain, Watch
from training.reporting.figures import calibration_figure
from training.reporting.report import Cell, Report, Section, Table
from training.reporting.words import TITLES

SYNTHETIC = (
    "Uttrekket er syntetisk. Tallene viser at maskineriet virker. De sier ingenting om personer i Norge. "
)
LIMITS = (
    "Et varsel er et funn som noen må se på. Det sier ikke hvorfor noe har endret seg, og endrer verken "
    "modell eller forslag. Tallene er ikke mål for noen, og viser aldri enkelte veiledere."
)
DRIFT = (
    "PSI måler hvor ulikt en opplysning er fordelt hos dem tjenesten nå svarer for, og hos dem som "
    "registrerte seg i perioden modellen lærte av. Tilfeldighet alene gir en PSI over null, og mer jo færre "
    "personer det er. Derfor står hver opplysning mot sin egen grense for dette antallet.",
    "Arbeidsmarkedet og de som registrerer seg, endrer seg virkelig med årene. Slike varsler er riktige "
    "funn. Med mange personer er også små endringer mer enn tilfeldighet; de vises, men varsles ikke. "
    "Et varsel sier ikke at modellen er blitt dårligere. "
    "Endringer i hvordan opplysninger hører sammen, kan skje uten at noen av dem flytter seg.",
)
EXPECTED = (
    "Forventet forutsetter at anslagene er kalibrert: at utfallet skjer for 30 av 100 med anslaget 30. "
    "Forutsetningen kan ikke prøves før utfallene er kjent. Flytter nivået seg, vises det ikke her før "
    "horisonten er over."
)
FOLLOW = (
    "Fulgt betyr at vurderingen er en av innsatsgruppene forslaget peker på. Den siste vurderingen av hver "
    "profilering teller. Dommen går etter hele intervallet. Kontorer med færre enn ti saker vises ikke. "
    "Nær 0 eller 100 av 100: les saker sammen før noen konkluderer.",
)
FIGURES = {
    "mean_estimate": "Gjennomsnittlig anslag",
    "base": "Andel med utfallet",
    "slope": "Helning (1 er riktig)",
    "ece": "Kalibreringsfeil (ECE)",
    "auc": "AUC",
    "brier": "Brier",
}
COUNTS = {
    "profileringer": "Profileringer i journalen",
    "other_bundle": "Laget med en annen modell",
    "superseded": "Erstattet av en senere for samme periode",
    "outside_age": "Utenfor aldrene modellen er laget for",
    "watched": "Overvåket",
    "erased": "Innføringer med slettet innhold",
    "without_profilering": "Vurderinger uten profilering i journalen",
}
SHARE_HEADER = ("Gruppe", "Antall", "Andel", "Fra", "Til", "Dom")


def monitor_report(watch: Watch, alarms: Sequence[Alarm], limits: Limits) -> Report:
    """The whole page of one run."""
    sections = [
        _alarms(alarms, limits),
        _people(watch.counts),
        _drift(watch),
        *(_outcome(outcome, found) for outcome, found in watch.outcomes.items()),
        _follow(watch.follow),
        _refrain(watch.refrain),
    ]
    limit = SYNTHETIC + LIMITS if watch.synthetic else LIMITS
    return Report(f"Profilering: overvåking av {watch.version}", limit, tuple(sections))


def _alarms(alarms: Sequence[Alarm], limits: Limits) -> Section:
    text = tuple(f"Varsel: {alarm.tekst}" for alarm in alarms) or ("Ingen varsler.",)
    drift, calibration, followed = limits.drift, limits.kalibrering, limits.fulgt
    used = (
        ("drift: falskt varsel i én kjøring", drift.nivaa, drift.kilde),
        ("drift: minste PSI", drift.minste_psi, drift.kilde),
        ("kalibrering: nivå", calibration.hoeyeste_nivaaavvik, calibration.kilde),
        ("kalibrering: helning, lavest", calibration.laveste_helning, calibration.kilde),
        ("kalibrering: helning, høyest", calibration.hoeyeste_helning, calibration.kilde),
        ("fulgt: lavest", followed.laveste_andel, followed.kilde),
        ("fulgt: høyest", followed.hoeyeste_andel, followed.kilde),
        (f"tid: andel under {limits.tid.kort_sekunder} s", limits.tid.hoeyeste_andel_kort, limits.tid.kilde),
        ("ingen forslag: høyest", limits.ingen_forslag.hoeyeste_andel, limits.ingen_forslag.kilde),
    )
    caption = f"Grenser. Godkjent av: {limits.godkjent_av}"
    return Section("Varsler", text, (Table(caption, ("Grense", "Verdi", "Kilde"), used),))


def _people(counts: Counts) -> Section:
    rows = tuple((text, getattr(counts, name)) for name, text in COUNTS.items())
    return Section("Hvem er med?", (), (Table("Innføringer i journalen", ("Hvem", "Antall"), rows),))


def _drift(watch: Watch) -> Section:
    rows = tuple((d.name, d.psi, d.by_chance, d.p_value, d.verdict) for d in watch.drifts)
    header = ("Opplysning", "PSI", "Tilfeldig opp til (99 %)", "p, rettet for alle", "Dom")
    tables = (Table("Endring i opplysninger og anslag", header, rows),) if rows else ()
    text = DRIFT if rows else (*DRIFT, "For få personer til å måle.")
    return Section("Er personene som før?", text, tables)


def _outcome(outcome: Outcome, found: OutcomeWatch) -> Section:
    counts = (("Utfallet er kjent", found.matured), ("Ikke kjent ennå", found.not_matured))
    tables = [Table("Anslag i journalen", ("Hvem", "Antall"), counts)]
    tables += [Table(*part) for part in _expected(found)]
    if found.mature is None:
        return Section(TITLES[outcome], (EXPECTED, "Kalibrering: kan ikke testes ennå."), tuple(tables))
    rows = [("Nivåavvik (anslag minus andel)", *_cells(found.mature.gap))]
    rows += [(text, *_cells(found.mature.figures[name])) for name, text in FIGURES.items()]
    tables.append(Table("Det som skjedde (95 %)", ("Mål", "Funnet", "Fra", "Til"), tuple(rows)))
    figure = calibration_figure(
        f"overvaaking-{outcome.value.lower().replace('_', '-')}",
        f"{TITLES[outcome]}: anslag og det som skjedde",
        {"Anslag i journalen": found.mature.curve},
    )
    return Section(TITLES[outcome], (EXPECTED,), tuple(tables), (figure,))


def _expected(found: OutcomeWatch) -> Iterator[tuple[str, tuple[str, ...], tuple[tuple[Cell, ...], ...]]]:
    """The expected figures of all, and of the mature with what came true beside."""
    header = ("Mål", "Forventet", "Fra", "Til")
    if found.expected is not None:
        yield "Forventet, alle med anslag (95 %)", header, _rows(found.expected)
    if found.expected_of_mature is not None and found.mature is not None:
        realised = [found.mature.figures[name].value for name in ("auc", "brier", "base")]
        rows = tuple(
            (*row, value) for row, value in zip(_rows(found.expected_of_mature), realised, strict=True)
        )
        yield "Forventet og funnet, de med kjent utfall (95 %)", (*header, "Funnet"), rows


def _rows(expected: Expected) -> tuple[tuple[Cell, ...], ...]:
    named = (("AUC", expected.auc), ("Brier", expected.brier), ("Andel med utfallet", expected.share))
    return tuple((text, *_cells(interval)) for text, interval in named)


def _follow(follow: Follow | None) -> Section:
    heading = "Blir forslagene vurdert?"
    if follow is None:
        return Section(heading, (*FOLLOW, "For få vurderinger til å vise."))
    deviations = tuple((d.forslag, d.n, d.up, d.down) for d in follow.deviations)
    header = ("Forslag", "Antall", "Mer omfattende innsats", "Mindre omfattende innsats")
    speed = (
        ("Median, minutter", follow.speed.median_seconds / 60),
        ("Andel før forklaringen kan være lest", follow.speed.short.share),
        ("Vurderinger der tjenesten ikke ga forslag", follow.without),
        ("Andel der tilbudet veide mest", follow.supply.share),
        ("Andel der de samme ordene også står om en annen", follow.repeated.share),
    )
    tables = [
        *_share_tables("Fulgt", follow.followed),
        *([Table("Avvik fra forslaget", header, deviations)] if deviations else []),
        Table("Fra profilering til vurdering", ("Mål", "Funnet"), speed),
        *([_unaided(follow.unaided)] if follow.unaided else []),
    ]
    return Section(heading, FOLLOW, tuple(tables))


def _unaided(unaided: Unaided) -> Table:
    rows = (("pekte samme vei som forslaget", unaided.agreed), *((s.value, s) for s in unaided.moved))
    return Table(
        f"Vurdert før forslaget var vist, og senere (95 %): {unaided.agreed.n} saker",
        ("Funn", "Andel", "Fra", "Til"),
        tuple((text, s.share, s.low, s.high) for text, s in rows),
    )


def _refrain(refrain: Refrain | None) -> Section:
    heading = "Når gir tjenesten ikke forslag?"
    if refrain is None:
        return Section(heading, ("For få profileringer til å vise.",))
    tables = (*_share_tables("Ingen forslag", refrain.share), *_share_tables("Regel", refrain.regler))
    return Section(heading, (), tables)


def _share_tables(caption: str, found: Sequence[Share]) -> list[Table]:
    """One table per column; the share of all is its own."""
    return [
        Table(
            f"{caption}: {column}",
            SHARE_HEADER,
            tuple((s.value, s.n, s.share, s.low, s.high, s.verdict) for s in found if s.column == column),
        )
        for column in dict.fromkeys(share.column for share in found)
    ]


def _cells(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high
