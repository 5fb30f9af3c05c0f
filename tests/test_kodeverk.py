"""The code lists: every code, named and defined in three languages, with its source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from profilering.errors import SetupError
from profilering.features import CATALOGUE
from profilering.innsatsgruppe import INNSATSGRUPPER
from serving.api.kodeverk_route import CODES, KODEVERK, read_kodeverk
from tests.builders import Caller, a_service
from tests.readability import BANNED


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Caller]:
    with a_service(tmp_path / "journal.sqlite") as caller:
        yield caller


def test_every_list_can_be_read_and_has_every_code(service: Caller) -> None:
    for navn, koder in CODES.items():
        response = service.get(f"/api/v1/kodeverk/{navn}")
        svar: dict[str, Any] = response.json()
        assert (response.status_code, svar["navn"]) == (200, navn)
        assert [each["kode"] for each in svar["koder"]] == [str(kode) for kode in koder]
        again = service.get(f"/api/v1/kodeverk/{navn}", **{"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_every_code_has_words_in_three_languages_and_a_source() -> None:
    for navn, svar in read_kodeverk().items():
        for each in svar.koder:
            assert each.kilde and each.navn.nb and each.navn.nn and each.navn.en
            assert (each.definisjon is None) == (navn == "opplysning")
            for spraak, texts in (("nb", each.navn.nb), ("nn", each.navn.nn), ("en", each.navn.en)):
                assert not BANNED[spraak].search(texts), texts


def test_an_opplysning_is_described_as_the_catalogue_has_it() -> None:
    listed = {each.kode: each.opplysning for each in read_kodeverk()["opplysning"].koder}
    for feature in CATALOGUE:
        told = listed[feature.name]
        assert told is not None
        assert (told.tema, told.enhet, told.hjemmel) == (feature.tema, feature.unit, feature.hjemmel)
        assert told.retning == feature.direction
        assert told.koder == (None if feature.categories is None else list(feature.categories))


def test_innsatsgrupper_stand_in_both_vocabularies() -> None:
    listed = {(each.kode, each.gammel_kode, each.navn.nb) for each in read_kodeverk()["innsatsgruppe"].koder}
    assert listed == {(gruppe.kode, gruppe.gammel_kode, gruppe.navn) for gruppe in INNSATSGRUPPER}


def test_a_list_that_is_none_is_unknown(service: Caller) -> None:
    for navn in ("personer", "12345678910", "Tema"):
        assert service.get(f"/api/v1/kodeverk/{navn}").status_code == 404


def test_a_code_without_words_stops_the_start(tmp_path: Path) -> None:
    text = KODEVERK.read_text("utf-8")
    lacking = tmp_path / "kodeverk.toml"
    lacking.write_text(text.replace("\nANNET = ", "\nNOE_ANNET = "), "utf-8")
    with pytest.raises(SetupError, match=r"grunn.*ANNET"):
        read_kodeverk(lacking)
