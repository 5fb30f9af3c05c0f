"""The code lists of the contract, for whoever shows the codes: three languages, definition and source."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.canonical import digest_of
from models.text_file import LANGUAGES, read_tekster, text_path
from profilering.anslag import Retning, Styrke
from profilering.errors import SetupError
from profilering.features.catalogue import Feature
from profilering.innsatsgruppe import INNSATSGRUPPER, ForslagKode
from profilering.policy import MerknadKode
from profilering.risk import Outcome
from profilering.tekster import FEATURES, Tekster
from profilering.tema import TYPE_OF, Tema, TemaType
from profilering.vurdering import GrunnKode
from serving.api.negotiation import is_known
from serving.api.openapi import ETAG, RouteDocs, refusals_of
from serving.wire.codes import WireRegel
from serving.wire.kodeverk_schemas import LIST, KatalogUt, KodeUtvidet, KodeverkSvar, TreSpraak
from serving.wire.problems import NOT_FOUND, OUR_FAULT, RefusedError

KODEVERK = Path(__file__).parent / "kodeverk.toml"
CODES: Mapping[str, Sequence[str]] = {
    "innsatsgruppe": [gruppe.kode for gruppe in INNSATSGRUPPER],
    "forslag": list(ForslagKode),
    "regel": list(WireRegel),
    "tema": list(Tema),
    "tematype": list(TemaType),
    "utfall": list(Outcome),
    "grunn": list(GrunnKode),
    "merknad": list(MerknadKode),
    "styrke": list(Styrke),
    "retning": list(Retning),
    "opplysning": list(FEATURES),
}
"""Every list and all of its codes, in the order they are shown."""
NAMED_IN_TEXTS = {"forslag": "forslag", "tema": "tema", "styrke": "ord", "retning": "ord"}
"""The lists whose names stand in a section of the reviewed texts: nothing is named in two places."""
OLD_CODES = {gruppe.kode: gruppe.gammel_kode for gruppe in INNSATSGRUPPER}
LIST_NAME = {
    "name": "navn",
    "in": "path",
    "required": True,
    "description": "Name of the list.",
    "schema": {"type": "string", "enum": list(CODES)},
    "example": "innsatsgruppe",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag the caller has; * stands for any.",
    "schema": {"type": "string"},
    "example": "*",
}
DOCS: RouteDocs = {
    "responses": {
        200: {
            "description": "The list.",
            "headers": {"ETag": ETAG},
            "content": {"application/json": {"example": LIST}},
        },
        304: {"description": "The caller has this list already (`If-None-Match`)."},
        **refusals_of(NOT_FOUND, OUR_FAULT),
    },
    "openapi_extra": {"parameters": [LIST_NAME, IF_NONE_MATCH]},
}


def kodeverk_routes() -> APIRouter:
    """The route of the code lists, each written out once. Raises SetupError for a code without words."""
    router = APIRouter(prefix="/api/v1", tags=["kodeverk"])
    lists = {navn: svar.model_dump_json(by_alias=True).encode() for navn, svar in read_kodeverk().items()}

    @router.get("/kodeverk/{navn}", response_model=KodeverkSvar, **DOCS)
    async def get_kodeverk(request: Request) -> Response:
        """Read one list of codes: names and definitions in three languages, with their source."""
        body = lists.get(request.path_params["navn"])
        if body is None:
            raise RefusedError(NOT_FOUND)
        return unchanging(request, body)

    return router


def unchanging(request: Request, body: bytes) -> Response:
    """JSON about the service and nobody in particular; 304 where the caller has it."""
    etag = f'"{digest_of(body)}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_known(etag, request):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


@cache
def read_kodeverk(path: Path = KODEVERK) -> Mapping[str, KodeverkSvar]:
    """Read every list, once. Raises SetupError for a code without words, and for words without a code."""
    words = _Words(
        tomllib.loads(path.read_text("utf-8")),
        [read_tekster(text_path(spraak)) for spraak in LANGUAGES],
    )
    for navn in CODES.keys() | words.table.keys():
        differ = sorted(set(CODES.get(navn, ())) ^ words.table.get(navn, {}).keys())
        if differ:
            raise SetupError(f"{path.name}: list {navn} and its codes in the program differ in {differ}")
    lists = {navn: [words.code(navn, str(kode)) for kode in koder] for navn, koder in CODES.items()}
    return MappingProxyType({navn: KodeverkSvar(navn=navn, koder=koder) for navn, koder in lists.items()})


@dataclass(frozen=True, slots=True)
class _Words:
    """What is written about the codes, in the file and in the reviewed texts."""

    table: Mapping[str, Mapping[str, Mapping[str, Any]]]
    tekster: Sequence[Tekster]  # in the order of LANGUAGES

    def code(self, navn: str, kode: str) -> KodeUtvidet:
        written, feature = self.table[navn][kode], FEATURES[kode] if navn == "opplysning" else None
        section = NAMED_IN_TEXTS.get(navn)
        names = [tekster.get(section, kode) for tekster in self.tekster] if section else written["navn"]
        definition = written.get("definisjon")
        return KodeUtvidet.model_construct(
            kode=kode,
            navn=_in_three(names),
            definisjon=None if definition is None else _in_three(definition),
            kilde=self.tekster[0].get("kilde", feature.grunnlag) if feature else written["kilde"],
            gammel_kode=OLD_CODES.get(kode) if navn == "innsatsgruppe" else None,
            type=TYPE_OF[Tema(kode)] if navn == "tema" else None,
            opplysning=_of_catalogue(feature) if feature else None,
        )


def _in_three(texts: Sequence[str]) -> TreSpraak:
    return TreSpraak(**dict(zip(LANGUAGES, texts, strict=True)))


def _of_catalogue(feature: Feature) -> KatalogUt:
    return KatalogUt.model_construct(
        tema=feature.tema,
        enhet=feature.unit,
        hjemmel=feature.hjemmel,
        retning=feature.direction,
        koder=None if feature.categories is None else list(feature.categories),
    )
