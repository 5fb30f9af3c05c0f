"""What was released, under which rules, and how it is watched: statements from the project's own files."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.risikoregister import read_risikoregister
from training.reporting.numbers import exact_text, of_100_text
from training.reporting.report import Table
from training.technical_file.evidence import Shown, Statement
from training.technical_file.sources import Sources

NOT_APPROVED = ("ikke godkjent", "ikkje godkjend")
"""How a file that nobody has approved says so, in both languages."""
CHANGES = "CHANGELOG.md"
NO_RISKS = Statement(missing="risikoregisteret er ikke der (--risks)")


def rules(found: Sources) -> Statement:
    """The rules that turn estimates into a forslag, in their order, each with its source."""
    policy = _toml(found.policy)
    rows = tuple(
        (number, rule["kode"], rule["forslag"], rule["forklaring"], _limit(rule), rule["kilde"])
        for number, rule in enumerate(policy["regel"], start=1)
    )
    told = (
        f"Regelverket {policy['versjon']} gjelder fra {policy['gjelder_fra']}. Den første regelen som slår "
        "til, bestemmer. En grense er 1 / (1 + kostnadsforholdet): hvor mye verre det er å overse en person "
        "enn å ha én samtale for mye.",
    )
    header = ("Nr", "Regel", "Forslag", "Forklaring", "Grense", "Kilde")
    return Statement(told, (Table("Reglene", header, rows),), (found.policy.evidence,))


def rules_approved(found: Sources) -> Statement:
    """Who approved the rules."""
    return _approved(found.policy)


def texts_approved(found: Sources) -> Statement:
    """Who approved the words people read, in every language."""
    return _approved(*found.texts, key="godkjent")


def gates_approved(found: Sources) -> Statement:
    """Who approved the limits; the card says what was so when the model was tried."""
    approved = _approved(found.gates)
    if approved.fault:
        return approved
    rows = [row for table in found.card["Godkjenninger"].tables for row in table.rows]
    then = next((str(row[1]) for row in rows if str(row[0]).startswith("Grenser")), "ikke noe")
    told = f"Da modellen ble prøvd, sa modellkortet om grensene: «{then}»."
    return Statement((*approved.text, told), (), (*approved.evidence, found.files["card.md"].evidence))


def plan_approved(found: Sources) -> Statement:
    """Who approved the plan for monitoring."""
    return _approved(found.limits)


def risks_approved(found: Sources) -> Statement:
    """Who approved the risks."""
    return NO_RISKS if found.risks is None else _approved(found.risks)


def unintended(found: Sources) -> Statement:
    """What may go wrong for whom."""
    if found.risks is None:
        return NO_RISKS
    rows = tuple(
        (risk.id, risk.hva, risk.hvem, risk.alvor) for risk in read_risikoregister(found.risks.evidence.path)
    )
    header = ("Id", "Hva kan skje", "Hvem det rammer", "Alvor")
    return Statement((), (Table("Utilsiktede utfall", header, rows),), (found.risks.evidence,))


def risk_register(found: Sources) -> Statement:
    """Every risk with what was done, the tests that show it, and what is left."""
    if found.risks is None:
        return NO_RISKS
    risks = read_risikoregister(found.risks.evidence.path)
    tests = sorted({test for risk in risks for test in risk.tester})
    lost = [test for test in tests if not _is_there(test, found.root)]
    bare = [risk.id for risk in risks if not risk.tester]
    if lost or bare:
        return Statement(missing=f"prøver mangler for risikoer: {', '.join((*bare, *lost))}")
    rows = tuple(
        (one.id, one.hva, one.tiltak, ", ".join(one.krav), ", ".join(one.tester), one.gjenstaar, one.eier)
        for one in risks
    )
    told = (
        "Hver risiko viser til prøver. At prøvene finnes i arkivet, er kontrollert da dokumentet ble laget.",
    )
    header = ("Id", "Risiko", "Tiltak", "Krav", "Prøver", "Gjenstår", "Eier")
    files = tuple(dict.fromkeys(test.partition("::")[0] for test in tests))
    shows = (found.risks.evidence, *(found.of_root(file).evidence for file in files))
    return Statement(told, (Table("Risikoregisteret", header, rows),), shows)


def _is_there(test: str, root: Path) -> bool:
    """Whether a test named `tests/test_x.py::test_name` is a function in that file."""
    file, _, name = test.partition("::")
    path = root / file
    return path.is_file() and f"def {name}(" in path.read_text("utf-8")


def approvals(found: Sources) -> Statement:
    """Every model that was let answer, oldest first."""
    rows = tuple(
        (one.godkjent, one.godkjent_av, one.bundle, one.policy, one.grenser_bestaatt, one.begrunnelse)
        for one in found.approvals
    )
    if not rows:
        return Statement(missing="ingen modell er godkjent")
    told = ("Linjer legges bare til, og den siste gjelder. Å gå tilbake er å godkjenne en eldre på nytt.",)
    header = ("Dag", "Av", "Pakke", "Regler", "Grenser bestått", "Begrunnelse")
    return Statement(told, (Table("Godkjente modeller", header, rows),), (found.approved.evidence,))


def rule_versions(found: Sources) -> Statement:
    """Every version of the rules; old files stay."""
    read = [_toml(policy) for policy in found.policies]
    rows = tuple((one["versjon"], one["gjelder_fra"].isoformat(), one["godkjent_av"]) for one in read)
    header = ("Versjon", "Gjelder fra", "Godkjent av")
    shows = tuple(policy.evidence for policy in found.policies)
    return Statement((), (Table("Regelverkene", header, rows),), shows)


def changes(found: Sources) -> Statement:
    """The lines of the change log."""
    log = found.of_root(CHANGES)
    rows = tuple(_changes(log.text))
    told = ("Linjene er gjengitt som de står i endringsloggen, som er skrevet på engelsk.",)
    table = Table("Endringsloggen", ("Utgave", "For hvem", "Endring"), rows)
    return Statement(told, (table,), (log.evidence,))


def journal(found: Sources) -> Statement:
    """What the journal proves."""
    return found.journal


def plan(found: Sources) -> Statement:
    """When monitoring raises an alarm, and what the last report said where there is one."""
    rows = tuple(
        (
            name,
            ", ".join(f"{key} {_number(value)}" for key, value in one.items() if key != "kilde"),
            one["kilde"],
        )
        for name, one in _toml(found.limits).items()
        if isinstance(one, dict)
    )
    table = Table("Når overvåkingen varsler", ("Hva", "Grense", "Kilde"), rows)
    if found.monitoring is None:
        told = ("Ingen overvåkingsrapport er lagt ved dette dokumentet (--monitoring).",)
        return Statement(told, (table,), (found.limits.evidence,))
    report = json.loads(found.monitoring.content)
    first = report["sections"][0]
    told = (f"Overvåkingsrapporten «{report['title']}», første del:", report["limits"], *first["text"])
    tables = tuple(
        Table(one["caption"], tuple(one["header"]), tuple(map(tuple, one["rows"]))) for one in first["tables"]
    )
    shows = (found.limits.evidence, found.monitoring.evidence)
    return Statement(told, (table, *tables), shows, figures=True)


def _approved(*files: Shown, key: str = "godkjent_av") -> Statement:
    told = {file.evidence.name: str(_toml(file).get(key, "")).strip() for file in files}
    lacking = [name for name, who in told.items() if not who or who.casefold().startswith(NOT_APPROVED)]
    if lacking:
        return Statement(missing="; ".join(f"{name} sier «{told[name] or 'ingenting'}»" for name in lacking))
    lines = tuple(f"{name} er godkjent av {who}." for name, who in told.items())
    return Statement(lines, (), tuple(file.evidence for file in files))


def _limit(rule: Mapping[str, Any]) -> str:
    ratio = rule.get("kostnadsforhold")
    return "–" if ratio is None else f"{rule['utfall']}: {of_100_text(1 / (1 + ratio), decimals=0)} av 100"


def _number(value: object) -> str:
    return exact_text(value) if isinstance(value, float) else str(value)


def _changes(log: str) -> Iterator[tuple[str, str, str]]:
    release = readers = ""
    for line in log.splitlines():
        if line.startswith("## "):
            release = line[3:]
        elif line.startswith("### "):
            readers = line[4:]
        elif line.startswith("- "):
            yield release, readers, line[2:]


def _toml(file: Shown) -> dict[str, Any]:
    return tomllib.loads(file.text)
