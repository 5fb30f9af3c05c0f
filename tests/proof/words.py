"""Every explanation of a practice model read like the strictest reader would: true, plain, cheap to write.

Synthetic: the people are invented and the model is trained on them; this proves machinery, not
accuracy in Norway.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.approved import Approved, load_approved
from models.lightgbm_model import LightgbmModel
from models.text_file import LANGUAGES
from profilering.assess import Profilering, assess, assess_all, tell
from profilering.registrering import Registrering
from profilering.tekster import Tekster
from tests.faithfulness import unfaithful
from tests.proof.table import Line
from tests.readability import faults
from training.cohort import in_cohort
from training.extract import read_extract
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

NUMBER = 10_000
TOGETHER = 500
THREADS = 2
TIMED = 200
MOST_OF_SCORING = 0.20
"""What explaining may cost beside estimating and proposing, one person at a time (issue on the texts)."""


@dataclass(frozen=True, slots=True)
class Case:
    """One person, and what was said of them in bokmål."""

    person: Registrering
    profilering: Profilering


def prove_words(register: Path, approved: Path, artefacts: Path, number: int = NUMBER) -> Iterator[Line]:
    """Assess so many people of the register and read all that is said of them, in every language."""
    served = load_approved(approved, artefacts)
    people = _people(register, number)
    false: Counter[str] = Counter()
    unfit: dict[str, Counter[str]] = {spraak: Counter() for spraak in LANGUAGES}
    basis = served.basis
    for case in _assessed(people, served):
        false.update(unfaithful(case.profilering, basis.policy, basis.tekster))
        for spraak, found in unfit.items():
            text = _text(case, served, _in(spraak, served))
            found.update(faults(text, spraak))
    said = f"{sum(false.values())} claims the numbers do not bear out"
    yield Line("what is said is what the numbers say", f"{len(people):,} explanations", said, not false)
    for spraak, found in unfit.items():
        what = f"words people can use: {spraak}"
        yield Line(what, f"{len(people):,} texts", f"{sum(found.values())} faults", not found)
    yield _cost(people[:TIMED], served)


def _people(register: Path, number: int) -> list[Registrering]:
    extract = read_extract(register)
    rows = in_cohort(extract.registreringer, read_nav_config().kohort)
    return registreringer_of(rows.sample(number, seed=1), extract)


def _assessed(people: Sequence[Registrering], approved: Approved) -> Iterator[Case]:
    basis, model = approved.basis, approved.basis.model
    if isinstance(model, LightgbmModel):
        basis = replace(basis, model=replace(model, threads=THREADS))
    for first in range(0, len(people), TOGETHER):
        some = people[first : first + TOGETHER]
        yield from map(Case, some, assess_all(some, basis, stanset=[False] * len(some)))


def _in(spraak: str, approved: Approved) -> Tekster:
    tekster = approved.tekster(spraak)
    if tekster is None:
        raise RuntimeError(f"nothing is approved in {spraak}")
    return tekster


def _text(case: Case, approved: Approved, tekster: Tekster) -> str:
    told = _told(case, approved, tekster)
    return "\n".join(avsnitt.tekst for avsnitt in told.begrunnelse.avsnitt)


def _told(case: Case, approved: Approved, tekster: Tekster) -> Profilering:
    made, policy = case.profilering, approved.basis.policy
    return tell(case.person, made.features, made.risks, made.forslag, policy, tekster)


def _cost(people: Sequence[Registrering], approved: Approved) -> Line:
    """One at a time, as they are served; of each part the median counts."""
    basis = approved.basis
    wholes, tellings = [], []
    for person in people:
        began = time.perf_counter()
        made = assess(person, basis, stanset=False)
        between = time.perf_counter()
        _told(Case(person, made), approved, basis.tekster)
        wholes.append(between - began)
        tellings.append(time.perf_counter() - between)
    telling = sorted(tellings)[len(tellings) // 2]
    share = telling / (sorted(wholes)[len(wholes) // 2] - telling)
    said = f"{1000 * telling:.2f} ms, {share:.1%} of estimating and proposing"
    return Line("putting one answer into words", f"{len(people)} times", said, share <= MOST_OF_SCORING)
