"""Reading a journal export: what the service said, and what people concluded.

The format is that of `python -m serving journal export`: a folder with `journal.jsonl`, one object
per line with an entry's fields, its `innhold` a string that is JSON again. Only the fields that are
watched are read, each of them strictly; a profilering made by another bundle is counted, its
opplysninger are not compared. The export holds what was said of people: nothing of it but counts and
shares goes on from here.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from profilering.errors import DataError
from profilering.features import CATALOGUE, NAMES
from profilering.innsatsgruppe import INNSATSGRUPPER, ForslagKode
from profilering.policy import RegelKode
from profilering.risk import Outcome
from profilering.vurdering import GrunnKode
from training.contract import PERSON
from training.monitoring.fields import ExportError, Field

LINES = "journal.jsonl"
ENTRY = ("nummer", "slag", "sak", "opprettet", "forrige", "forpliktelse", "digest", "salt", "innhold")
DIGEST = r"sha256:[0-9a-f]{64}"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ENHET = r"\d{4}"
INNSATSGRUPPE_KODER = tuple(gruppe.kode for gruppe in INNSATSGRUPPER)
LARGEST = 2**31 - 1
"""Features are 32-bit whole numbers."""

ESTIMATES = tuple(outcome.value.lower() for outcome in Outcome)
"""Columns of the estimates; the same names as the labels of `training.outcome`."""

PROFILERING = pl.Schema(
    {
        "nummer": pl.Int64(),
        "sak": pl.String(),
        "tid": pl.Datetime("us", "UTC"),
        "periode_id": pl.String(),
        "registrert": pl.Date(),
        "forslag": pl.String(),
        "regel": pl.String(),
        "egen": pl.Boolean(),  # made by the watched bundle; only then the columns below are filled
        **dict.fromkeys(ESTIMATES, pl.Float64()),
        **dict.fromkeys(NAMES, pl.Int32()),
    }
)
VURDERING = pl.Schema(
    {
        "nummer": pl.Int64(),
        "sak": pl.String(),
        "tid": pl.Datetime("us", "UTC"),
        "innsatsgruppe": pl.String(),
        "enhet": pl.String(),
        "forslag": pl.String(),
        "grunn": pl.String(),
        "ordlyd": pl.Binary(),  # fingerprint of the own words: equal where they are, and only in this reading
        "foer_forslaget": pl.Boolean(),  # written before the forslag could be read
    }
)
SAID = ("innsatsgruppe", "grunn", "enhet", "forslag", "regel", "foer_forslaget", "innsender", "navident")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """The watched entries of an export, in the order of the chain.

    `erased` counts profileringer and vurderinger whose content is gone, `others` the entries of
    every other kind.
    """

    profileringer: pl.DataFrame  # PROFILERING
    vurderinger: pl.DataFrame  # VURDERING
    erased: int
    others: int


def read_journal(path: Path, bundle: str, *, key: bytes | None = None) -> Journal:
    """Read an export line by line, given its folder or the file in it; `bundle` is the watched one's digest.

    `key` is of the fingerprints. Left out, one is drawn and forgotten: no figure depends on it, and nobody
    can try out words against a fingerprint, or hold it against that of another reading.

    Raises ExportError naming line and field, and DataError for a file that cannot be read.
    """
    key = secrets.token_bytes(32) if key is None else key
    rows: dict[str, list[Row]] = {"profilering": [], "vurdering": []}
    counts: Counter[str] = Counter()
    last = 0
    for entry in _entries(path):
        entry.only(*ENTRY)
        last = entry.get("nummer").whole(last + 1, LARGEST)
        slag = entry.get("slag").text(r"[a-z]{1,40}")
        head = (last, entry.get("sak").text(UUID), entry.get("opprettet").instant())
        entry.get("digest").text(DIGEST)
        innhold = entry.get("innhold")
        if slag not in rows or innhold.value is None:
            counts["erased" if slag in rows else "others"] += 1
        elif slag == "profilering":
            rows[slag].append((*head, *_profilering(_opened(innhold), bundle)))
        else:
            rows[slag].append((*head, *_vurdering(_opened(innhold), key)))
    return Journal(
        pl.DataFrame(rows["profilering"], schema=PROFILERING, orient="row"),
        pl.DataFrame(rows["vurdering"], schema=VURDERING, orient="row"),
        counts["erased"],
        counts["others"],
    )


def _entries(path: Path) -> Iterator[Field]:
    file = path / LINES if path.is_dir() else path
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                otherwise = ExportError(f"line {number} is no JSON; export the journal again")
                yield Field(number, "", _json(line, otherwise))
    except OSError as problem:
        raise DataError(f"{file} cannot be read: {problem.strerror}; give the folder of the export") from None


def _opened(innhold: Field) -> Field:
    """Read the JSON in the text."""
    if not isinstance(innhold.value, str):
        raise innhold.fault("is no text")
    return Field(innhold.line, innhold.path, _json(innhold.value, innhold.fault("is no JSON")))


def _json(text: str | bytes, otherwise: ExportError) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        problem = otherwise
    # Outside the handler: the library's own error has the text in it.
    raise problem


def _profilering(innhold: Field, bundle: str) -> Row:
    forslag = innhold.get("forslag")
    own = innhold.get("digester").get("bundle").text(DIGEST) == bundle
    return (
        innhold.get("forespoersel").get("periodeId").text(str(PERSON.pattern)),
        innhold.get("registrert").day(),
        forslag.get("kode").code(ForslagKode).value,
        forslag.get("regel").code(RegelKode).value,
        own,
        *(_estimates(innhold.get("anslag")) if own else (None,) * len(ESTIMATES)),
        *(_features(innhold.get("opplysninger")) if own else (None,) * len(NAMES)),
    )


def _estimates(anslag: Field) -> Row:
    """One probability per outcome; None where none was made."""
    found: dict[Outcome, float] = {}
    for one in anslag.items():
        outcome = one.get("utfall").code(Outcome)
        if outcome in found:
            raise one.get("utfall").fault("stands twice")
        found[outcome] = one.get("sannsynlighet").share()
    return tuple(found.get(outcome) for outcome in Outcome)


def _features(opplysninger: Field) -> Row:
    opplysninger.only(*NAMES)
    row: list[int | None] = []
    for feature in CATALOGUE:
        one = opplysninger.get(feature.name)
        low, high = (0, len(feature.categories) - 1) if feature.categories else (-LARGEST, LARGEST)
        row.append(None if one.value is None else one.whole(low, high))
    return tuple(row)


def _vurdering(innhold: Field, key: bytes) -> Row:
    """What is concluded and why, by code; who wrote it and in which words stays in the export."""
    innhold.only(*SAID)
    grunn = innhold.get("grunn")
    grunn.only("kode", "tekst")
    enhet = innhold.get("enhet")
    return (
        innhold.get("innsatsgruppe").one_of(INNSATSGRUPPE_KODER),
        None if enhet.value is None else enhet.text(ENHET),
        innhold.get("forslag").code(ForslagKode).value,
        grunn.get("kode").code(GrunnKode).value,
        grunn.get("tekst").fingerprint(key),
        innhold.get("foer_forslaget").truth(),
    )
