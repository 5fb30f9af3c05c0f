r"""One line of ArcSight's Common Event Format for each time a person saw somebody's case.

Form and keys are those of NAV's audit log (domain/nav.md, section 5). We hold no fødselsnummer, so
there is no `duid`: the case stands in `flexString1`, and the system that knows the person joins them.
A value can hold anything: `\`, `=` and line breaks are escaped as CEF says, every other character that
some reader takes for a line break as `\uXXXX`, so that an entry is always one line.
"""

import re
from collections.abc import Mapping

VERSION = "CEF:0"
VENDOR, PRODUCT, PRODUCT_VERSION, NAME, SEVERITY = "Profilering", "AuditLogger", "1.0", "Sporingslogg", "INFO"
"""Never changed unannounced: ArcSight's rules look for them."""

_BREAKS = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_HEADER = re.compile(r"((?:\\.|[^\\|])*)\|" * 7)
_PAIR = re.compile(r"(?:^| )([A-Za-z0-9]+)=((?:\\.|[^\\=])*?)(?= [A-Za-z0-9]+=|$)")
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")


def cef_line(event: str, fields: Mapping[str, str]) -> str:
    """Write one event; `fields` in the order they shall stand."""
    header = (VERSION, VENDOR, PRODUCT, PRODUCT_VERSION, _header(event), NAME, SEVERITY)
    return "|".join([*header, " ".join(f"{key}={_value(value)}" for key, value in fields.items())])


def read_cef(line: str) -> tuple[str, dict[str, str]]:
    """Read a line of ours back: the event and its fields. Raises ValueError for any other."""
    header = _HEADER.match(line)
    if header is None or header[1] != VERSION:
        raise ValueError("no line of the Common Event Format")
    return _plain(header[5]), {key: _plain(value) for key, value in _PAIR.findall(line[header.end() :])}


def _header(text: str) -> str:
    return _safe(text.replace("\\", "\\\\").replace("|", "\\|"))


def _value(text: str) -> str:
    return _safe(text.replace("\\", "\\\\").replace("=", "\\="))


def _safe(text: str) -> str:
    one_line = text.replace("\n", "\\n").replace("\r", "\\r")
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", one_line)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _unescaped(found[1]), text)


def _unescaped(code: str) -> str:
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "\r"}.get(code, code)
