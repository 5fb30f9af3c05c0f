"""What Annex IV of Regulation (EU) 2024/1689 asks for: its nine points, and what each needs to be answered.

The headings shorten the Annex's words; what binds is the regulation. Nobody fills anything in here:
answers stand in `config/technical_file.toml`, the rest is read from what a run and a release left.
"""

from dataclasses import dataclass
from enum import StrEnum


class Giver(StrEnum):
    """Who can meet a need."""

    FILES = "filene"  # read from what training, release and journal left
    PROJECT = "prosjektet"  # the project's own words in technical_file.toml
    PEOPLE = "mennesker"  # words in technical_file.toml that only those responsible can give
    APPROVER = "den som godkjenner"  # stands in a file, and only those responsible may write it there


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a point must say."""

    name: str
    title: str
    giver: Giver
    file_wanted: bool = False  # words alone are not enough: a document must lie behind


@dataclass(frozen=True, slots=True)
class Point:
    """A point or lettered point of the Annex."""

    number: str  # "2 d"
    title: str
    needs: tuple[Need, ...]


FILES, PROJECT, PEOPLE, APPROVER = Giver.FILES, Giver.PROJECT, Giver.PEOPLE, Giver.APPROVER

ANNEX: tuple[Point, ...] = (
    Point(
        "1 a",
        "Formål, tilbyder og versjon",
        (
            Need("formaal", "Formålet, og hva systemet ikke skal brukes til", FILES),
            Need("formaal_besluttet", "Hvem som har besluttet formålet", PEOPLE),
            Need("tilbyder", "Tilbyderens navn og adresse", PEOPLE),
            Need("versjon", "Versjonen og forholdet til tidligere versjoner", FILES),
        ),
    ),
    Point("1 b", "Samspill med annet utstyr og programvare", (Need("samspill", "Samspillet", PROJECT),)),
    Point("1 c", "Versjoner av programvare", (Need("programvare", "Versjonene og oppdateringer", FILES),)),
    Point("1 d", "Former systemet tas i bruk i", (Need("former", "Formene", PROJECT),)),
    Point("1 e", "Maskinvare systemet skal kjøre på", (Need("maskinvare", "Maskinvaren", PROJECT),)),
    Point(
        "1 f",
        "Produktet systemet er en del av",
        (Need("produkt", "Om systemet er en del av et produkt", PROJECT),),
    ),
    Point("1 g", "Brukergrensesnittet", (Need("brukergrensesnitt", "Hva brukeren ser", PROJECT),)),
    Point("1 h", "Bruksanvisning", (Need("bruksanvisning", "Bruksanvisningen", PROJECT),)),
    Point(
        "2 a",
        "Metoder og steg i utviklingen",
        (
            Need("utvikling", "Stegene og verktøy fra andre", PROJECT),
            Need("innstillinger", "Innstillingene modellen er laget med", FILES),
        ),
    ),
    Point(
        "2 b",
        "Spesifikasjon: logikk, valg og avveiinger",
        (
            Need("logikk", "Den allmenne logikken og de viktigste valgene", PROJECT),
            Need("regler", "Reglene som gjør anslag til forslag", FILES),
            Need("avveiinger", "Avveiinger mellom kravene", PROJECT),
            Need("regler_godkjent", "Hvem som har godkjent reglene", APPROVER),
        ),
    ),
    Point(
        "2 c",
        "Arkitektur og regneressurser",
        (
            Need("arkitektur", "Hvordan delene bygger på hverandre", PROJECT),
            Need("regneressurser", "Regneressurser til trening og prøving", PEOPLE),
        ),
    ),
    Point(
        "2 d",
        "Data",
        (
            Need("datasett", "Datasettet: opphav, omfang og utvalg", FILES),
            Need("opplysninger", "Opplysningene, med kilde og hjemmel", FILES),
            Need("datakvalitet", "Merking, kontroll og rensing", PROJECT),
            Need("personvernkonsekvenser", "Vurderingen av personvernkonsekvenser (DPIA)", PEOPLE),
        ),
    ),
    Point(
        "2 e",
        "Menneskelig tilsyn",
        (
            Need("tilsyn_tiltak", "Tiltakene, og hva som hjelper brukeren å tolke svaret", PROJECT),
            Need("tilsyn_hvem", "Hvem som fører tilsyn (artikkel 14 og 26)", PEOPLE),
            Need("tekster_godkjent", "Hvem som har godkjent tekstene brukeren leser", APPROVER),
        ),
    ),
    Point("2 f", "Forhåndsbestemte endringer", (Need("planlagte_endringer", "Endringene", PROJECT),)),
    Point(
        "2 g",
        "Validering og prøving",
        (
            Need("maal", "Mål for treffsikkerhet og robusthet", FILES),
            Need("grenser", "Grensene modellen er prøvd mot", FILES),
            Need("rapport", "Prøverapporten", FILES),
            Need("signert", "Hvem som har signert og godkjent modellen, og når", FILES),
            Need("grenser_godkjent", "Hvem som har godkjent grensene", APPROVER),
        ),
    ),
    Point("2 h", "Cybersikkerhet", (Need("sikkerhet", "Tiltakene", PROJECT),)),
    Point(
        "3",
        "Overvåking, virkemåte og kontroll",
        (
            Need("grupper", "Treffsikkerhet for grupper av personer", FILES),
            Need("begrensninger", "Evner og begrensninger", FILES),
            Need("utilsiktet", "Utilsiktede utfall og kilder til risiko", FILES),
            Need("kontroll", "Menneskelig kontroll i drift", PROJECT),
            Need("inndata", "Krav til inndata", FILES),
            Need("journalbevis", "Loggen, etterprøvd", FILES),
        ),
    ),
    Point("4", "Om målene passer", (Need("maal_passer", "Hvorfor disse målene", PROJECT),)),
    Point(
        "5",
        "Risikostyring etter artikkel 9",
        (
            Need("risikostyring", "Hvordan risiko styres", PROJECT),
            Need("risikoregister", "Risikoregisteret", FILES),
            Need("risikoregister_godkjent", "Hvem som har godkjent risikoene", APPROVER),
        ),
    ),
    Point(
        "6",
        "Endringer gjennom livsløpet",
        (
            Need("godkjenninger", "Modeller som er godkjent", FILES),
            Need("regelversjoner", "Versjoner av reglene", FILES),
            Need("endringslogg", "Endringer i systemet", FILES),
        ),
    ),
    Point(
        "7",
        "Standarder og løsninger",
        (
            Need("standarder", "Harmoniserte standarder som er brukt", PEOPLE),
            Need("loesninger", "Løsninger som oppfyller kravene i kapittel III avsnitt 2", PROJECT),
        ),
    ),
    Point(
        "8",
        "EU-samsvarserklæringen",
        (Need("samsvarserklaering", "Kopi av erklæringen (artikkel 47)", PEOPLE, file_wanted=True),),
    ),
    Point(
        "9",
        "Overvåking etter at systemet er tatt i bruk (artikkel 72)",
        (
            Need("overvaaking", "Hvordan systemet overvåkes", PROJECT),
            Need("overvaakingsplan", "Overvåkingsplanen", FILES),
            Need("overvaakingsplan_godkjent", "Hvem som har godkjent planen", APPROVER),
            Need("overvaaking_ansvar", "Hvem som har ansvaret, og melder alvorlige hendelser", PEOPLE),
        ),
    ),
)

NEEDS = {need.name: need for point in ANNEX for need in point.needs}
ANSWERED_IN_WORDS = tuple(n.name for n in NEEDS.values() if n.giver in {PROJECT, PEOPLE})
