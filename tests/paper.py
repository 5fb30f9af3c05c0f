"""Reads a PDF back as somebody does who does not see it: its text, its tags, what it says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader


@dataclass(frozen=True, slots=True)
class Tag:
    """One element of the structure: its kind, its attributes, and what lies in it."""

    kind: str
    title: str
    lang: str
    attributes: Mapping[str, Any]
    within: tuple["Tag", ...]

    def all_of(self, *kinds: str) -> Iterator["Tag"]:
        """Every element of these kinds in it, in reading order."""
        for tag in self.within:
            if tag.kind in kinds:
                yield tag
            yield from tag.all_of(*kinds)


class Paper:
    """A PDF that was read back."""

    def __init__(self, pdf: bytes) -> None:
        self._reader = PdfReader(BytesIO(pdf))
        self.root: Any = self._reader.trailer["/Root"]
        self.pages = [page.extract_text() for page in self._reader.pages]
        self.title = self._reader.metadata.title if self._reader.metadata else None

    @property
    def lines(self) -> Sequence[str]:
        return [line for page in self.pages for line in page.splitlines()]

    @property
    def letters(self) -> str:
        """All but the feet of pages, without blanks: where a line or page was broken does not matter."""
        return squeezed("".join(page.rpartition("\n")[0] for page in self.pages))

    @property
    def about(self) -> str:
        """The XMP packet: what the document says of itself."""
        return str(self.root["/Metadata"].get_data().decode())

    @property
    def tags(self) -> Tag:
        return _tag(self.root["/StructTreeRoot"])

    @property
    def bookmarks(self) -> list[str]:
        return list(_titles(self._reader.outline))


def squeezed(text: str) -> str:
    """A text without its blanks."""
    return "".join(text.split())


def _tag(element: Any) -> Tag:
    inner = [each.get_object() for each in _listed(element.get("/K"))]
    said = _listed(element.get("/A"))
    attributes = {key: value for each in said for key, value in each.get_object().items()}
    return Tag(
        str(element.get("/S", "")).removeprefix("/"),
        str(element.get("/T", "")),
        str(element.get("/Lang", "")),
        attributes,
        tuple(_tag(each) for each in inner if hasattr(each, "get") and "/S" in each),
    )


def _listed(value: Any) -> list[Any]:
    """What PDF writes bare where there is one of it."""
    found = None if value is None else value.get_object()
    return found if isinstance(found, list) else [] if found is None else [found]


def _titles(outline: Any) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _titles(entry)
        else:
            yield str(entry.title)
