"""What a text for people must be, in each language: light, whole, without the words that are not used.

LIX = words per sentence + 100 × words of more than six letters per word (C. H. Björnsson, *Läsbarhet*,
1968). Counted here over the text of all sections together, headings left out. A word holds at least one
letter or digit; a sentence ends with a full stop, question mark or exclamation mark. Each line of a list
ends with a full stop and is thus a sentence of its own, as a reader takes it; its dash is no word.

Björnsson measured Swedish, and his bands are read the same for bokmål and nynorsk. English splits the
compounds that make Nordic words long ("benefit case" for "stønadssak"), so the same LIX means somewhat
harder English: 35 there is a limit against long sentences and Latin words, not a school year.
"""

import re
from collections.abc import Mapping

LANGUAGES = ("nb", "nn", "en")
MOST_WORDS = 20
"""No sentence is longer (explanation.md)."""

WORD = re.compile(r"\w+(?:-\w+)*")
SENTENCE_END = re.compile(r"[.?!](?=\s|$)")
HOLE = re.compile(r"[{}]|None(?! of)|\b(om om|about about)\b|\.\.|  ")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b({pattern})", re.IGNORECASE)


BANNED: Mapping[str, re.Pattern[str]] = {
    "nb": _words(
        r"prediksjon|predik|risik|score|skår|variab|positiv|negativ|resultat|algoritm|sannsynlig|maskinl"
        r"|kunstig|diagnos|klient|kunde|bruker(e|en|ens|ne|nes|s)?\b|feature|profilert|svak|taper|belast"
    ),
    "nn": _words(
        r"prediksjon|predik|risik|score|skår|variab|positiv|negativ|resultat|algoritm|sannsynleg|maskinl"
        r"|kunstig|diagnos|klient|kunde|brukar(ar|en|ane|s)?\b|feature|profilert|svak|tapar|belast"
    ),
    "en": _words(
        r"predict|risk|scor(e|ing)|variable|positive|negative|result|algorithm|likel|probab|chances?\b"
        r"|machine learning|artificial|diagnos|client|customer|users?\b|features?\b|profiled|weak|loser"
        r"|burden"
    ),
}
"""Words that are not used of people or numbers (explanation.md, *Words*; glossary); «brukt» is fine."""

PROMISE: Mapping[str, re.Pattern[str]] = {
    "nb": _words(
        r"garanter|innvilg|tilby|tilbud|lover\b|krav på|rett på|rett til|(vil|skal|kan) få (?!vite\b)"
        r"|bør få|avvent|vente[rt]?\b|vent til"
    ),
    "nn": _words(
        r"garanter|innvilg|tilby|tilbod|lov(er|ar)\b|krav på|rett på|rett til|(vil|skal|kan) få (?!vite\b)"
        r"|bør få|avvent|vent(e|ar|a)?\b"
    ),
    "en": _words(
        r"guarant|grants?\b|granted|offer|promise|entitle|(a|the) right to|should be given|wait"
        r"|(will|can|may|should) (get|receive)"
    ),
}
"""No text promises a tiltak or a ytelse (REQ-13) or advises to wait (REQ-30)."""

NUMBERS: Mapping[str, re.Pattern[str]] = {
    "nb": re.compile(
        r"-\d|\b0 (av|måneder|jobber|perioder)\b"
        r"|\b1 (måneder|perioder|jobber|ledige|opplysninger|andre|personer)\b"
    ),
    "nn": re.compile(
        r"-\d|\b0 (av|månader|jobbar|periodar)\b"
        r"|\b1 (månader|periodar|jobbar|ledige|opplysningar|andre|personar)\b"
    ),
    "en": re.compile(
        r"-\d|\b0 (of|in|months|jobs|times)\b"
        r"|\b1 (months|jobs|times|facts|vacant jobs|other|people)\b|\bare 1\b"
    ),
}
"""Numbers that do not go with the words after them."""

OTHER_LANGUAGE: Mapping[str, re.Pattern[str]] = {
    "nb": _words(r"(ikkje|kva|kvifor|frå|ein|eit|dei|noko|månad|rettleiar|vore|sjølv|the|and|months)\b"),
    "nn": _words(
        r"(ikke|hva|hvorfor|hvor|fra|en|et|de|dem|noe|noen|måned|måneder|veileder|vært|være|selv|vet|mer|hun"
        r"|opplysninger|mangler|tidligere|saken|sammen|ble|gikk|trakk|søker|ytelse|sykepenger|the|and)\b"
    ),
    "en": _words(r"(og|ikke|ikkje|av|måneder|månader|personen|har|er|vi|the the)\b"),
}
"""Words that only another of the languages has."""


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text as lists of words."""
    found = (WORD.findall(part) for part in SENTENCE_END.split(text))
    return [words for words in found if words]


def lix(text: str) -> float:
    """Björnsson's readability: under 35 reads like plain prose, over 50 like official documents."""
    return _lix(sentences(text))


def _lix(each: list[list[str]]) -> float:
    words = [word for sentence in each for word in sentence]
    return len(words) / len(each) + 100 * sum(len(word) > 6 for word in words) / len(words)


def faults(text: str, spraak: str, *, most_lix: float = 35) -> list[str]:
    """Everything that makes a text unfit for people, in words; none for a good one."""
    each = sentences(text)
    found = [
        f"{name}: {match.group()!r}"
        for name, pattern in (
            ("banned", BANNED[spraak]),
            ("promise", PROMISE[spraak]),
            ("hole", HOLE),
            ("number", NUMBERS[spraak]),
            ("other language", OTHER_LANGUAGE[spraak]),
        )
        if (match := pattern.search(text))
    ]
    found += [f"{len(words)} words: {' '.join(words)}" for words in each if len(words) > MOST_WORDS]
    if (heaviness := _lix(each)) > most_lix:
        found.append(f"LIX {heaviness:.1f}")
    return found
