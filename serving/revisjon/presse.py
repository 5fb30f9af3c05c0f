"""Sets a document as PDF/UA: a program of its own, `python -I presse.py TEMPLATE TIME < papir.json > pdf`.

It is run as a child, because it lays out what anybody may have written: what that does to a typesetter,
it does not do to the process that answers. It imports nothing of ours, reads no file but the template,
and ends by itself when its time or its memory is used up.
"""

import os
import re
import resource
import sys
from pathlib import Path

import typst

STEP_BACK = 5
"""Niceness: answers get three times its share of a processor."""
CPU_SECONDS = 15
"""A hundred times what a case takes; its parent's patience is shorter, but a parent can be gone."""
MOST_MEMORY = 1 << 30
"""Bytes of addresses, of which a case with a thousand objections needs an eighth."""
NOT_SET = 3
"""The exit code for a document that could not be set."""

IN_THE_FONTS = (
    "\t\n\r -~\xa0-\u0482\u048a-\u04ff\u0531-\u05f4"  # Latin, Greek, Cyrillic, Armenian, Hebrew
    "\u0621-\u063a\u0640-\u0655\u0660-\u066d"  # Arabic, with Persian and Urdu
    "\u067e-\u067e\u0686-\u0686\u0691-\u0691\u0698-\u0698\u06a9-\u06a9\u06af-\u06af\u06be-\u06be\u06cc-\u06cc\u06f0-\u06f9"
    "\u1e00-\u1fff\u2010-\u2027\u2030-\u203e\u20a0-\u20c0\u2190-\u22ff\u2500-\u262f"
)
"""What the typesetter's own fonts have signs for; a test sets each of them. None turns a line around."""
EASY = "\t\n\r -~\xa1-\u02ff\u0400-\u045f\u2010-\u2027\u2039-\u203a\u2190-\u2193\u2212-\u2212"
"""What stands alone: no sign is joined with another, or left out of the fonts."""


def main(template: str, time: str) -> int:
    """Set what stands on standard input; the exit code says whether a document came out."""
    os.nice(STEP_BACK)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    papir = sys.stdin.buffer.read().decode()
    for known in (IN_THE_FONTS, EASY):
        try:
            pdf = set_as_pdf(Path(template).read_bytes(), _spelled_out(papir, known), int(time))
        except BaseException:  # noqa: S112  a typesetter that loses its head raises no Exception
            continue
        sys.stdout.buffer.write(pdf)
        return 0
    return NOT_SET


def set_as_pdf(template: bytes, papir: str, time: int) -> bytes:
    """Set one document, tagged for whoever does not see it, readable in thirty years (PDF/UA-1, PDF/A-2a).

    The same template, text and time (seconds since 1970) give the same bytes. Raises TypstError where it
    could not be made such a document: no untagged one comes out.
    """
    return typst.compile(
        template,
        ignore_system_fonts=True,
        sys_inputs={"papir": papir},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=time,
    )


def _spelled_out(papir: str, known: str) -> str:
    """With the number of each character that is not known, in the place of it."""
    return re.sub(f"[^{known}]", lambda found: f"‹U+{ord(found[0]):04X}›", papir)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
