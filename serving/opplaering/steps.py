"""The three steps of a practice case: what is asked for in the address, and what two views have in common.

Only codes stand in the address. Nothing is kept and nothing is counted: there is no score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from urllib.parse import urlencode

from profilering.assess import Profilering
from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, Innsatsgruppe
from profilering.risk import Outcome
from profilering.tema import Tema
from serving.opplaering.cases import Sak


class Steg(IntEnum):
    """Where one is in a case."""

    EGET_SYN = 1
    FORSLAGET = 2
    HVORDAN_DET_GIKK = 3


class Sammenligning(StrEnum):
    """How the veileder's own view and the forslag stand to each other. None of them is better."""

    SAMME = "SAMME"
    EN_AV_FLERE = "EN_AV_FLERE"
    ANNEN = "ANNEN"
    INGEN = "INGEN"


@dataclass(frozen=True, slots=True)
class EgetSyn:
    """What the veileder means before the forslag is shown, and the theme that weighed most, if said."""

    gruppe: Innsatsgruppe
    vekt: Tema | None

    @property
    def address(self) -> str:
        """The query that leads to the last step."""
        said = {"gruppe": self.gruppe.kode} | ({"vekt": self.vekt.value} if self.vekt else {})
        return urlencode(said | {"steg": int(Steg.HVORDAN_DET_GIKK)})


@dataclass(frozen=True, slots=True)
class Asked:
    """The step that is asked for; `syn` is there from the second on."""

    steg: Steg
    syn: EgetSyn | None


def read_query(query: Sequence[tuple[str, str]]) -> Asked | None:
    """Read the address: empty for the first step, a gruppe for the others. None where it says aught else."""
    if not query:
        return Asked(Steg.EGET_SYN, None)
    said = dict(query)
    gruppe = next((g for g in INNSATSGRUPPER if g.kode == said.get("gruppe")), None)
    vekt = said.get("vekt") or None
    steg = said.get("steg", str(int(Steg.FORSLAGET)))
    known = said.keys() <= {"gruppe", "vekt", "steg"} and len(said) == len(query)
    if not known or gruppe is None or vekt not in (None, *Tema) or steg not in ("2", "3"):
        return None
    return Asked(Steg(int(steg)), EgetSyn(gruppe, Tema(vekt) if vekt else None))


def compare(syn: EgetSyn, profilering: Profilering) -> Sammenligning:
    """Hold the own view against the groups the forslag points at."""
    aktuelle = AKTUELLE[profilering.forslag.kode]
    if not aktuelle:
        return Sammenligning.INGEN
    if syn.gruppe not in aktuelle:
        return Sammenligning.ANNEN
    return Sammenligning.SAMME if len(aktuelle) == 1 else Sammenligning.EN_AV_FLERE


def named_by_model(tema: Tema, profilering: Profilering) -> bool | None:
    """Whether the theme is among those that drew most in any anslag; None where no anslag is shown."""
    if not profilering.anslag:
        return None
    return any(bidrag.tema is tema for anslag in profilering.anslag for bidrag in anslag.bidrag)


@dataclass(frozen=True, slots=True)
class AlikePeople:
    """Of a hundred people the model judges alike: how many got langvarig stønad, and how many did not."""

    med: int
    uten: int

    def same(self, sak: Sak) -> int:
        """For how many of them it went as it did in this case."""
        return self.med if sak.langvarig_stoenad else self.uten


def alike_people(profilering: Profilering) -> AlikePeople | None:
    """Count what happened to people the model judges alike; None where that is not shown."""
    found = (a.av_hundre for a in profilering.anslag if a.utfall is Outcome.LANGVARIG_STOENAD)
    with_support = next(found, None)
    return None if with_support is None else AlikePeople(with_support, 100 - with_support)
