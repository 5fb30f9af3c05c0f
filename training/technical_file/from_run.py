"""What the run left: the statements that the bundle, its card and its report make."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from models.approved import same_name
from models.canonical import digest_of
from models.code import code_digest
from training.reporting.report import Section, Table
from training.technical_file.evidence import Evidence, Statement
from training.technical_file.sources import Sources

LOCKS = ("requirements-training.lock", "requirements-serving.lock")
OUTCOMES_OF_BOTH = "BEGGE"


def purpose(found: Sources) -> Statement:
    """What it is for and not for, as the card says it."""
    return _of_card(found, "Formål", "Skal ikke brukes til", figures=False)


def version(found: Sources) -> Statement:
    """Which model this is, which code it is of, and what it replaced."""
    run, approval = found.run, found.approval
    before = approval.erstatter if approval is not None else ""
    same = "den samme som" if code_digest() == run["code"] else "en annen enn den"
    rows = (
        ("Modell", found.version),
        ("Pakkens digest (SHA-256 av manifest.json)", found.bundle),
        ("Trent av", found.trainer),
        ("Erstatter", before or "ingen: den første som er godkjent, eller ikke godkjent"),
        ("Commit den er trent med", str(run["commit"])),
        ("Endringer som ikke var lagret", "ja" if run["uncommitted"] else "nei"),
        ("Digest av koden den er trent med", str(run["code"])),
    )
    told = (
        f"Koden i arkivet dette dokumentet er laget fra, er {same} modellen ble trent med "
        "(regnet ut av models/code.py).",
    )
    shows = (_card(found), _run(found), found.files["manifest.json"].evidence, found.approved.evidence)
    code = found.of_root("models/code.py").evidence
    return Statement(told, (Table("Versjonen", ("Hva", "Verdi"), rows),), (*shows, code))


def software(found: Sources) -> Statement:
    """Versions the model was made with, and the locks that hold every package."""
    run, locks = found.run, tuple(found.of_root(name) for name in LOCKS)
    rows = (("Python", str(run["python"])), *sorted(run["libraries"].items()), ("Lås", str(run["lock"])))
    same = "den samme som" if locks[0].evidence.digest == run["lock"] else "en annen enn den"
    told = (
        "Alle pakker er låst på versjon og hash i låsene under. En oppdatering er en endring i en av dem.",
        f"Låsen for trening er {same} modellen ble trent med.",
    )
    table = Table("Hva modellen er laget med", ("Hva", "Versjon"), rows)
    return Statement(told, (table,), (_run(found), *(lock.evidence for lock in locks)))


def settings(found: Sources) -> Statement:
    """Every setting of the run."""
    rows = tuple(_flat(found.run["config"]))
    told = ("Samme data, lås og frø gir samme modell; kjøringen lager den to ganger og sammenligner.",)
    return Statement(told, (Table("Innstillinger", ("Navn", "Verdi"), rows),), (_run(found),))


def data_set(found: Sources) -> Statement:
    """Whom the model learnt from, and what was counted."""
    card = _of_card(found, "Data", "Hvem er med?", "Utfall", figures=True)
    if card.fault:
        return card
    files = f"Digesten til hver av de {len(found.run['data'])} filene i uttrekket står i run.json."
    return Statement((*card.text, files), card.tables, (*card.evidence, _run(found)), figures=True)


def opplysninger(found: Sources) -> Statement:
    """Every feature with unit, source, legal basis and direction."""
    ways = {-1: "senker eller nøytral", 0: "fri", 1: "hever eller nøytral"}
    rows = tuple(
        (one["name"], one["tema"], one["unit"], one["kilde"], one["hjemmel"], ways[one["direction"]])
        for one in _catalogue(found)
    )
    told = (f"Modellen kan bruke {len(rows)} opplysninger, og ingen andre.",)
    header = ("Opplysning", "Tema", "Enhet", "Kilde", "Hjemmel", "Retning")
    table = Table("Opplysningene", header, rows)
    return Statement(told, (table,), (found.files["features.json"].evidence,))


def input_data(found: Sources) -> Statement:
    """What each feature may hold, and what the model has seen of it."""
    reference = found.files["reference.json"]
    spans = json.loads(reference.content)["spans"]
    rows = tuple(
        (
            one["name"],
            one["unit"],
            ", ".join(one["categories"]) if one["categories"] else "hele tall",
            _span(spans.get(one["name"])),
        )
        for one in _catalogue(found)
    )
    told = ("Er en opplysning ukjent, forblir den ukjent; den fylles ikke inn.",)
    header = ("Opplysning", "Enhet", "Verdier", "Sett av modellen, fra–til")
    shows = (found.files["features.json"].evidence, reference.evidence)
    catalogue = found.of_root("profilering/features/catalogue.py").evidence
    return Statement(told, (Table("Inndata", header, rows),), (*shows, catalogue), figures=True)


def measures(found: Sources) -> Statement:
    """How good, how sure, how stable; all from the card."""
    stable = "Ville en like god modell sagt det samme?"
    parts = ("Hvor god er modellen?", "Holder intervallene?", "Forklaringene", stable)
    return _of_card(found, *parts, figures=True)


def groups(found: Sources) -> Statement:
    """For whom it is worse; what could not be tested says so."""
    return _of_card(found, "For hvem er modellen dårligere?", figures=True)


def limitations(found: Sources) -> Statement:
    """What the model cannot do, and how far its level is off."""
    return _of_card(found, "Begrensninger", figures=True)


def gates(found: Sources) -> Statement:
    """What the model was tried against before anybody could approve it."""
    tried = found.run.get("gates") or ()
    failed = [str(gate["gate"]) for gate in tried if gate["bestaatt"] is not True]
    if not tried or failed:
        return Statement(missing=f"grenser er ikke vist bestått: {', '.join(failed) or 'ingen er prøvd'}")
    rows = tuple(
        (gate["gate"], _outcome(gate["utfall"]), gate["krav"], gate["funnet"], "bestått", gate["kilde"])
        for gate in tried
    )
    told = ("En modell som ikke holder alle grensene, blir ikke publisert.",)
    header = ("Grense", "Utfall", "Krav", "Funnet", "Dom", "Kilde")
    return Statement(told, (Table("Krav og funn", header, rows),), (_run(found),), figures=True)


def run_report(found: Sources) -> Statement:
    """The run's own report, once it is the one that was approved."""
    report, approval = found.report, found.approval
    if report is None:
        return Statement(missing="rapporten fra kjøringen er ikke der; gi --out, eller kopier den dit")
    if approval is None:
        return Statement(missing="ingen har godkjent modellen på grunnlag av rapporten")
    if approval.rapport != report.evidence.digest:
        return Statement(missing="rapporten er en annen enn den modellen ble godkjent på")
    headings = [section["heading"] for section in json.loads(report.content)["sections"]]
    rows = tuple((number, heading) for number, heading in enumerate(headings, start=1))
    told = (f"Godkjent {approval.godkjent} på grunnlag av rapporten med digest {approval.rapport}.",)
    table = Table("Deler av rapporten", ("Nr", "Overskrift"), rows)
    return Statement(told, (table,), (report.evidence, found.approved.evidence))


def signed(found: Sources) -> Statement:
    """Who signed, who approved, and that these are not who trained."""
    approval = found.approval
    if found.signed.missing or approval is None:
        return Statement(missing=found.signed.missing or "ingen har godkjent modellen i approved.toml")
    if approval.modellkort != digest_of(found.files["card.md"].content):
        return Statement(missing="modellkortet er et annet enn det modellen ble godkjent på")
    for maker in (found.trainer, approval.signert_av):
        if same_name(approval.godkjent_av, maker):
            return Statement(missing=f"{approval.godkjent_av} har godkjent sin egen modell")
    rows = (
        ("Godkjent av", approval.godkjent_av),
        ("Godkjent", approval.godkjent),
        ("Begrunnelse", approval.begrunnelse),
        ("Grenser bestått", approval.grenser_bestaatt),
        ("Regler den er godkjent med", approval.policy),
    )
    table = Table("Godkjenningen", ("Hva", "Verdi"), rows)
    return Statement(found.signed.text, (table,), (*found.signed.evidence, found.approved.evidence))


def _of_card(found: Sources, *headings: str, figures: bool) -> Statement:
    lacking = [heading for heading in headings if not _says(found.card.get(heading))]
    if lacking:
        return Statement(missing=f"modellkortet sier ikke noe om: {', '.join(lacking)}")
    parts = [found.card[heading] for heading in headings]
    text = tuple(paragraph for part in parts for paragraph in (_lead(part.heading), *part.text))
    tables = tuple(table for part in parts for table in part.tables)
    return Statement(text, tables, (_card(found),), figures=figures)


def _lead(heading: str) -> str:
    return heading if heading.endswith("?") else f"{heading}:"


def _says(part: Section | None) -> bool:
    return part is not None and bool(part.text or part.tables)


def _card(found: Sources) -> Evidence:
    return found.files["card.md"].evidence


def _run(found: Sources) -> Evidence:
    return found.files["run.json"].evidence


def _catalogue(found: Sources) -> list[dict[str, Any]]:
    catalogue: list[dict[str, Any]] = json.loads(found.files["features.json"].content)
    return catalogue


def _span(span: list[int] | None) -> str:
    return "–" if span is None else f"{span[0]}–{span[1]}"


def _outcome(utfall: str) -> str:
    return "begge" if utfall == OUTCOMES_OF_BOTH else utfall


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in sorted(settings.items()):
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{before}{name}", told
