"""Reading the dated policy files a jurist approves (`models/policies/*.toml`)."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from profilering.errors import SetupError
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Merknad, MerknadKode, Policy, Regel, RegelKode, Totrinn
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse
from profilering.risk import Outcome

POLICIES = Path(__file__).parent / "policies"
TOP = {"versjon", "gjelder_fra", "godkjent_av", "regel", "styrke", "merknad", "totrinn"}
OFFICE = re.compile("[0-9]{4}")


def policy_path(versjon: str, policies: Path = POLICIES) -> Path:
    """Where the policy of this version lies."""
    return policies / f"{versjon}.toml"


def read_policy_version(versjon: str, policies: Path = POLICIES) -> Policy:
    """Read the policy of this version. Raises SetupError, also when its file says another version."""
    if not (path := policy_path(versjon, policies)).is_file():
        there = ", ".join(sorted(found.stem for found in policies.glob("*.toml")))
        raise SetupError(f"policy {path.name} cannot be read: it is not there, only {there or 'nothing'}")
    policy = read_policy(path)
    if policy.versjon != versjon:
        raise SetupError(f"policy {versjon}.toml says it is version {policy.versjon}; name the file after it")
    return policy


def newest_policy(as_of: date, policies: Path = POLICIES) -> str:
    """The version that came into force last, on this day or before; of one day's, the highest name.

    Raises SetupError when a file cannot be read, or none is in force.
    """
    found = [read_policy_version(path.stem, policies) for path in policies.glob("*.toml")]
    in_force = [policy for policy in found if policy.gjelder_fra <= as_of]
    if not in_force:
        raise SetupError(f"no policy in {policies} is in force on {as_of}; name a version")
    return max(in_force, key=lambda policy: (policy.gjelder_fra, _numbers(policy.versjon))).versjon


def _numbers(versjon: str) -> tuple[int, ...]:
    """A version as numbers, so that 2026-10 comes after 2026-9."""
    return tuple(map(int, re.findall("[0-9]+", versjon)))


def read_policy(path: Path) -> Policy:
    """Read one policy. Raises SetupError saying what in the file is wrong and what to do."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SetupError(f"policy {path.name} cannot be read: {problem}") from None
    try:
        return _policy(table)
    except KeyError as missing:
        raise SetupError(f"policy {path.name} has no key {missing}; write it") from None
    except (ValueError, TypeError, AttributeError) as problem:
        raise SetupError(f"policy {path.name}: {problem}; mend the file, code is not changed") from None


def _policy(table: Mapping[str, object]) -> Policy:
    _refuse_unknown("policy", table, TOP)
    rules, strength = table["regel"], table["styrke"]
    if not isinstance(rules, list) or not isinstance(strength, dict):
        raise ValueError("regel must be a list of tables and styrke a table")
    _refuse_unknown("styrke", strength, {"kilde", "mye", "noe"})
    if not table["godkjent_av"] or not strength["kilde"]:
        raise ValueError("godkjent_av and styrke.kilde must be written")
    if type(table["gjelder_fra"]) is not date:
        raise ValueError("gjelder_fra is written as a day, like 2026-11-22")
    merknader = table.get("merknad", [])
    if not isinstance(merknader, list):
        raise ValueError("merknad must be a list of tables")
    return Policy(
        versjon=str(table["versjon"]),
        gjelder_fra=table["gjelder_fra"],
        godkjent_av=str(table["godkjent_av"]),
        regler=tuple(_regel(rule) for rule in rules),
        styrke_mye=float(strength["mye"]),
        styrke_noe=float(strength["noe"]),
        styrke_kilde=str(strength["kilde"]),
        merknader=tuple(_merknad(merknad) for merknad in merknader),
        totrinn=_totrinn(table.get("totrinn", {})),
    )


def _regel(rule: Mapping[str, object]) -> Regel:
    kode = RegelKode(str(rule["kode"]))
    _refuse_unknown(f"regel {kode}", rule, EVERY_RULE | READ_BY.get(kode, set()))
    if not rule["kilde"]:
        raise ValueError(f"regel {kode} has no kilde; every rule names its source")
    settings = {key: _setting(key, value) for key, value in rule.items()}
    regel = Regel(**settings)  # type: ignore[arg-type]  # each setting is typed by _setting
    if (regel.utfall is None) != (regel.kostnadsforhold is None):
        raise ValueError(f"regel {kode} needs both utfall and kostnadsforhold, or neither")
    if regel.kostnadsforhold is not None and not 0 < regel.kostnadsforhold < 100:
        raise ValueError(
            f"regel {kode} has kostnadsforhold {regel.kostnadsforhold}; it lies between 0 and 100"
        )
    return regel


def _merknad(table: Mapping[str, object]) -> Merknad:
    kode = MerknadKode(str(table["kode"]))
    _refuse_unknown(f"merknad {kode}", table, {"kode", "kilde", "forklaring", "opplysning", "minst", "under"})
    words = {key: str(table[key]) for key in ("kilde", "forklaring", "opplysning")}
    if empty := sorted(key for key, text in words.items() if not text):
        raise ValueError(f"merknad {kode} has no {empty}; every note says what it is and names its source")
    limits = {key: _setting("minst_svar", table[key]) for key in ("minst", "under") if key in table}
    return Merknad(kode, **words, **limits)  # type: ignore[arg-type]  # whole numbers, by _setting


def _totrinn(table: object) -> Totrinn:
    if not isinstance(table, dict):
        raise ValueError("totrinn must be a table")
    _refuse_unknown("totrinn", table, {"kilde", "enheter", "uten_enhet"})
    if not table:
        return Totrinn()
    enheter, uten_enhet = table["enheter"], table["uten_enhet"]
    if not table["kilde"]:
        raise ValueError("totrinn has no kilde; every rule names its source")
    if not isinstance(enheter, list) or not all(isinstance(e, str) and OFFICE.fullmatch(e) for e in enheter):
        raise ValueError('totrinn.enheter is a list of office numbers, like ["0315"]')
    if type(uten_enhet) is not bool:
        raise ValueError("totrinn.uten_enhet is true or false")
    return Totrinn(frozenset(enheter), uten_enhet, str(table["kilde"]))


EVERY_RULE = {"kode", "forslag", "kilde", "forklaring", "grunn_for_grensen"}
READ_BY: Mapping[RegelKode, set[str]] = {
    RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING: {"ytelser"},
    RegelKode.OPPGITT_HELSEHINDRING: {"svar"},
    RegelKode.FOR_LITE_GRUNNLAG: {"minst_svar", "minst_registre", "hoeyst_motstrid"},
    RegelKode.UTENFOR_MODELLEN: {"innenfor", "innenfor_naar_kjent"},
    RegelKode.FORHOEYET_ANSLAG_HELSE: {"utfall", "kostnadsforhold"},
    RegelKode.FORHOEYET_ANSLAG: {"utfall", "kostnadsforhold"},
}
"""The settings each rule acts on; another one in its table would say what never happens."""

SETTINGS: Mapping[str, tuple[type, Callable[[Any], object]]] = {
    "kode": (str, RegelKode),
    "forslag": (str, ForslagKode),
    "kilde": (str, str),
    "forklaring": (str, str),
    "ytelser": (list, lambda codes: frozenset(map(Livsoppholdsytelse, codes))),
    "svar": (list, lambda codes: frozenset(map(JaNeiVetIkke, codes))),
    "minst_svar": (int, int),
    "minst_registre": (int, int),
    "hoeyst_motstrid": (int, int),
    "innenfor": (list, tuple),
    "innenfor_naar_kjent": (list, tuple),
    "utfall": (str, Outcome),
    "kostnadsforhold": (float, float),
    "grunn_for_grensen": (str, str),
}
"""How each setting is written in TOML, and what it becomes."""


def _setting(key: str, value: object) -> object:
    written, become = SETTINGS[key]
    if type(value) is not written:
        raise ValueError(f"{key} is written as {written.__name__}, not {type(value).__name__}")
    return become(value)


def _refuse_unknown(where: str, table: Mapping[str, object], known: set[str]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1)
            raise ValueError(
                f"{where} has the unknown key {key}" + (f"; did you mean {near[0]}?" if near else "")
            )
