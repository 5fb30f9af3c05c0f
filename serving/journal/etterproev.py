"""Checks an exported journal with nothing but Python 3: `python3 etterproev.py MAPPE`.

Every hash is SHA-256 over frames: eight bytes with a field's length, most significant first, then
the field. It is written `sha256:` and 64 hexadecimal digits. `‖` joins frames.

    forpliktelse = SHA-256("profilering/journal/1/innhold" ‖ salt ‖ innhold)
    digest       = SHA-256("profilering/journal/1/innfoersel" ‖ nummer ‖ slag ‖ sak ‖ opprettet
                           ‖ forrige ‖ forpliktelse)

Each entry names the digest before it as `forrige`, the first one 64 zeros. A checkpoint is a digest
signed with Ed25519 and kept outside the database: without any, a journal rewritten from end to end
cannot be told from the true one. Nothing of the program that writes the journal is used here.
"""

# Annotations stay text, so that an older Python 3 runs this too.
from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import NamedTuple

START = b"sha256:" + 64 * b"0"
ERASABLE = {b"profilering", b"vurdering", b"innsigelse", b"innsyn", b"etterproeving"}
"""What is about a person; what the service itself did (stans, modellbytte, sletting) stays."""

MOST_UNCOVERED = 2_000
"""A checkpoint is written every 1,000 entries: where twice as many came after the last, they stopped."""

LONGEST_UNCOVERED = timedelta(minutes=10)
"""A checkpoint is written every minute: ten leave room for a restart and a slow disk."""

SIGNED_FOR = b"profilering journal checkpoint 1\n"
"""Stands before the signed bytes, so that a signature made for anything else fits no checkpoint."""

LINE = ("digest", "forpliktelse", "forrige", "innhold", "nummer", "opprettet", "sak", "salt", "slag")
CHECKPOINT = ["digest", "noekkel", "nummer", "signatur", "tidspunkt"]
CHECKPOINT_NAME = re.compile(r"[0-9]{12}\.json")


class Fault(NamedTuple):
    """The first entry that is not as it was written; 0 stands for the journal as a whole."""

    number: int
    reason: str


class Checkpoint(NamedTuple):
    """What was signed: this digest stood at this number at this instant."""

    number: int
    digest: bytes
    instant: str


class Checkpoints(NamedTuple):
    """Those whose signature holds; and the first file that is not what it should be."""

    signed: tuple[Checkpoint, ...]
    fault: Fault | None


class VerifyResult(NamedTuple):
    """How far the chain holds, how far signed checkpoints agree with it, and the first fault."""

    entries: int  # read, each following the one before
    digest: str  # of the last of them
    erased: int  # of them without content
    covered: Checkpoint | None  # the last checkpoint that agrees
    uncovered: int | None  # entries after it; None where no checkpoints were asked for
    fault: Fault | None

    def lines(self) -> Iterator[str]:
        """Say what was found, for people; no content and no case is named."""
        entries = f"{self.entries} innføring{'' if self.entries == 1 else 'er'}"
        if self.fault:
            where = f" i innføring {self.fault.number}" if self.fault.number else ""
            yield f"FEIL{where}: {self.fault.reason}."
            yield f"{entries} er lest, og de følger etter hverandre."
        else:
            yield f"{entries} er i orden, {self.erased} av dem med slettet innhold."
            yield f"Sammenlign med det som er notert et annet sted: nummer {self.entries}, {self.digest}."
        if self.uncovered is None:
            yield "Sjekkpunkter er ikke kontrollert: er hele journalen skrevet om, ses det ikke her."
        elif self.covered is None:
            yield "Ingen sjekkpunkter dekker innføringene."
        else:
            number, _, instant = self.covered
            newer = f"{self.uncovered} er nyere"
            yield f"Sjekkpunkt {number} fra {instant} dekker dem til og med {number}, {newer}."


class Link(NamedTuple):
    """One entry that follows the one before it; without content where that was erased."""

    number: int
    slag: bytes
    sak: bytes
    opprettet: bytes
    digest: bytes
    innhold: bytes | None


class FaultError(Exception):
    """Something is not as it was written; without a number, it is the entry being read."""

    def __init__(self, reason: str, number: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.number = reason, number


def check(rows: Iterable[Sequence[object]], checkpoints: Checkpoints | None) -> VerifyResult:
    """Check entries in order: nummer, slag, sak, opprettet, forrige, forpliktelse, digest, salt, innhold.

    `nummer` is a whole number, all others are the bytes that were hashed; salt and innhold are None
    where they were erased. Keeps one byte per entry, however long the journal is.
    """
    chain, fault = _Chain(checkpoints.signed if checkpoints else ()), None
    try:
        for row in rows:
            chain.take(row)
        chain.end(checkpoints)
    except FaultError as error:
        fault = Fault(chain.number + 1 if error.number is None else error.number, error.reason)
    return VerifyResult(
        entries=chain.number,
        digest=chain.digest.decode(),
        erased=chain.number - chain.contents.count(_THERE),
        covered=chain.covered,
        uncovered=chain.uncovered if checkpoints else None,
        fault=fault,
    )


def not_checked(reason: str) -> VerifyResult:
    """Give the result where not even the first entry could be looked at."""
    return check((), None)._replace(fault=Fault(0, reason))


_THERE, _GONE, _ERASED = 0, 1, 2
"""An entry's content is there; is gone and nobody has said why yet; is gone as a `sletting` says."""


class _Chain:
    """What was read so far. Its methods raise FaultError."""

    def __init__(self, signed: Iterable[Checkpoint]) -> None:
        self.number, self.digest, self.contents = 0, START, bytearray()
        self.signed = {checkpoint.number: checkpoint for checkpoint in signed}
        self.covered: Checkpoint | None = None
        self.oldest = self.newest = b""  # instants of the entries after it

    @property
    def uncovered(self) -> int:
        return self.number - (self.covered.number if self.covered else 0)

    def take(self, row: Sequence[object]) -> None:
        link = follow(row, self.number, self.digest)
        if link.slag == b"sletting":
            self._erase(link.innhold)
        self._compare(link.number, link.digest, link.opprettet)
        self.contents.append(_THERE if link.innhold is not None else _GONE)
        self.number, self.digest = link.number, link.digest

    def _erase(self, innhold: object) -> None:
        for nummer in erased_by(innhold):
            if not 1 <= nummer <= self.number or self.contents[nummer - 1] != _GONE:
                raise FaultError(f"den sier at innhold {nummer} er slettet, men det er det ikke")
            self.contents[nummer - 1] = _ERASED

    def _compare(self, nummer: int, digest: bytes, opprettet: bytes) -> None:
        signed = self.signed.get(nummer)
        if signed is None:
            self.oldest = self.oldest or opprettet
            self.newest = max(self.newest, opprettet)
        elif signed.digest == digest:
            self.covered, self.oldest, self.newest = signed, b"", b""
        else:
            since = self.covered.number + 1 if self.covered else 1
            raise FaultError(
                f"sjekkpunktet fra {signed.instant} sier en annen digest: "
                f"journalen er skrevet om et sted fra innføring {since} til hit"
            )

    def end(self, checkpoints: Checkpoints | None) -> None:
        """Judge what can only be judged when the last entry is read."""
        gone = self.contents.find(_GONE)
        if gone >= 0:
            raise FaultError("innholdet er borte uten at noen senere sletting nevner den", gone + 1)
        if checkpoints is None:
            return
        beyond = [checkpoint for checkpoint in checkpoints.signed if checkpoint.number > self.number]
        if beyond:
            raise FaultError(
                f"innføringen mangler, men sjekkpunkt {beyond[-1].number} ble signert {beyond[-1].instant}: "
                "enden er kuttet av, eller en gammel kopi er lagt tilbake"
            )
        if checkpoints.fault:
            raise FaultError(checkpoints.fault.reason, checkpoints.fault.number)
        if self.uncovered:
            self._judge_age()

    def _judge_age(self) -> None:
        first = self.number - self.uncovered + 1
        stopped = "sjekkpunktene har stanset eller er fjernet"
        if self.uncovered > MOST_UNCOVERED:
            raise FaultError(f"{stopped}: ingen av de siste {self.uncovered} innføringene er dekket", first)
        try:
            age = _instant(self.newest) - _instant(self.oldest)
        except ValueError:
            raise FaultError("et tidspunkt etter siste sjekkpunkt kan ikke leses", first) from None
        if age > LONGEST_UNCOVERED:
            minutes = age // timedelta(minutes=1)
            raise FaultError(f"{stopped}: den er {minutes} minutter eldre enn den nyeste, og udekket", first)


def follow(row: Sequence[object], number: int, digest: bytes) -> Link:
    """Read the entry that should come behind one of this number and digest. Raises FaultError."""
    nummer, *others, salt, innhold = row
    if type(nummer) is not int or nummer != number + 1:
        raise FaultError(f"innføringen mangler; nummer {number + 1} skulle stått her")
    texts = [text for text in others if isinstance(text, bytes)]
    if len(texts) != len(others):
        raise FaultError("et felt er ikke tekst")
    *fields, own = texts
    slag, sak, opprettet, forrige, forpliktelse = fields
    if forrige != digest:
        raise FaultError("den følger ikke etter innføringen før")
    if own != _hash(b"profilering/journal/1/innfoersel", b"%d" % nummer, *fields):
        raise FaultError("feltene gir en annen digest enn den som står der")
    return Link(nummer, slag, sak, opprettet, own, _content(slag, forpliktelse, salt, innhold))


def _content(slag: bytes, forpliktelse: bytes, salt: object, innhold: object) -> bytes | None:
    if salt is None and innhold is None:
        if slag not in ERASABLE:
            raise FaultError("innholdet er borte, og en innføring av dette slaget slettes aldri")
        return None
    if not isinstance(salt, bytes) or not isinstance(innhold, bytes):
        raise FaultError("bare salt eller bare innhold er der")
    if forpliktelse != _hash(b"profilering/journal/1/innhold", salt, innhold):
        raise FaultError("innholdet er et annet enn det som ble skrevet")
    return innhold


def erased_by(innhold: object) -> list[int]:
    """Give the numbers a `sletting` names. Raises FaultError where it names none clearly."""
    try:
        numbers = json.loads(innhold.decode())["innfoersler"] if isinstance(innhold, bytes) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        numbers = None
    if not isinstance(numbers, list) or any(type(number) is not int for number in numbers):
        raise FaultError("det går ikke fram hvilke innføringer slettingen gjelder")
    return numbers


def _hash(*fields: bytes) -> bytes:
    frames = b"".join([len(field).to_bytes(8, "big") + field for field in fields])
    return b"sha256:" + sha256(frames).hexdigest().encode()


def _instant(text: bytes) -> datetime:
    return datetime.strptime(text.decode(), "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007 - only differences count


def read_checkpoints(folder: Path, trusted: Sequence[str]) -> Checkpoints:
    """Read every checkpoint in a folder; `trusted` are public keys as `key_of` gives them.

    Files of other names are left alone: one that is being written has none of these yet.
    """
    signed, fault = [], None
    for file in sorted(folder.iterdir()):
        if CHECKPOINT_NAME.fullmatch(file.name):
            try:
                signed.append(read_checkpoint(file, trusted))
            except FaultError as error:
                fault = fault or Fault(error.number or 0, error.reason)
    return Checkpoints(tuple(signed), fault)


def read_checkpoint(file: Path, trusted: Sequence[str]) -> Checkpoint:
    """Read a checkpoint and hold its signature against these keys. Raises FaultError and OSError."""
    number, content = int(file.stem), file.read_bytes()
    try:
        stated = json.loads(content.decode())
        whole = isinstance(stated, dict) and sorted(stated) == CHECKPOINT and _canonical(stated) == content
        # What is shown to people later is a time and nothing else.
        _instant(stated["tidspunkt"].encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        whole = False
    if not whole or not all(isinstance(stated[name], str) for name in CHECKPOINT if name != "nummer"):
        raise FaultError(f"sjekkpunktet {file.name} er skadet", number)
    if type(stated["nummer"]) is not int or stated["nummer"] != number:
        raise FaultError(f"sjekkpunktet {file.name} gjelder et annet nummer", number)
    if stated["noekkel"] not in trusted:
        raise FaultError(f"sjekkpunktet {file.name} er signert med en ukjent nøkkel", number)
    message = SIGNED_FOR + _canonical({name: stated[name] for name in ("digest", "nummer", "tidspunkt")})
    try:
        holds = signature_holds(_base64(stated["noekkel"]), message, _base64(stated["signatur"]))
    except ValueError:
        holds = False
    if not holds:
        raise FaultError(f"signaturen i sjekkpunktet {file.name} stemmer ikke", number)
    return Checkpoint(number, stated["digest"].encode(), stated["tidspunkt"])


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _base64(text: str) -> bytes:
    """Read base64 in its one spelling. Raises ValueError."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("not the one spelling")
    return content


def key_of(text: str) -> str:
    """Give a public key as it stands in a checkpoint. Raises ValueError where it is none."""
    if len(_base64(text.strip())) != 32:
        raise ValueError("not 32 bytes")
    return text.strip()


# Ed25519 as RFC 8032 has it: points of the curve in extended coordinates X, Y, Z, T.
Point = tuple[int, int, int, int]
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_BASE = bytes.fromhex("58" + 31 * "66")


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the owner of this key signed this message."""
    public, base = _decode(key), _decode(_BASE)
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or base is None or len(signature) != 64 or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % _ORDER
    minus_public = (_P - public[0], public[1], 1, _P - public[3])
    return _encode(_add(_times(scalar, base), _times(challenge, minus_public))) == signature[:32]


def _times(factor: int, point: Point) -> Point:
    product, multiples = (0, 1, 1, 0), _multiples(point)
    for row, byte in enumerate(factor.to_bytes(32, "little")):
        product = _add(product, multiples[row][byte])
    return product


@lru_cache(maxsize=16)
def _multiples(point: Point) -> list[list[Point]]:
    """Give byte · 256^row · point: with these, the next signature of the same key costs 64 additions."""
    rows = []
    for _ in range(32):
        row: list[Point] = [(0, 1, 1, 0)]
        for _ in range(255):
            row.append(_add(row[-1], point))
        rows.append(row)
        point = _add(row[-1], point)
    return rows


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _encode(point: Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=16)
def _decode(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if len(encoded) != 32 or y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def read_entries(file: Path) -> Iterator[Sequence[object]]:
    """Read `journal.jsonl` entry by entry, as `check` takes them. Raises FaultError."""
    try:
        with file.open("rb") as lines:
            for line in lines:
                yield _entry(line)
    except OSError as problem:
        raise FaultError(f"{file.name} kan ikke leses: {problem.strerror}", 0) from None


def _entry(line: bytes) -> Sequence[object]:
    try:
        entry = json.loads(line.decode(), object_pairs_hook=_once)
        if not isinstance(entry, dict) or tuple(entry) != LINE:
            raise ValueError("not the nine fields")
        texts = (
            _bytes(entry[name]) for name in ("slag", "sak", "opprettet", "forrige", "forpliktelse", "digest")
        )
        return entry["nummer"], *texts, _salt(entry["salt"]), _bytes(entry["innhold"])
    except (ValueError, TypeError, RecursionError):
        raise FaultError("linjen er ikke en innføring") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a field that stands twice: two readers could take one each."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field stands twice")
    return dict(pairs)


def _bytes(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


def _salt(value: object) -> object:
    if not isinstance(value, str):
        return value
    salt = bytes.fromhex(value)
    if salt.hex() != value:
        raise ValueError("not the one spelling")
    return salt


def check_folder(folder: Path, keys: Sequence[str]) -> VerifyResult:
    """Check an export; with no keys of the auditor's own, those in the folder are taken."""
    signed = folder / "sjekkpunkter"
    try:
        trusted = keys or _own_keys(folder / "noekkel.txt")
        found = read_checkpoints(signed, trusted) if signed.is_dir() else Checkpoints((), None)
    except OSError as problem:
        return not_checked(f"{problem.filename} kan ikke leses")
    except ValueError:
        return not_checked("noekkel.txt er skadet")
    return check(read_entries(folder / "journal.jsonl"), found if trusted or signed.is_dir() else None)


def _own_keys(file: Path) -> list[str]:
    return [key_of(line) for line in file.read_text("ascii").splitlines()] if file.exists() else []


def main(arguments: Sequence[str]) -> int:
    """Check the folder named on the command line: 0 in order, 1 not."""
    parser = argparse.ArgumentParser(description="Etterprøv en eksportert journal.")
    parser.add_argument("mappe", type=Path, help="mappen som ble eksportert")
    parser.add_argument(
        "--noekkel",
        type=_asked_key,
        action="append",
        default=[],
        metavar="BASE64",
        help="offentlig nøkkel du har fått et annet sted enn i mappen; kan gjentas",
    )
    asked = parser.parse_args(arguments)
    result = check_folder(asked.mappe, asked.noekkel)
    lines = [*result.lines()]
    if not asked.noekkel and result.uncovered is not None:
        lines.append(
            "Nøkkelen er hentet fra mappen selv: det viser bare at mappen henger sammen, "
            "ikke hvem som signerte. Oppgi den med --noekkel."
        )
    sys.stdout.write("".join(line + "\n" for line in lines))
    return 1 if result.fault else 0


def _asked_key(text: str) -> str:
    try:
        return key_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError("er ikke base64 av en offentlig nøkkel på 32 byte") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
