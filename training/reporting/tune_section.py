"""The report's word on a search for parameters: what was tried, what it foresaw, what it costs to explain."""

from profilering.risk import Outcome
from training.reporting.report import Section, Table
from training.tune import Trial, Tuned

TEXT = (
    "Søket så bare personene modellen læres av, i folder fremover i tid med en hel horisont mellom. "
    "Forslag som lå bak de andre, ble stanset underveis.",
    "Prisen er arbeidet med å forklare én person: tid mot oppsettets egne innstillinger, og antall steg.",
)


def tuning_section(tuned: Tuned) -> Section:
    """Every trial beside the configuration's own parameters, best first."""
    whole = sorted((t for t in tuned.trials if not t.pruned), key=lambda trial: trial.log_loss)
    header = (
        *("Forsøk", "Log-tap", "AUC, langvarig", "AUC, helse"),
        *("Tid å forklare", "Steg", "Trær", "Rate", "Blader"),
    )
    rows = tuple(_row(trial, tuned) for trial in (tuned.configured, *whole))
    told = f"{len(tuned.trials)} forsøk, {tuned.pruned} stanset underveis."
    return Section("Søk etter innstillinger", (told, *TEXT), (Table("Forsøk", header, rows),))


def _row(trial: Trial, tuned: Tuned) -> tuple[str | int | float | None, ...]:
    name = "Oppsettets egne" if trial.number is None else f"Forsøk {trial.number}"
    params, cost = trial.params, trial.cost
    return (
        f"{name} (valgt)" if trial == tuned.best else name,
        trial.log_loss,
        trial.auc[Outcome.LANGVARIG_STOENAD],
        trial.auc[Outcome.HELSERELATERT_YTELSE],
        None if cost is None else cost.relative_time,
        None if cost is None else cost.path_work,
        params.trees,
        params.learning_rate,
        params.leaves,
    )
