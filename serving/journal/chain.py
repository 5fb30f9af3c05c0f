"""The arithmetic of the chain, so that anybody with a SHA-256 can redo it.

Every hash is taken over *frames*, one after another. The frame of a byte string is its
length as eight bytes, most significant first, then the bytes: no two lists of fields give
the same frames. A hash is written `sha256:` and 64 lower-case hexadecimal digits, and that
text, UTF-8, is what goes into the next hash. `‖` joins frames.

    commitment = SHA-256("profilering/journal/1/innhold" ‖ salt ‖ content)
    digest     = SHA-256("profilering/journal/1/innfoersel" ‖ nummer ‖ slag ‖ sak_id
                         ‖ opprettet ‖ forrige ‖ forpliktelse)

`salt` is the 32 bytes and `content` the bytes of table `innhold`, as stored. The other fields
are the text of the columns of table `innfoersel`, `nummer` in decimal without leading zeros.
Entry 1 has `START` as its `forrige`: `sha256:` and 64 zeros.

Salt and content can be erased: the commitment then reveals nothing, and the chain still holds.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

START = "sha256:" + 64 * "0"
"""What the first entry follows; no content is known whose digest this is."""

SALT_BYTES = 32
"""As long as the hash: guessing the salt is then no easier than breaking SHA-256."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row of `innfoersel` without its digest, every field as it is written there."""

    number: int
    kind: str
    case_id: str
    created: str
    previous: str
    commitment: str


def instant_text(instant: datetime) -> str:
    """Write an aware instant in UTC with six decimals and `Z`, always 27 characters."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def hash_of(prefix: str, *fields: bytes) -> str:
    """Hash the frames of a domain prefix and its fields; the prefix keeps the uses apart."""
    frames = (len(field).to_bytes(8, "big") + field for field in (prefix.encode(), *fields))
    return "sha256:" + hashlib.sha256(b"".join(frames)).hexdigest()


def commitment_to(content: bytes, salt: bytes) -> str:
    """Bind an entry to its content without revealing it. Raises ValueError for a short salt."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}; draw it with secrets.token_bytes")
    return hash_of("profilering/journal/1/innhold", salt, content)


def digest_of(link: Link) -> str:
    """Bind an entry to everything before it."""
    fields = (
        str(link.number),
        link.kind,
        link.case_id,
        link.created,
        link.previous,
        link.commitment,
    )
    return hash_of("profilering/journal/1/innfoersel", *(field.encode() for field in fields))
