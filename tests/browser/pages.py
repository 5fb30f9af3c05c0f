"""The list of pages: whatever stands here is held to everything in `test_every_page.py`."""

from dataclasses import dataclass

from models.canonical import digest_of
from models.text_file import text_path

FIRST_STEP = "/opplaering/3"
OWN_VIEW = "gruppe=TRENGER_VEILEDNING&vekt=UTDANNING"
CASE = "{case}"
"""Stands in an address for that of a stored answer which replaces another."""
BUNDLE = "{pakke}"
"""Stands for the digest of the bundle that was approved."""
TEXTS = digest_of(text_path("nb").read_bytes()).removeprefix("sha256:")
ID = "{id}"
"""The same case, in the auditors' house."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, what the service answers with, and the language it is asked in and says it is in."""

    name: str
    address: str
    status: int = 200
    spraak: str = "nb"


PAGES = (
    Listed("personer", "/"),
    Listed("person", "/personer/P08"),
    Listed("person-uten-forslag", "/personer/P14"),
    Listed("ukjent-person", "/personer/P99", status=404),
    Listed("opplaering", "/opplaering"),
    Listed("sak-eget-syn", FIRST_STEP),
    Listed("sak-uten-svar", f"{FIRST_STEP}?gruppe=", status=400),
    Listed("sak-forslag", f"{FIRST_STEP}?{OWN_VIEW}"),
    Listed("sak-hvordan-det-gikk", f"{FIRST_STEP}?{OWN_VIEW}&steg=3"),
    Listed("sak-ferdig", "/opplaering/ferdig"),
    Listed("ukjent-sak", "/opplaering/99", status=404),
    Listed("proevebenk", "/revisjon/proevebenk?person=P08"),
    Listed("begrunnelse-kort", f"{CASE}/begrunnelse?nivaa=kort"),
    Listed("begrunnelse-full", f"{CASE}/begrunnelse?nivaa=full"),
    Listed("innsyn", f"{CASE}/innsyn"),
    Listed("innsyn-engelsk", f"{CASE}/innsyn", spraak="en"),
    Listed("endring", f"{CASE}/endring"),
    Listed("revisjon-saker", "/revisjon"),
    Listed("revisjon-saker-feil", "/revisjon?fra=i+gaar", status=400),
    Listed("revisjon-sak", f"/revisjon/saker/{ID}"),
    Listed("revisjon-ukjent-sak", "/revisjon/saker/x", status=404),
    Listed("revisjon-moenstre", "/revisjon/moenstre"),
    Listed("revisjon-overvaaking", "/revisjon/overvaaking"),
    Listed("revisjon-overvaaking-del", "/revisjon/overvaaking/2"),
    Listed("revisjon-modeller", "/revisjon/modeller"),
    Listed("revisjon-modell", f"/revisjon/modeller/{BUNDLE}"),
    Listed("revisjon-modellkort", f"/revisjon/modeller/{BUNDLE}/3"),
    Listed("revisjon-tekster", "/revisjon/tekster"),
    Listed("revisjon-tekstutgave", f"/revisjon/tekster/{TEXTS}"),
    Listed("revisjon-endringer", "/revisjon/endringer"),
    Listed("revisjon-regler", "/revisjon/regler"),
    Listed("revisjon-regelverk", "/revisjon/regler/2026-2"),
    Listed("revisjon-risikoregister", "/revisjon/risikoregister"),
    Listed("revisjon-kontroll", "/revisjon/kontroll"),
)
