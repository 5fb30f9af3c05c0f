"""Read TOML tables into frozen dataclasses: every key is wanted, no other is accepted."""

import dataclasses
import tomllib
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from profilering.errors import CallerError

Section = TypeVar("Section")


class ConfigError(CallerError):
    """A configuration its owner must mend; the message names the key."""


def read_toml(path: Path) -> dict[str, Any]:
    """Parse one TOML file. Raises ConfigError if it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise ConfigError(f"cannot read the configuration {path}: {fault}") from fault


def override(table: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace existing keys, named by dotted paths, in a copy. Raises ConfigError for an unknown key."""
    changed = table
    for path, value in values.items():
        changed = _replace(changed, path.split("."), value, path)
    return changed


def _replace(table: dict[str, Any], keys: list[str], value: Any, path: str) -> dict[str, Any]:
    key, rest = keys[0], keys[1:]
    if key not in table:
        raise ConfigError(f"unknown key {path}{_nearest(key, table)}")
    if not rest:
        return {**table, key: value}
    if not isinstance(table[key], dict):
        raise ConfigError(f"unknown key {path}: {key} is a value, not a table")
    return {**table, key: _replace(table[key], rest, value, path)}


def build(kind: type[Section], table: Any, where: str = "config") -> Section:
    """Make one dataclass of a table; `where` is the dotted path for messages. Raises ConfigError."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table, is {type(table).__name__}")
    hints = get_type_hints(kind)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise ConfigError(f"unknown key {where}.{unknown[0]}{_nearest(unknown[0], hints)}")
    missing = sorted(set(hints) - set(table))
    if missing:
        raise ConfigError(f"missing key {where}.{missing[0]}")
    return kind(**{name: _value(hint, table[name], f"{where}.{name}") for name, hint in hints.items()})


def _value(hint: Any, raw: Any, where: str) -> Any:
    if hasattr(hint, "from_table"):
        return hint.from_table(raw, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, raw, where)
    if get_origin(hint) is tuple:
        return _sequence(get_args(hint), raw, where)
    if get_origin(hint) is Mapping:
        if not isinstance(raw, dict):
            raise ConfigError(f"{where} must be a table, is {type(raw).__name__}")
        return {key: _value(get_args(hint)[1], value, f"{where}.{key}") for key, value in raw.items()}
    return _scalar(hint, raw, where)


def _sequence(args: tuple[Any, ...], raw: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        raise ConfigError(f"{where} must be a list, is {type(raw).__name__}")
    if args[-1] is not Ellipsis and len(raw) != len(args):
        raise ConfigError(f"{where} must have {len(args)} values, has {len(raw)}")
    kinds = [args[0]] * len(raw) if args[-1] is Ellipsis else list(args)
    pairs = enumerate(zip(kinds, raw, strict=True))
    return tuple(_value(kind, item, f"{where}[{i}]") for i, (kind, item) in pairs)


def _scalar(kind: Any, raw: Any, where: str) -> Any:
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    wanted = {float: "a number", int: "a whole number", str: "a text", date: "a date"}
    if type(raw) is not kind:
        raise ConfigError(f"{where} must be {wanted[kind]}, is {type(raw).__name__}")
    return raw


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known keys: {', '.join(known)}"
