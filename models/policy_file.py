"""Reading the dated policy files a jurist approves (`models/policies/*.toml`)."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from profilering.errors import SetupError
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Policy, Regel, RegelKode
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse
from profilering.risk import Outcome

POLICIES = Path(__file__).parent / "policies"
TOP = {"versjon", "gjelder_fra", "godkjent_av", "regel", "styrke"}


def policy_path(versjon: str, policies: Path = POLICIES) -> Path:
    """Where the policy of this version lies."""
    return policies / f"{versjon}.toml"


def read_policy_version(versjon: str, policies: Path = POLICIES) -> Policy:
    """Read the policy of this version. Raises SetupError, also when its file says another version."""
    policy = read_policy(policy_path(versjon, policies))
    if policy.versjon != versjon:
        raise SetupError(f"policy {versjon}.toml says it is version {policy.versjon}; name the file after it")
    return policy


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
    return Policy(
        versjon=str(table["versjon"]),
        godkjent_av=str(table["godkjent_av"]),
        regler=tuple(_regel(rule) for rule in rules),
        styrke_mye=float(strength["mye"]),
        styrke_noe=float(strength["noe"]),
    )


def _regel(rule: Mapping[str, object]) -> Regel:
    kode = RegelKode(str(rule["kode"]))
    _refuse_unknown(f"regel {kode}", rule, set(SETTINGS))
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


SETTINGS: Mapping[str, tuple[type, Callable[[Any], object]]] = {
    "kode": (str, RegelKode),
    "forslag": (str, ForslagKode),
    "kilde": (str, str),
    "forklaring": (str, str),
    "ytelser": (list, lambda codes: frozenset(map(Livsoppholdsytelse, codes))),
    "svar": (list, lambda codes: frozenset(map(JaNeiVetIkke, codes))),
    "minst_svar": (int, int),
    "minst_registre": (int, int),
    "innenfor": (list, tuple),
    "utfall": (str, Outcome),
    "kostnadsforhold": (float, float),
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
