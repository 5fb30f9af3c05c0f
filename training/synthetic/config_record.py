"""Typed numbers on what the register sees of a life. Meanings and sources: `population.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from training.synthetic.config_state import Formula
from training.synthetic.config_world import Triple

Pair = tuple[float, float]
Days = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Perioder:
    """When an arbeidssoekerperiode opens, stays open and lapses; probabilities per month."""

    aapner_so: float
    aapner_aap: float
    blir_so: float
    blir_aap: float
    bortfall: float
    dager_etter_jobb: Days
    avsluttet_dager: Days


@dataclass(frozen=True, slots=True)
class Arbeidsforhold:
    """How job months become rows of the employment register."""

    jobbskifte_jf: float
    jobbskifte_jn: float
    lever_videre_aap: float
    slutter_i_aap: float
    delvis_ledig: float
    delvis_fortsetter: float
    delvis_prosent: int
    foerste_i_maaneden: float
    slutt_foerste: float
    foer_2011_dager: Days
    prosent_x: Formula
    prosent_grenser: Triple
    prosent: tuple[int, int, int, int]
    yrke_riktig: float
    oppgitt_riktig: float
    avvik: int
    mangler: float
    kjent_dag: int
    forsinket: float
    forsinket_dager: int
    koder: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class YtelserConfig:
    """How months on a ytelse become dated rows, and how late they are known."""

    dagpenger_dager: int
    slutt_maanedsslutt: float
    kvp_personer: float
    kvp_fra_maaned: int
    ekstra_dagpenger: float
    ekstra_aap: float
    ekstra_minst_maaneder: int
    ekstra_maaneder: int
    kjent_dager: Mapping[str, Days]


@dataclass(frozen=True, slots=True)
class TiltakConfig:
    """Spells of tiltak during AAP, and the mix of types."""

    aap_start: float
    aap_slutt: float
    ledig: Mapping[str, float]
    aap: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class UtdanningSvar:
    """The answers on education; triples are by landbakgrunn."""

    grunnskole_uferdig: float
    barneskole_utenfor: float
    paabygging: float
    hoeyere_grad: float
    uoppgitt: float
    bestaatt_ja: float
    bestaatt_ja_uferdig: float
    bestaatt_mangler: float
    godkjent_ja: Triple
    godkjent_vet_ikke: float
    ikke_godkjent_ja: Triple
    ikke_godkjent_vet_ikke: float


@dataclass(frozen=True, slots=True)
class JobbsituasjonSvar:
    """The answers on the job situation: probabilities of the first hit."""

    deltid: float
    utdanning_maaneder: int
    utdanning_fra_jobb: float
    utdanning_ellers: float
    sagt_opp_av: float
    sagt_opp_selv: float
    midlertidig_jn: float
    midlertidig_jf: float
    ikke_jobb_2_aar: float
    aldri_jobb: float
    usikker: float
    usikker_i_tillegg: float
    styrk_ellers: float
    styrk_kreves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Svar:
    """The answers a registrering carries; pairs are by helsesvikt 0, 1."""

    gitt: Formula
    helse_mangler: Pair
    helse_vet_ikke: Pair
    helse_ja_frisk: Formula
    helse_ja_syk: Formula
    h_klipp: Pair
    andre_mangler: float
    andre_vet_ikke: float
    andre_ja: Formula
    ny_i_norge_aar: int
    lav_a: float
    utdanning: UtdanningSvar
    jobbsituasjon: JobbsituasjonSvar


@dataclass(frozen=True, slots=True)
class Vedtak:
    """True need, and how a decision comes to differ from it."""

    liten_k: float
    delvis_k: float
    nedsatt_k: float
    nedsatt_k_uten_svikt: float
    veiledning_j: float
    kalenderaar: float
    sannsynlighet: tuple[float, float, float, float, float]
    i_jobb_faktor: float
    dager: Days
    brudd: date
    opp_etter_brudd: float
    ned_etter_brudd: float
    helseytelse_faktor: float
    helseytelse_dager: int
    ld_faktor: float
    tak: float
