"""Whether a caller who was written for one contract can live with another: every break, by name.

A schema is a set of values. What a caller may send must stay within what the service takes; what
the service says must stay within what the caller can read, who passes over fields it does not know.
So both are one question: is every value of one schema a value of the other? What this check cannot
read it refuses (ValueError) rather than lets pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]

ANNOTATIONS = frozenset({"title", "description", "example", "examples", "deprecated"})
STRUCTURE = frozenset({"type", "enum", "const", "properties", "required", "additionalProperties", "items"})
AT_LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
AT_MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
AS_IT_WAS = frozenset({"pattern", "format", "multipleOf", "uniqueItems"})
"""Which of two patterns takes more, nobody can tell in general."""
CHOICES = ("anyOf", "oneOf")
READABLE = {*ANNOTATIONS, *STRUCTURE, *AT_LEAST, *AT_MOST, *AS_IT_WAS, *CHOICES, "$ref", "default"}
EVERY_KIND = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def breaking_changes(before: Json, after: Json) -> list[str]:
    """What in `after` breaks who was written for `before`; both are OpenAPI 3.1 documents.

    A new code in an answer counts, for a caller may have no words for it; a new refusal does not.
    """
    return sorted(set(_paths(before, after)))


def _paths(before: Json, after: Json) -> Iterator[str]:
    for path, methods in before["paths"].items():
        for method in (method for method in METHODS if method in methods):
            where = f"{method.upper()} {path}"
            now = after["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where} is gone"
                continue
            yield from _access(where, _shown(before, methods[method]), _shown(after, now))
            for role in set(methods[method].get("x-roller", ())) - set(now.get("x-roller", ())):
                yield f"{where}: no longer for {role}"
            sent = Compared(before, after, answers=False)
            yield from _parameters(where, methods[method], now, sent)
            yield from _body(where, methods[method].get("requestBody"), now.get("requestBody"), sent)
            said = Compared(before, after, answers=True)
            yield from _answers(where, methods[method]["responses"], now["responses"], said)


def _shown(document: Json, operation: Json) -> list[Any]:
    """What a caller must show: which schemes, and what each is."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    choices = operation.get("security", document.get("security", []))
    return [
        {name: (scopes, _bare(schemes.get(name, {}))) for name, scopes in choice.items()}
        for choice in choices
    ]


def _bare(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def _access(where: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    if before != after:
        yield f"{where}: what a caller must show is another"


def _parameters(where: str, before: Json, after: Json, sent: "Compared") -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    for place, name in old.keys() - new.keys():
        yield f"{where}: {place} {name} is gone"
    for (place, name), parameter in new.items():
        was = old.get((place, name), {})
        if parameter.get("required", False) and not was.get("required", False):
            yield f"{where}: {place} {name} must be sent now"
        if was:
            yield from sent.breaks(f"{where}: {place} {name}", was["schema"], parameter["schema"])


def _by_name(operation: Json) -> dict[tuple[str, str], Json]:
    """The parameters by place and name; the case of a header's name says nothing."""
    listed = operation.get("parameters", [])
    return {(one["in"], one["name"].lower() if one["in"] == "header" else one["name"]): one for one in listed}


def _body(where: str, before: Json | None, after: Json | None, sent: "Compared") -> Iterator[str]:
    if (after or {}).get("required", False) and not (before or {}).get("required", False):
        yield f"{where}: a body must be sent now"
    yield from _contents(f"{where} request", before or {}, after or {}, sent)


def _answers(where: str, before: Json, after: Json, said: "Compared") -> Iterator[str]:
    for status in after.keys() - before.keys():
        if not status.startswith(("4", "5")):
            yield f"{where} {status} is a new answer"
    for status, answer in before.items():
        if status not in after:
            yield f"{where} {status} is gone"
            continue
        yield from _headers(f"{where} {status}", answer, after[status], said)
        yield from _contents(f"{where} {status}", answer, after[status], said)


def _headers(where: str, before: Json, after: Json, said: "Compared") -> Iterator[str]:
    now = {name.lower(): header for name, header in after.get("headers", {}).items()}
    for name, header in before.get("headers", {}).items():
        kept = now.get(name.lower())
        if kept is None:
            yield f"{where}: header {name} is gone"
            continue
        if header.get("required", False) and not kept.get("required", False):
            yield f"{where}: header {name} may be missing now"
        yield from said.breaks(f"{where}: header {name}", header["schema"], kept["schema"])


def _contents(where: str, before: Json, after: Json, compared: "Compared") -> Iterator[str]:
    now = after.get("content", {})
    for media, content in before.get("content", {}).items():
        if media not in now:
            yield f"{where}: {media} is gone"
        else:
            yield from compared.breaks(where, content.get("schema", {}), now[media].get("schema", {}))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two documents, in one direction: what is sent to the service, or what it answers."""

    before: Json
    after: Json
    answers: bool

    def breaks(self, where: str, before: Json, after: Json) -> Iterator[str]:
        """In which ways a value of the one schema may be none of the other."""
        old, new = list(_choices(before, self.before)), list(_choices(after, self.after))
        inner, outer = (new, old) if self.answers else (old, new)
        verdict = "was not there before" if self.answers else "is no longer taken"
        for one in inner:
            pairs = [(other, one) if self.answers else (one, other) for other in outer if _fits(one, other)]
            found = [list(self._single(where, *pair)) for pair in pairs]
            if not found:
                yield f"{where}: {'/'.join(sorted(_kinds(one)))} {verdict}"
            yield from min(found, key=len, default=[])

    def _single(self, where: str, before: Json, after: Json) -> Iterator[str]:
        """The same of two schemas without choices."""
        inner, outer = (after, before) if self.answers else (before, after)
        allowed, possible = _codes(outer), _codes(inner)
        if allowed is not None and possible is None:
            yield f"{where}: any value instead of a code" if self.answers else f"{where}: only codes now"
        for code in sorted((possible or set()) - (allowed or possible or set())):
            yield f"{where}: new code {code}" if self.answers else f"{where}: code {code} is no longer taken"
        for key in outer.keys() & (AT_LEAST | AT_MOST | AS_IT_WAS):
            if not _is_within(key, inner.get(key), outer[key]):
                yield f"{where}: {key} was {before.get(key)}, is {after.get(key)}"
        if {"default"} <= before.keys() & after.keys() and before["default"] != after["default"]:
            yield f"{where}: stands for {after['default']} when left out, before {before['default']}"
        if "items" in outer:
            yield from self.breaks(f"{where}/-", before.get("items", {}), after.get("items", {}))
        yield from self._fields(where, before, after)

    def _fields(self, where: str, before: Json, after: Json) -> Iterator[str]:
        old, new = before.get("properties", {}), after.get("properties", {})
        for name in old.keys() - new.keys():
            yield f"{where}/{name} is gone"
        for name in old.keys() & new.keys():
            yield from self.breaks(f"{where}/{name}", old[name], new[name])
        needed_before, needed_now = set(before.get("required", ())), set(after.get("required", ()))
        if self.answers:
            for name in (needed_before - needed_now) & new.keys():
                yield f"{where}/{name} may be missing now"
            return
        for name in needed_now - needed_before:
            yield f"{where}/{name} must be sent now"
        rest = after.get("additionalProperties", True)
        if rest is not True and rest != before.get("additionalProperties", True):
            yield f"{where}: takes fewer fields than those it names"


def _choices(schema: Json, document: Json) -> Iterator[Json]:
    """The schema as alternatives without references, each of one type or of none said."""
    unknown = [key for key in schema.keys() - READABLE if not key.startswith("x-")]
    if unknown:
        raise ValueError(f"the check cannot read {sorted(unknown)} in a schema; teach it to")
    rest = {key: value for key, value in schema.items() if key not in (*CHOICES, "$ref")}
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        yield from _choices({**document["components"]["schemas"][name], **rest}, document)
    elif choices := [choice for key in CHOICES for choice in schema.get(key, ())]:
        for choice in choices:
            yield from _choices({**rest, **choice}, document)
    elif isinstance(schema.get("type"), list):
        yield from ({**schema, "type": kind} for kind in schema["type"])
    else:
        yield schema


def _kinds(schema: Json) -> frozenset[str]:
    kind = schema.get("type")
    if kind is None:
        return EVERY_KIND
    return frozenset({"integer", "number"}) if kind == "number" else frozenset({kind})


def _fits(inner: Json, outer: Json) -> bool:
    return _kinds(inner) <= _kinds(outer)


def _codes(schema: Json) -> set[str] | None:
    """The only values there may be, spelled out; None where others may be."""
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(code) for code in schema["enum"]} if "enum" in schema else None


def _is_within(key: str, inner: Any, outer: Any) -> bool:
    """Whether the inner schema's limit keeps its values within the outer's."""
    if inner is None:
        return key in ("minLength", "minItems") and outer == 0
    if key in AT_LEAST:
        return bool(inner >= outer)
    return bool(inner <= outer) if key in AT_MOST else bool(inner == outer)
