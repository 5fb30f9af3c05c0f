"""NAV's rule-based profiling of today, reproduced with its traps, to hold our forslag against.

Facts become tags and the rule reads the tags, as in arbeidssøkerregisteret. The quirks are kept
on purpose: a comparison with a mended rule would compare with something nobody uses.
Source: navikt/paw-arbeidssoekerregisteret-monorepo-ekstern, apps/profilering (Evaluer*.kt, the
standard variant; registrations from the old veilarbregistrering have another work rule), as of
2026-08-21. One version only, that of `REGEL_DATO`. Three things cannot be reproduced: NAV knows
the whole birth date, we only the year; NAV takes the day in its server's time zone, we in
Europe/Oslo; NAV reads contradictory answers as they stand, here they are already `None`.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from profilering.registrering import Arbeidsforhold, JaNeiVetIkke, Registrering, Utdanning

REGEL_DATO = date(2026, 4, 13)
"""The rule is NAV's as of this day, when the upper age limit went from 59 to 66 (a4ac8555)."""

ALDER_FRA, ALDER_TIL = 18, 66
"""Whole years, both included, in which age counts for standard innsats (EvaluerAlder.kt)."""

MARGIN = timedelta(days=3)
"""A job joins a group when fewer than these days lie between them (EvaluerArbeidserfaring.kt)."""

VINDU_MAANEDER, KRAV_MAANEDER = 12, 6
"""Months looked back on, and months of unbroken work needed in them."""


class ProfilertTil(StrEnum):
    """The three results of NAV's rule; the register's own codes."""

    ANTATT_GODE_MULIGHETER = "ANTATT_GODE_MULIGHETER"
    ANTATT_BEHOV_FOR_VEILEDNING = "ANTATT_BEHOV_FOR_VEILEDNING"
    OPPGITT_HINDRINGER = "OPPGITT_HINDRINGER"


@dataclass(frozen=True, slots=True)
class ProfileringsTagger:
    """What the rule reads; named as in NAV's ProfileringsTagger.kt, False = tag not set."""

    helsetilstand_hindrer_arbeid: bool
    andre_forhold_hindrer_arbeid: bool
    alder_indikerer_standard_innsats: bool
    ukjent_alder: bool
    har_bestaatt_godkjent_utdanning: bool
    oppfyller_krav_til_arbeidserfaring: bool


@dataclass(frozen=True, slots=True)
class _Spenn:
    """Work in [fra, til) as NAV reads it; an open end is `date.max`, like Java's LocalDate.MAX."""

    fra: date
    til: date


def dagens_regel(registrering: Registrering) -> ProfilertTil:
    """Say what NAV's rule of today would answer, for the field `dagensRegel`."""
    tagger = tags_of(registrering)
    if tagger.helsetilstand_hindrer_arbeid or tagger.andre_forhold_hindrer_arbeid:
        return ProfilertTil.OPPGITT_HINDRINGER
    if (
        tagger.alder_indikerer_standard_innsats
        and tagger.har_bestaatt_godkjent_utdanning
        and tagger.oppfyller_krav_til_arbeidserfaring
    ):
        return ProfilertTil.ANTATT_GODE_MULIGHETER
    return ProfilertTil.ANTATT_BEHOV_FOR_VEILEDNING


def tags_of(registrering: Registrering) -> ProfileringsTagger:
    """Turn the facts into NAV's tags.

    Absent sections set nothing, but every answer other than NEI in a section that was given
    counts as a hindrance: VET_IKKE too, and a missing answer inside Annet. Arbeidsforhold the
    register did not answer about are an empty list, as in NAV's code when the call fails.
    """
    svar = registrering.opplysninger
    alder = _alder(registrering)
    return ProfileringsTagger(
        helsetilstand_hindrer_arbeid=svar.helse is not None and svar.helse is not JaNeiVetIkke.NEI,
        andre_forhold_hindrer_arbeid=svar.annet_gitt and svar.annet is not JaNeiVetIkke.NEI,
        alder_indikerer_standard_innsats=alder is not None and ALDER_FRA <= alder <= ALDER_TIL,
        ukjent_alder=alder is None,
        har_bestaatt_godkjent_utdanning=_har_utdanning(svar.utdanning),
        oppfyller_krav_til_arbeidserfaring=_har_arbeidserfaring(
            registrering.historikk.arbeidsforhold or (), registrering.registrert
        ),
    )


def period_between(start: date, end: date) -> tuple[int, int]:
    """Count whole calendar months, then days, from `start` to `end` (not included).

    The same numbers as java.time.Period.between (LocalDate.until), backwards too: a month is
    whole when the day of the month is reached, so 31 January to 28 February is 28 days and no
    month. Tuples sort as NAV's comparison by years, months and days does.
    """
    months = 12 * (end.year - start.year) + end.month - start.month
    days = end.day - start.day
    if months > 0 > days:
        months -= 1
        days = (end - _plus_months(start, months)).days
    elif months < 0 < days:
        months += 1
        days -= monthrange(end.year, end.month)[1]
    return months, days


def _plus_months(day: date, months: int) -> date:
    """Move by calendar months; a day the month does not have becomes its last (LocalDate.plusMonths)."""
    year, month0 = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def _alder(registrering: Registrering) -> int | None:
    """Age in whole years on the day; with only a birth year NAV takes 1 July of that year."""
    if registrering.foedselsaar is None:
        return None
    return period_between(date(registrering.foedselsaar, 7, 1), registrering.registrert)[0] // 12


def _har_utdanning(utdanning: Utdanning | None) -> bool:
    """Grunnskole (2) passes as it is, 3-8 when passed and approved, the rest never.

    A `nus` that is not known is read as 9, not stated; NAV's own record always holds a code.
    """
    if utdanning is None or utdanning.nus in (None, 0, 1, 9):
        return False
    if utdanning.nus == 2:
        return True
    return utdanning.bestaatt is JaNeiVetIkke.JA and utdanning.godkjent is JaNeiVetIkke.JA


def _har_arbeidserfaring(jobs: tuple[Arbeidsforhold, ...], registrert: date) -> bool:
    """Tell whether one group of jobs fills six calendar months of the year before the day.

    A group is clipped to the window first; one outside it gets no positive length. NAV compares
    the longest group with the limit, which is the same as asking for any that reaches it.
    """
    window = _Spenn(fra=_plus_months(registrert, -VINDU_MAANEDER), til=registrert)
    return any(
        period_between(max(group.fra, window.fra), min(group.til, window.til)) >= (KRAV_MAANEDER, 0)
        for group in _fold(jobs)
    )


def _fold(jobs: tuple[Arbeidsforhold, ...]) -> list[_Spenn]:
    """Fold jobs into groups in the order received, as NAV does.

    A job joins the first group it touches and the grown group moves last. Groups are never
    joined to each other, so a job that comes too late to bridge two of them leaves both short.
    """
    groups: list[_Spenn] = []
    for job in jobs:
        spenn = _as_nav_reads(job)
        match = next((group for group in groups if _touches(group, spenn)), None)
        if match is None:
            groups.append(spenn)
        else:
            groups.remove(match)
            groups.append(_Spenn(fra=min(match.fra, spenn.fra), til=max(match.til, spenn.til)))
    return groups


def _as_nav_reads(job: Arbeidsforhold) -> _Spenn:
    """Give the rule the register's own last day back.

    Our `sluttet` is the register's inclusive sluttdato plus one. NAV reads sluttdato as an
    exclusive end, so the last day worked is lost: 1 September to 28 February is 5 months 27 days.
    """
    til = date.max if job.sluttet is None else job.sluttet - timedelta(days=1)
    return _Spenn(fra=job.startet, til=til)


def _touches(group: _Spenn, job: _Spenn) -> bool:
    """Tell whether `group`, widened by the margin both ways, overlaps `job`.

    Written as differences, because dates at the ends of the calendar cannot be widened.
    """
    return group.fra - job.til < MARGIN and job.fra - group.til < MARGIN
