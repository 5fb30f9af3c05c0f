"""The one spelling of a value, and the one way a digest is written."""

import hashlib
import json

canonical_text = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
"""Give a value one spelling: sorted keys, no spaces, floats to the last bit.

Raises ValueError for NaN and infinity, which JSON cannot say.
"""


def canonical_json(value: object) -> bytes:
    """The one spelling of a value (`canonical_text`) in UTF-8."""
    return canonical_text(value).encode()


def digest_of(content: bytes) -> str:
    """`sha256:` and the hexadecimal digest, as written everywhere."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
