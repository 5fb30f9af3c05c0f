"""The gates a candidate must pass; a figure that does not exist passes none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from profilering.risk import Outcome
from training.evaluation.evaluate import Metrics
from training.fairness.fairness import Fairness, beyond
from training.release.limits import GateConfig
from training.reporting.numbers import exact_text, number_text, signed_text, tiny_text

BOTH = "BEGGE"
"""Stands where a gate is about the run and not about one outcome."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate: what was asked, what was found, and whether that passes."""

    gate: str
    utfall: str
    krav: str
    funnet: str
    bestaatt: bool
    kilde: str


@dataclass(frozen=True, slots=True)
class Soundness:
    """What the gates ask of the data and the machinery of a run, for both outcomes at once."""

    open_horizons: int  # registreringer counted though their horizon is not over
    days_without_news: int  # from the newest fact of the extract to the day it was drawn
    on_two_sides: int  # persons
    looked_ahead: int  # registreringer with a feature that changes when the future is deleted
    redone: int  # registreringer tried for that
    same_digest: bool  # fitted once more with another number of threads: the same bytes
    missing_in_card: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """What the gates ask of one outcome."""

    held_out: Metrics
    test: Metrics
    rule_auc: float
    truth_auc: float | None  # synthetic registers only
    lost_to_approved: float | None  # AUC, lower end of the paired interval; None: nothing is approved
    best_single: tuple[str, float]  # feature and its AUC alone
    permuted_auc: float
    fairness: Fairness
    monotone_pairs: int
    monotone_breaches: int
    largest_sum_error: float  # log-odds


def check_gates(
    outcomes: Mapping[Outcome, OutcomeFigures], soundness: Soundness, limits: GateConfig
) -> tuple[GateResult, ...]:
    """Hold a run against the limits; every gate is tried, also after one has failed."""
    results = list(_run_gates(soundness, limits))
    for outcome, figures in outcomes.items():
        results += _leak_gates(outcome, figures, limits)
        results += _quality_gates(outcome, figures, limits)
        results += _group_gates(outcome, figures, limits)
        results += _explanation_gates(outcome, figures, limits)
    return tuple(results)


def _run_gates(found: Soundness, limits: GateConfig) -> Iterator[GateResult]:
    horizon = limits.horisont
    yield GateResult(
        "horisont",
        BOTH,
        f"høyst {horizon.hoeyeste_antall_aapne} åpne og {horizon.hoeyeste_dager_uten_nytt} dager uten nytt",
        f"{found.open_horizons} åpne, {found.days_without_news} dager",
        found.open_horizons <= horizon.hoeyeste_antall_aapne
        and 0 <= found.days_without_news <= horizon.hoeyeste_dager_uten_nytt,
        horizon.kilde,
    )
    most = limits.en_side.hoeyeste_antall
    yield GateResult(
        "en_side", BOTH, f"høyst {most} personer på to sider", f"{found.on_two_sides}",
        found.on_two_sides <= most, limits.en_side.kilde,
    )  # fmt: skip
    most = limits.kjent_paa_dagen.hoeyeste_antall
    yield GateResult(
        "kjent_paa_dagen", BOTH, f"høyst {most} registreringer endres når alt senere slettes",
        f"{found.looked_ahead} av {found.redone}", found.redone > 0 and found.looked_ahead <= most,
        limits.kjent_paa_dagen.kilde,
    )  # fmt: skip
    yield GateResult(
        "samme_digest", BOTH, "samme modell når den lages om igjen",
        "lik" if found.same_digest else "ulik", found.same_digest, limits.samme_digest.kilde,
    )  # fmt: skip
    yield GateResult(
        "kort", BOTH, "modellkortet er helt", ", ".join(found.missing_in_card) or "helt",
        not found.missing_in_card, limits.kort.kilde,
    )  # fmt: skip


def _leak_gates(outcome: Outcome, figures: OutcomeFigures, limits: GateConfig) -> Iterator[GateResult]:
    auc = figures.test.auc
    if outcome is Outcome.LANGVARIG_STOENAD:  # the limit has its source for this outcome only
        leak = limits.lekkasje
        yield GateResult(
            "lekkasje", outcome, f"AUC høyst {exact_text(leak.hoeyeste_auc)}", number_text(auc),
            auc <= leak.hoeyeste_auc, leak.kilde,
        )  # fmt: skip
    if (truth := figures.truth_auc) is not None:
        yield GateResult(
            "ikke_over_sannheten", outcome, f"AUC ikke over sannhetens {number_text(truth)}",
            number_text(auc), auc <= truth,
            "syntetisk register: ingen ærlig modell ordner folk bedre enn sannheten",
        )  # fmt: skip
    name, single = figures.best_single
    most = limits.enkeltopplysning
    yield GateResult(
        "enkeltopplysning", outcome, f"AUC for én opplysning høyst {exact_text(most.hoeyeste_auc)}",
        f"{number_text(single)} ({name})", single <= most.hoeyeste_auc, most.kilde,
    )  # fmt: skip
    off, permuted = abs(figures.permuted_auc - 0.5), limits.permuterte_utfall
    yield GateResult(
        "permuterte_utfall", outcome,
        f"AUC 0,5 ± {exact_text(permuted.hoeyeste_avvik)} når utfallene stokkes",
        number_text(figures.permuted_auc), off <= permuted.hoeyeste_avvik, permuted.kilde,
    )  # fmt: skip


def _quality_gates(outcome: Outcome, figures: OutcomeFigures, limits: GateConfig) -> Iterator[GateResult]:
    test, held_out, later = figures.test, figures.held_out, limits.senere_kull
    yield GateResult(
        "bedre_enn_dagens_regel", outcome, f"nedre grense for AUC over {number_text(figures.rule_auc)}",
        number_text(test.auc_low), test.auc_low > figures.rule_auc, limits.bedre_enn_dagens_regel.kilde,
    )  # fmt: skip
    yield _not_worse(outcome, figures, limits)
    calibration = limits.kalibrering
    yield GateResult(
        "kalibrering", outcome,
        f"ECE høyst {exact_text(calibration.hoeyeste_ece)} med minst {calibration.minst_personer} personer",
        f"{number_text(held_out.ece, decimals=4)} med {held_out.n}",
        held_out.n >= calibration.minst_personer and held_out.ece <= calibration.hoeyeste_ece,
        calibration.kilde,
    )  # fmt: skip
    low, high = exact_text(later.laveste_helning), exact_text(later.hoeyeste_helning)
    yield GateResult(
        "helning_senere_kull", outcome, f"helning {low} til {high} på senere kull", number_text(test.slope),
        later.laveste_helning <= test.slope <= later.hoeyeste_helning, later.kilde,
    )  # fmt: skip
    gap = test.mean_estimate - test.base
    yield GateResult(
        "nivaa_senere_kull", outcome,
        f"nivåavvik høyst {exact_text(later.hoeyeste_nivaaavvik)} på senere kull", signed_text(gap),
        abs(gap) <= later.hoeyeste_nivaaavvik, later.kilde,
    )  # fmt: skip


def _not_worse(outcome: Outcome, figures: OutcomeFigures, limits: GateConfig) -> GateResult:
    limit, lost = limits.ikke_daarligere_enn_godkjent, figures.lost_to_approved
    return GateResult(
        "ikke_daarligere_enn_godkjent",
        outcome,
        f"AUC høyst {exact_text(limit.hoeyeste_fall)} under den godkjente modellen (nedre grense)",
        "ingen modell er godkjent" if lost is None else signed_text(lost, decimals=4),
        lost is None or lost >= -limit.hoeyeste_fall,
        limit.kilde,
    )


def _group_gates(outcome: Outcome, figures: OutcomeFigures, limits: GateConfig) -> Iterator[GateResult]:
    limit, fairness = limits.grupper, figures.fairness
    asked = (
        f"ingen gruppe påvist over: kalibrering ±{exact_text(limit.hoeyeste_kalibreringsavvik)}, "
        f"FNR +{exact_text(limit.hoeyeste_fnr_gap)}, FPR ×{exact_text(limit.hoeyeste_fpr_forhold)}"
    )
    unmeasured = sorted(set(limit.kolonner) - {group.column for group in fairness.groups})
    if unmeasured:  # what is not measured is no pass
        told = f"ikke målt: {', '.join(unmeasured)}"
        yield GateResult("grupper", outcome, asked, told, bestaatt=False, kilde=limit.kilde)
        return
    breaches = beyond(
        fairness,
        kalibreringsavvik=limit.hoeyeste_kalibreringsavvik,
        fnr_gap=limit.hoeyeste_fnr_gap,
        fpr_ratio=limit.hoeyeste_fpr_forhold,
    )
    worst = sorted(breaches, key=lambda b: -abs(b.found or 0.0) / b.limit)
    told = _listed([f"{b.column}={b.value}: {b.figure} {_number(b.found)}" for b in worst])
    yield GateResult("grupper", outcome, asked, told or "ingen", not breaches, limit.kilde)


def _explanation_gates(outcome: Outcome, figures: OutcomeFigures, limits: GateConfig) -> Iterator[GateResult]:
    monotone, total = limits.monotoni, limits.sum
    yield GateResult(
        "monotoni", outcome, f"høyst {monotone.hoeyeste_brudd} brudd i minst {monotone.minst_par} par",
        f"{figures.monotone_breaches} i {figures.monotone_pairs}",
        figures.monotone_pairs >= monotone.minst_par
        and figures.monotone_breaches <= monotone.hoeyeste_brudd,
        monotone.kilde,
    )  # fmt: skip
    yield GateResult(
        "sum", outcome, f"bidrag og grunntall gir log-odds innen {exact_text(total.hoeyeste_avvik)}",
        tiny_text(figures.largest_sum_error), figures.largest_sum_error <= total.hoeyeste_avvik, total.kilde,
    )  # fmt: skip


def _listed(told: Sequence[str], *, most: int = 3) -> str:
    rest = len(told) - most
    return "; ".join(told[:most]) + (f" og {rest} til" if rest > 0 else "")


def _number(found: float | None) -> str:
    return "(få personer)" if found is None else number_text(found)
