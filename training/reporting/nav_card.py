"""The parts of NAV's model card, each from what the run found."""

from collections.abc import Mapping
from dataclasses import replace

from profilering.errors import SetupError
from profilering.features import CATALOGUE
from profilering.formaal import FORMAAL, SKAL_IKKE_BRUKES_TIL
from profilering.policy import Policy
from profilering.risk import Outcome
from training.about import About
from training.judging.examine import Examination
from training.judging.measure import CANDIDATE, LOGISTIC, RULE, Measured
from training.judging.subject import Subject
from training.release.limits import GateConfig
from training.reporting.card import Card
from training.reporting.fairness_sections import column_tables, crossing_differences
from training.reporting.nav_report import Findings
from training.reporting.numbers import interval_text, number_text, tiny_text
from training.reporting.policy_sections import coverage_section
from training.reporting.report import Section, Table
from training.reporting.words import LIMITS_OF_SYNTHETIC, SIDES, TITLES, limits_of

FIGURES = ("auc", "brier", "ece", "slope", "mean_estimate", "base")


def card_of(found: Findings, limits: GateConfig, texts: Mapping[str, str]) -> Card:
    """Gather a card. `texts` says of each text file (language) who approved it.

    Raises SetupError when the run did not examine the candidate: a card is of a whole run.
    """
    if found.examination is None:
        raise SetupError("a card needs the whole run; this one only measured a model")
    version, subject, measured, about = found.version, found.subject, found.measured, found.about
    examination = found.examination
    return Card(
        version,
        limits_of(synthetic=about.synthetic),
        {
            "formaal": Section("Formål", (FORMAAL,)),
            "brukes_ikke": Section("Skal ikke brukes til", SKAL_IKKE_BRUKES_TIL),
            "populasjon": _population(subject),
            "utfall": _outcomes(subject, measured),
            "data": _data(about),
            "tall": _figures(measured),
            "intervaller": coverage_section(
                {outcome: m.coverage for outcome, m in measured.items()},
                limits_of(synthetic=about.synthetic),
            ),
            "grupper": _groups(measured),
            "forklaringer": _explanations(measured),
            "stabilitet": _stability(examination),
            "begrensninger": _limits(measured, synthetic=about.synthetic),
            "versjoner": _versions(version, subject.policy, about),
            "godkjenninger": _approvals(subject.policy, about, limits, texts),
        },
    )


def _population(subject: Subject) -> Section:
    cohort, split, counts = subject.config.kohort, subject.config.deling, subject.prepared.counts
    rows = (
        ("Alder", f"{cohort.alder_fra} til {cohort.alder_til} år"),
        ("Lært og kalibrert på registreringer", f"fra {split.laer_fra} til {split.laer_til}"),
        ("Målt på senere registreringer", f"fra {split.test_fra} til {split.test_til}"),
        ("Registreringer i uttrekket", counts["registreringer"]),
        ("Utenfor aldersgrensene", counts["utenfor_alder"]),
        ("Horisonten er ikke over", counts["horisont_ikke_over"]),
        ("Trent på", subject.prepared.split.train.size),
        ("Kalibrert på", subject.prepared.split.calibrate.size),
        (SIDES["held_out"], subject.prepared.split.held_out.size),
        (SIDES["test"], subject.prepared.split.test.size),
    )
    text = (
        "Personer som registrerer seg som arbeidssøkere. Ingen person står på to sider. "
        "Trening og kalibrering bruker ulike personer.",
    )
    return Section("Hvem er med?", text, (Table("Registreringer", ("Hva", "Verdi"), rows),))


def _outcomes(subject: Subject, measured: Mapping[Outcome, Measured]) -> Section:
    asked = subject.config.utfall
    text = (
        f"Langvarig stønad: minst én livsoppholdsytelse på minst {asked.minst_maaneder} av de "
        f"{asked.maaneder} måledagene etter registrering (den {asked.maaledag}. i måneden).",
        f"Helserelatert ytelse: {' eller '.join(asked.helseytelser)} innen {asked.maaneder} måneder. "
        "De som allerede har en slik ytelse, er ikke med.",
        "Modellen lærer av det som skjedde, aldri av hvilken innsatsgruppe noen fikk.",
    )
    rows = tuple(
        (TITLES[outcome], side, figures.models[CANDIDATE].metrics.n, figures.models[CANDIDATE].metrics.base)
        for outcome, m in measured.items()
        for side, figures in ((SIDES["held_out"], m.held_out), (SIDES["test"], m.test))
    )
    return Section("Utfall", text, (Table("Hvor ofte", ("Utfall", "Side", "Personer", "Andel"), rows),))


def _data(about: About) -> Section:
    rows = (
        ("Register", about.register),
        ("Trukket", about.extract_date),
        ("Syntetisk", "ja" if about.synthetic else "nei"),
        ("Filer", len(about.data)),
        ("Opplysninger modellen kan bruke", len(CATALOGUE)),
    )
    text = (
        "Opplysningene er de som var kjent på dagen for registrering. Kjønn, statsborgerskap, fødeland, "
        "språk, område under fylke, familie, diagnose og fritekst er aldri med.",
    )
    return Section("Data", text, (Table("Uttrekket", ("Hva", "Verdi"), rows),))


def _figures(measured: Mapping[Outcome, Measured]) -> Section:
    rows = []
    for outcome, m in measured.items():
        for side, compared in ((SIDES["held_out"], m.held_out), (SIDES["test"], m.test)):
            for name, title in ((CANDIDATE, "LightGBM"), (LOGISTIC, "Logistisk"), (RULE, "Dagens regel")):
                found = compared.models[name].intervals
                figures = (interval_text(found[figure]) for figure in FIGURES)
                rows.append((f"{TITLES[outcome]}, {side.lower()}, {title}", *figures))
    header = ("Utfall, side og modell", "AUC", "Brier", "ECE", "Helning", "Anslag", "Skjedde")
    text = ("Tallene i parentes er 95 %-intervaller. De er trukket over personer (bootstrap).",)
    return Section("Hvor god er modellen?", text, (Table("Mål med intervaller", header, tuple(rows)),))


def _groups(measured: Mapping[Outcome, Measured]) -> Section:
    tables = tuple(
        replace(table, caption=f"{TITLES[outcome]}, {table.caption}")
        for outcome, m in measured.items()
        for table in (*column_tables(m.fairness), *crossing_differences(m.fairness))
    )
    text = (
        "Gruppene brukes bare til å måle. De er aldri opplysninger for modellen. "
        "«Kan ikke testes» er ikke det samme som bestått.",
    )
    return Section("For hvem er modellen dårligere?", text, tables)


def _explanations(measured: Mapping[Outcome, Measured]) -> Section:
    rows = []
    for outcome, m in measured.items():
        found, title = m.explanations, TITLES[outcome]
        health = next(one.share for one in found.shares.led if one.tema == "HELSE")
        rows += [
            (f"{title}: helse veier mest, andel", "under ti personer" if health is None else health),
            (f"{title}: brudd på retningene, i {found.monotone.pairs} par", found.monotone.violations),
            (f"{title}: største avvik fra summen, log-odds", tiny_text(m.largest_sum_error)),
            (f"{title}: største avvik fra full opptelling", tiny_text(found.brute_force.largest_difference)),
        ]
    text = ("Et bidrag sier hva en opplysning gjorde med anslaget. Det sier ikke hva som er årsaken.",)
    return Section("Forklaringene", text, (Table("Prøver", ("Hva", "Funnet"), tuple(rows)),))


def _stability(examination: Examination) -> Section:
    found = examination.stability
    rows = tuple((flips.name, flips.share, flips.overlap) for flips in found.models)
    ever = number_text(100 * found.ever, decimals=1)
    text = (f"{ever} av 100 ville fått et annet forslag av minst én like god modell.",)
    header = ("Like god modell", "Andel med et annet forslag", "Samme personer over grensen (Jaccard)")
    return Section("Ville en like god modell sagt det samme?", text, (Table("Andre modeller", header, rows),))


def _limits(measured: Mapping[Outcome, Measured], *, synthetic: bool) -> Section:
    told = []
    for outcome, m in measured.items():
        test = m.test.models[CANDIDATE].metrics
        off = number_text(100 * (test.mean_estimate - test.base), decimals=1)
        told.append(f"{TITLES[outcome]}: på senere kull ligger anslaget {off} av 100 over det som skjedde.")
    text = (
        "Fasiten kommer 18 måneder etter registreringen. I mellomtiden flytter nivået seg.",
        *told,
        "Modellen kjenner ikke ønsker, planer, familie, språk, diagnose eller det som ikke er svart.",
        "Anslaget gjelder like personer, ikke denne personen. Det sier ikke hva hjelp ville gjort.",
        "Ledige stillinger i Navs statistikk er under en tredel av alle.",
        *(LIMITS_OF_SYNTHETIC if synthetic else ()),
    )
    return Section("Begrensninger", text)


def _versions(version: str, policy: Policy, about: About) -> Section:
    rows = (
        ("Modell", version),
        ("Policy den er målt med", policy.versjon),
        ("Kode", about.code),
        ("Commit", about.commit + (" med endringer som ikke er lagret" if about.uncommitted else "")),
        ("Lås", about.lock),
        ("Frø", about.config["seed"]),
        ("Python", about.python),
        *sorted(about.libraries.items()),
    )
    return Section("Versjoner", (), (Table("Hva modellen er laget med", ("Hva", "Verdi"), rows),))


def _approvals(policy: Policy, about: About, limits: GateConfig, texts: Mapping[str, str]) -> Section:
    rows = (
        ("Trent av", about.trainer),
        (f"Policy {policy.versjon}", policy.godkjent_av),
        ("Grenser (gates.toml)", limits.godkjent_av),
        *((f"Tekster, {language}", told) for language, told in texts.items()),
    )
    text = (
        "Modellen svarer først når en annen enn den som trente, har godkjent den i approved.toml. "
        "Der står hvem, når, hvorfor og på hvilket grunnlag.",
    )
    return Section("Godkjenninger", text, (Table("Hvem", ("Hva", "Av"), rows),))
