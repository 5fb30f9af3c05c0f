"""The policy as a page a jurist can read and sign: the rules in order, and what each limit means."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from textwrap import fill
from types import MappingProxyType
from typing import Annotated

import typer

from models.canonical import digest_of
from models.policy_file import newest_policy, policy_path, read_policy_version
from models.text_file import ANSWERED_IN, read_tekster, text_path
from profilering.policy import BY_ESTIMATE, REFRAINING, Merknad, Policy, Regel, RegelKode, Totrinn
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse
from profilering.risk import Outcome
from profilering.tekster import Tekster
from serving.commands.options import said_clearly

WIDTH = 88
"""Characters in a line: the page fits an A4 sheet."""
MONTHS = (
    *("januar", "februar", "mars", "april", "mai", "juni", "juli"),
    *("august", "september", "oktober", "november", "desember"),
)
YTELSER = MappingProxyType(
    {
        Livsoppholdsytelse.AAP: "AAP",
        Livsoppholdsytelse.UFOERETRYGD: "uføretrygd",
        Livsoppholdsytelse.KVALIFISERINGSSTOENAD: "kvalifiseringsstønad",
        Livsoppholdsytelse.INDIVIDSTOENAD: "individstønad",
        Livsoppholdsytelse.OVERGANGSSTOENAD: "overgangsstønad",
        Livsoppholdsytelse.VENTESTOENAD: "ventestønad",
    }
)
"""The others are written as their codes are, in small letters."""
SVAR = MappingProxyType({JaNeiVetIkke.JA: "ja", JaNeiVetIkke.NEI: "nei", JaNeiVetIkke.VET_IKKE: "vet ikke"})
UTFALL = MappingProxyType(
    {Outcome.LANGVARIG_STOENAD: "langvarig stønad", Outcome.HELSERELATERT_YTELSE: "helserelatert ytelse"}
)

OUR_OWN = "Foreløpig, satt av prosjektet."
"""Said of a number that nobody wrote the reason for."""
HOW_COUNTED = MappingProxyType({"alder": " Alder er året personen registrerer seg, minus fødselsåret."})

policy_cli = typer.Typer(no_args_is_help=True, help="The rules and limits that turn estimates into forslag.")


@policy_cli.callback()
def commands() -> None:
    """The rules and limits that turn estimates into forslag."""


@policy_cli.command()
def explain(
    policy: Annotated[str | None, typer.Option(help="Version; default: the newest in force today.")] = None,
) -> None:
    """Print a policy as a page in Norwegian that a jurist can read, approve and sign."""
    with said_clearly("no policy is explained"):
        versjon = newest_policy(datetime.now(UTC).date()) if policy is None else policy
        read = read_policy_version(versjon)
        digest = digest_of(policy_path(versjon).read_bytes())
        page = policy_page(read, digest, read_tekster(text_path(ANSWERED_IN)))
    typer.echo(page, nl=False)


def policy_page(policy: Policy, digest: str, tekster: Tekster) -> str:
    """Write everything a policy says; `digest` is that of its file, `tekster` are what people are shown."""
    parts = [
        [f"REGELVERK {policy.versjon}: FRA ANSLAG TIL FORSLAG", *_opening(policy)],
        *([f"{n}. {regel.kode.value}", *_rule(regel, tekster)] for n, regel in enumerate(policy.regler, 1)),
        ["MERKNADER TIL VEILEDEREN", *_notes(policy.merknader, tekster)],
        ["TOTRINN", *_two_step(policy.totrinn)],
        ["ORD FOR STYRKE", *_strength(policy)],
        ["UNDERSKRIFT", *_signature(policy, digest)],
    ]
    return "\n".join(
        f"{heading}\n" + "".join(f"{_indented(line)}\n" for line in lines) for heading, *lines in parts
    )


def _indented(line: str) -> str:
    """Broken at the width, what continues set in below the first word after a label."""
    label = line.partition(": ")[0] if line.startswith(LABELS) else ""
    hang = "   " + " " * (12 if label else 0)
    first = f"   {label + ':':<12}" if label else "   "
    text = line.removeprefix(f"{label}: ") if label else line
    return fill(text, WIDTH, initial_indent=first, subsequent_indent=hang, break_on_hyphens=False)


LABELS = ("Når: ", "Forslag: ", "Grense: ", "Grunn: ", "Forklaring: ", "Vises: ", "Kilde: ")


def _opening(policy: Policy) -> Iterator[str]:
    yield f"Gjelder fra {_day(policy.gjelder_fra)}. Godkjent av: {policy.godkjent_av}."
    yield (
        "Reglene prøves i rekkefølgen de står i. Den første som slår til, gir forslaget og nevnes i svaret. "
        "Lovens regler og det personen selv sier, kommer før tallene."
    )
    yield "Et forslag er ikke et vedtak. Veilederen vurderer saken og bestemmer."
    yield (
        "Ingen regel kan avslå en vurdering, og ingen kan foreslå spesielt eller varig tilpasset innsats. "
        "Når maskinen ikke gir noe forslag, vurderer veilederen saken uten."
    )


def _rule(regel: Regel, tekster: Tekster) -> Iterator[str]:
    yield f"Når: {WHEN[regel.kode](regel, tekster)}"
    yield f"Forslag: {tekster.get('forslag', regel.forslag)}"
    if regel.kostnadsforhold is not None:
        yield from _limit(regel)
    if regel.grunn_for_grensen or any((regel.minst_svar, regel.minst_registre, regel.kostnadsforhold)):
        yield f"Grunn: {regel.grunn_for_grensen or OUR_OWN}"
    yield f"Forklaring: {regel.forklaring} {_stands_on(regel)}"
    yield f"Kilde: {regel.kilde}."


def _limit(regel: Regel) -> Iterator[str]:
    ratio = _number(regel.kostnadsforhold or 0.0)
    of_hundred = _number(100 * regel.threshold)
    yield (
        f"Grense: {of_hundred} av 100 = 1 / (1 + {ratio}). Å overse én person regnes som {ratio} ganger så "
        f"ille som én samtale for mye. Like ved grensen får {of_hundred} av 100 personer utfallet. De "
        f"{_number(100 - 100 * regel.threshold)} andre får en samtale de kanskje ikke trengte."
    )


def _stands_on(regel: Regel) -> str:
    if regel.kode in REFRAINING:
        return "Regelen ser ikke på anslagene."
    if regel.kode in BY_ESTIMATE:
        return "Forslaget bygger på anslagene."
    return "Regelen går foran anslagene."


def _too_little(regel: Regel, _: Tekster) -> str:
    told = (
        f"Færre enn {regel.minst_svar} av 4 spørsmål er besvart (utdanning, helse, jobbsituasjon, andre "
        f"forhold), eller færre enn {regel.minst_registre} av 4 registre har svart (arbeidsforhold, ytelser, "
        "tidligere perioder, tiltak)"
    )
    if regel.hoeyst_motstrid is None:
        return f"{told}."
    return f"{told}, eller svarene motsier hverandre i flere enn {regel.hoeyst_motstrid} spørsmål."


def _outside(regel: Regel, tekster: Tekster) -> str:
    told = f"Dette er ukjent, eller utenfor det modellen har lært av: {_facts(regel.innenfor, tekster)}."
    if not regel.innenfor_naar_kjent:
        return told
    known = _facts(regel.innenfor_naar_kjent, tekster)
    return f"{told} Eller dette er kjent, og utenfor det modellen har lært av: {known}."


def _reached(regel: Regel, _: Tekster) -> str:
    utfall = "" if regel.utfall is None else UTFALL[regel.utfall]
    return f"Anslaget for {utfall} er {_number(100 * regel.threshold)} av 100 eller mer."


WHEN: Mapping[RegelKode, Callable[[Regel, Tekster], str]] = MappingProxyType(
    {
        RegelKode.STANSET: lambda *_: "Noen med myndighet til det har stanset tjenesten.",
        RegelKode.OENSKER_ARBEIDSEVNEVURDERING: lambda *_: "Personen ber om en arbeidsevnevurdering.",
        RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING: lambda regel, _: (
            f"Personen søker, eller har løpende, {_one_of(_ytelse(y) for y in regel.ytelser)}."
        ),
        RegelKode.OPPGITT_HELSEHINDRING: lambda regel, _: (
            f"Svaret på om helsen hindrer arbeid er {_one_of(SVAR[svar] for svar in regel.svar)}."
        ),
        RegelKode.FOR_LITE_GRUNNLAG: _too_little,
        RegelKode.UTENFOR_MODELLEN: _outside,
        RegelKode.FORHOEYET_ANSLAG_HELSE: _reached,
        RegelKode.FORHOEYET_ANSLAG: _reached,
        RegelKode.INGEN_FORHOEYET_ANSLAG: lambda *_: "Ingen av reglene over slår til.",
    }
)


def _notes(merknader: tuple[Merknad, ...], tekster: Tekster) -> Iterator[str]:
    if not merknader:
        yield "Ingen."
        return
    yield (
        "En merknad minner om hvem som skal prioriteres. Den endrer verken anslag eller forslag. "
        "Er opplysningen ukjent, gis ingen merknad."
    )
    for merknad in merknader:
        yield merknad.kode.value
        yield f"Når: {merknad.forklaring} {_limits(merknad)}"
        yield f"Vises: «{tekster.get('merknad', merknad.kode)}»"
        yield f"Kilde: {merknad.kilde}."


def _limits(merknad: Merknad) -> str:
    limits = (("minst", merknad.minst), ("under", merknad.under))
    told = " og ".join(f"{word} {limit}" for word, limit in limits if limit is not None)
    return f"(Opplysning: {merknad.opplysning}, {told}.){HOW_COUNTED.get(merknad.opplysning, '')}"


def _two_step(totrinn: Totrinn) -> Iterator[str]:
    where = [f"kontor {enhet}" for enhet in sorted(totrinn.enheter)]
    where += ["henvendelser uten kontor"] if totrinn.uten_enhet else []
    if where:
        yield f"Veilederen skriver sin egen vurdering før forslaget vises. Gjelder: {', '.join(where)}."
    else:
        yield "Ingen kontorer. Alle ser forslaget med en gang."
    if totrinn.kilde:
        yield f"Kilde: {totrinn.kilde}."


def _strength(policy: Policy) -> Iterator[str]:
    mye, noe = (f"{limit:g}".replace(".", ",") for limit in (policy.styrke_mye, policy.styrke_noe))
    yield (
        f"Teksten sier «mye» når et tema flytter anslaget minst {mye} i log-odds, «noe» fra {noe}, og "
        "«lite» under det. Ordene beskriver tallet. De endrer det ikke."
    )
    yield f"Kilde: {policy.styrke_kilde}."


def _signature(policy: Policy, digest: str) -> Iterator[str]:
    yield f"Gjelder filen {policy.versjon}.toml, og bare den med denne digesten:"
    yield digest
    yield "Jeg har lest reglene, grensene og kildene, og godkjenner at de brukes."
    yield "Dato: ______________   Navn og rolle: __________________________________________"


def _facts(names: Iterable[str], tekster: Tekster) -> str:
    """The reviewed sentences of opplysninger, with room for the number."""
    return ", ".join(f"«{tekster.opplysning[name]['tekst'].format(n='…').rstrip('.')}»" for name in names)


def _ytelse(ytelse: Livsoppholdsytelse) -> str:
    return YTELSER.get(ytelse, ytelse.value.lower())


def _one_of(words: Iterable[str]) -> str:
    *most, last = sorted(words, key=str.lower)
    return f"{', '.join(most)} eller {last}" if most else last


def _number(number: float) -> str:
    """With a decimal only where there is one, and a comma as people write it."""
    return f"{number:.1f}".removesuffix(".0").replace(".", ",")


def _day(day: date) -> str:
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
