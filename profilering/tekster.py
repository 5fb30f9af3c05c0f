"""The reviewed sentences, as a value: wording is data with an owner, never code."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from profilering.errors import SetupError
from profilering.features.catalogue import CATALOGUE, Feature

FEATURES = {feature.name: feature for feature in CATALOGUE}
ITEMS_IN_A_SENTENCE = 3
"""Longer lists make sentences of more than twenty words."""


@dataclass(frozen=True, slots=True)
class Tekster:
    """The sentences of one language, by section and key (see `texts/nb.toml`)."""

    spraak: str
    versjon: str
    sections: Mapping[str, Mapping[str, str]]
    utfall: Mapping[str, Mapping[str, str]]
    opplysning: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        """Every feature has a sentence for every value. Raises SetupError naming what is not there."""
        for feature in CATALOGUE:
            lines = self.opplysning.get(feature.name, {})
            wanted = ["mangler", *(feature.categories or ())]
            lacking = [
                key for key in wanted if key not in lines and (key == "mangler" or "tekst" not in lines)
            ]
            if lacking:
                raise SetupError(
                    f"texts {self.spraak}: opplysning.{feature.name} lacks {lacking}; write them"
                )

    def get(self, section: str, key: str, **values: object) -> str:
        """One fixed sentence, filled in. Raises SetupError when it does not exist."""
        try:
            return self.sections[section][key].format(**values)
        except KeyError as missing:
            raise SetupError(f"texts {self.spraak}: {section}.{key} lacks {missing}; write it") from None

    def counted(self, key: str, n: int, **values: object) -> str:
        """A fixed sentence about a number: "key_1" where one has a form of its own, else "key"."""
        own = f"{key}_{n}"
        return self.get("fast", own if own in self.sections["fast"] else key, n=n, **values)

    def fact(self, name: str, value: int | None) -> str:
        """The sentence that states one opplysning with its value."""
        lines = self.opplysning[name]
        key = _key(FEATURES[name], value)
        if key in lines:
            return lines[key]
        if value is not None and value < 0 and "tekst_under_null" in lines:
            return lines["tekst_under_null"].format(n=-value)
        if "tekst" not in lines:
            raise SetupError(f"texts {self.spraak}: opplysning.{name} has no sentence for {key}; write it")
        return lines["tekst"].format(n=value)

    def about_facts(self, key: str, facts: Sequence[str]) -> str:
        """Sentences that list facts by name, a few in each."""
        names = [self.get("fakta", fact) for fact in facts]
        chunks = [names[i : i + ITEMS_IN_A_SENTENCE] for i in range(0, len(names), ITEMS_IN_A_SENTENCE)]
        return " ".join(self.get("fast", key, liste=self._joined(chunk)) for chunk in chunks)

    def _joined(self, names: Sequence[str]) -> str:
        if len(names) == 1:
            return names[0]
        return f"{', '.join(names[:-1])} {self.get('ord', 'og')} {names[-1]}"


def tekster_of(table: Mapping[str, object]) -> Tekster:
    """Read the parsed file of one language. Raises SetupError when it is not of the known shape."""
    sections: dict[str, dict[str, str]] = {}
    nested: dict[str, dict[str, dict[str, str]]] = {"utfall": {}, "opplysning": {}}
    for name, content in table.items():
        if not isinstance(content, dict):
            continue
        if name in nested:
            nested[name] = {key: _strings(f"{name}.{key}", value) for key, value in content.items()}
        else:
            sections[name] = _strings(name, content)
    return Tekster(
        str(table["spraak"]), str(table["versjon"]), sections, nested["utfall"], nested["opplysning"]
    )


def hold_together(tekster: Mapping[str, Tekster]) -> None:
    """Hold languages to the same sentences with the same blanks, so that none ever falls back on another.

    `tekster` by the language each is meant to be. Raises SetupError naming language and sentence.
    """
    lines = {spraak: dict(_lines(each)) for spraak, each in tekster.items()}
    everything = {path: blanks for each in lines.values() for path, blanks in each.items()}
    for spraak, own in lines.items():
        if tekster[spraak].spraak != spraak:
            raise SetupError(f"texts {spraak}: the file says spraak = {tekster[spraak].spraak}; mend it")
        for path, blanks in everything.items():
            if path not in own:
                raise SetupError(f"texts {spraak}: {path} is not there, but in another language; write it")
            if own[path] != blanks:
                raise SetupError(
                    f"texts {spraak}: {path} has the blanks {sorted(own[path])}, "
                    f"another language {sorted(blanks)}; use the same"
                )


def _lines(tekster: Tekster) -> Iterator[tuple[str, frozenset[str]]]:
    """The path of every sentence with the blanks in it."""
    tables = {"": tekster.sections, "utfall.": tekster.utfall, "opplysning.": tekster.opplysning}
    for prefix, table in tables.items():
        for name, sentences in table.items():
            for key, sentence in sentences.items():
                path, blanks = f"{prefix}{name}.{key}", defaultdict[str, str](str)
                try:
                    sentence.format_map(blanks)  # a blank that is asked for stands in the mapping afterwards
                except ValueError as fault:
                    raise SetupError(f"texts {tekster.spraak}: {path} cannot be filled in: {fault}") from None
                yield path, frozenset(blanks)


def _strings(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise SetupError(f"texts: {name} must be a table of sentences")
    return dict(value)


def _key(feature: Feature, value: int | None) -> str:
    if value is None:
        return "mangler"
    return feature.categories[value] if feature.categories else str(value)
