"""The contract's own examples: an invented person, shown in OpenAPI and run as a test."""

from types import MappingProxyType
from typing import Any

REQUEST: MappingProxyType[str, Any] = MappingProxyType(
    {
        "periodeId": "0b2f6c1e-3f0a-4f5e-9f4d-2f8f5b8a7d10",
        "erstatter": None,
        "opplysningerOmArbeidssoeker": {
            "id": "7c1e0a52-9d1f-4c27-8a53-5be2f0d3c611",
            "sendtInnAv": {"tidspunkt": "2026-05-12T08:14:00Z"},
            "utdanning": {"nus": "4", "bestaatt": "JA", "godkjent": "JA"},
            "helse": {"helsetilstandHindrerArbeid": "NEI"},
            "jobbsituasjon": {
                "beskrivelser": [
                    {
                        "beskrivelse": "HAR_BLITT_SAGT_OPP",
                        "detaljer": {"stilling_styrk08": "7223", "prosent": "100"},
                    }
                ]
            },
            "annet": {"andreForholdHindrerArbeid": "NEI"},
        },
        "person": {"foedselsaar": 1988, "fylke": "46"},
        "historikk": {
            "arbeidsforhold": [
                {
                    "startdato": "2019-08-01",
                    "sluttdato": "2026-05-01",
                    "stillingsprosent": 100,
                    "styrk08": "7223",
                }
            ],
            "ytelser": [{"ytelse": "SYKEPENGER", "fom": "2024-01-10", "tom": "2024-02-20"}],
            "tidligerePerioder": [{"startet": "2017-02-01", "avsluttet": "2017-06-15"}],
            "tiltak": [],
        },
        "soekerYtelse": [],
        "oenskerArbeidsevnevurdering": False,
        "egenvurdering": None,
        "enhet": "0315",
    }
)

ANSWER: MappingProxyType[str, Any] = MappingProxyType(
    {
        "id": "f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071",
        "periodeId": "0b2f6c1e-3f0a-4f5e-9f4d-2f8f5b8a7d10",
        "opplysningerOmArbeidssoekerId": "7c1e0a52-9d1f-4c27-8a53-5be2f0d3c611",
        "opprettet": "2026-05-12T08:14:01Z",
        "erVedtak": False,
        "forslag": {
            "kode": "SITUASJONSBESTEMT_INNSATS",
            "navn": "Trenger veiledning (situasjonsbestemt innsats)",
            "aktuelleInnsatsgrupper": [
                {
                    "kode": "TRENGER_VEILEDNING",
                    "gammelKode": "SITUASJONSBESTEMT_INNSATS",
                    "navn": "Trenger veiledning",
                }
            ],
            "kreverArbeidsevnevurdering": False,
            "regel": "FORHOEYET_ANSLAG",
            "grensetilfelle": True,
            "merknader": [],
        },
        "anslag": [
            {
                "utfall": "LANGVARIG_STOENAD",
                "horisontMaaneder": 18,
                "avHundre": 31,
                "lav": 26,
                "hoey": 37,
                "alleAvHundre": 21,
                "grunnlagAntall": 500,
                "bidrag": [
                    {
                        "tema": "ARBEIDSERFARING",
                        "type": "RESSURS",
                        "retning": "NED",
                        "styrke": "MYE",
                        "tekst": "Har hatt lønnet arbeid i 9 av de siste 12 månedene.",
                        "kilde": "Aa-registeret",
                    }
                ],
                "andreBidrag": {"antall": 11, "retning": "OPP", "styrke": "LITE"},
            }
        ],
        "begrunnelse": {
            "spraak": "nb",
            "avsnitt": [
                {
                    "overskrift": "Hva viser tallene?",
                    "tekst": "Tenk deg 100 personer som modellen vurderer likt.",
                }
            ],
        },
        "vetIkke": ["OENSKER", "UREGISTRERTE_PLANER"],
        "mangler": [],
        "motstrid": [],
        "egenvurdering": None,
        "dagensRegel": "ANTATT_GODE_MULIGHETER",
        "versjoner": {"modell": "2026-1", "policy": "2026-1", "tekster": "3", "skjema": "2"},
        "journal": {
            "nummer": 48211,
            "digest": "sha256:9f2c1b7e0d4a5c6f8e9b0a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6",
        },
    }
)
