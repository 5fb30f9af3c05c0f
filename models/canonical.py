"""The one spelling of a value, and the one way a digest is written."""

import hashlib
import json


def canonical_json(value: object) -> bytes:
    """Give a value one spelling: sorted keys, no spaces, UTF-8, floats to the last bit.

    Raises ValueError for NaN and infinity, which JSON cannot say.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest_of(content: bytes) -> str:
    """`sha256:` and the hexadecimal digest, as written everywhere."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
