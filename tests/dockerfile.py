"""Reads a Dockerfile strictly: the few instructions ours is made of, and no other."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

Step = tuple[str, str]
"""An instruction that makes files, with what stands after it: WORKDIR, COPY or RUN."""

HEALTH_OPTIONS = frozenset({"interval", "timeout", "start-period", "retries"})
_OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")


class DockerfileError(Exception):
    """The file says something this reader does not know, so nothing is proven of it."""


@dataclass(slots=True)
class Stage:
    """What one FROM begins: the steps that make its files, and how its image runs."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)
    workdir: str = "/"
    environ: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    user: str = "0"
    port: int | None = None
    health: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)


def read_dockerfile(text: str) -> list[Stage]:
    """The stages, the last of which is the image. Raises DockerfileError."""
    stages: list[Stage] = []
    for word, rest in _instructions(text):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif not stages:
            raise DockerfileError(f"{word} stands before the first FROM")
        else:
            _add(stages[-1], word, rest)
    return stages


def _instructions(text: str) -> Iterator[Step]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def _add(stage: Stage, word: str, rest: str) -> None:
    if word == "WORKDIR":
        stage.workdir = rest
    if word in ("WORKDIR", "COPY", "RUN"):
        stage.steps.append((word, rest))
        return
    match word:
        case "ENV":
            stage.environ |= _pairs(rest)
        case "LABEL":
            stage.labels |= _pairs(rest)
        case "USER":
            stage.user = rest
        case "EXPOSE":
            stage.port = int(rest)
        case "HEALTHCHECK":
            stage.health = _health(rest)
        case "ENTRYPOINT":
            stage.entrypoint = _exec_form(rest)
        case "CMD":
            stage.cmd = _exec_form(rest)
        case _:
            raise DockerfileError(f"{word} is no instruction that is known here")


def _health(rest: str) -> list[str]:
    options, _, command = rest.partition("CMD ")
    if {name for name, _ in _OPTION.findall(options)} - HEALTH_OPTIONS or _OPTION.sub("", options).strip():
        raise DockerfileError(f"HEALTHCHECK has options that are not known: {options}")
    return _exec_form(command)


def _pairs(rest: str) -> dict[str, str]:
    """`A=1 B="2 3"`; a value that names another variable is not expanded, so it is refused."""
    words = shlex.split(rest)
    if "$" in rest or not all("=" in word for word in words):
        raise DockerfileError(f"not plain pairs of name and value: {rest}")
    return dict(word.split("=", 1) for word in words)


def _exec_form(rest: str) -> list[str]:
    """A program with its arguments, with no shell between it and a signal."""
    try:
        words = json.loads(rest)
    except ValueError:
        words = None
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise DockerfileError(f"not a JSON list of words: {rest}")
    return words


@dataclass(frozen=True, slots=True)
class Ignored:
    """What `.dockerignore` keeps out of the build: the last pattern that fits decides."""

    rules: tuple[tuple[re.Pattern[str], bool], ...]  # pattern, whether it keeps out

    def __call__(self, path: str) -> bool:
        """Whether a path below the context, with slashes, is kept out."""
        out = False
        for pattern, keeps_out in self.rules:
            if pattern.fullmatch(path):
                out = keeps_out
        return out


def read_dockerignore(text: str) -> Ignored:
    """Read the patterns: `*` within a name, `**/` any folders; a pattern is for all below it too."""
    lines = [line.strip() for line in text.splitlines()]
    rules = [line for line in lines if line and not line.startswith("#")]
    return Ignored(tuple((_pattern(rule.removeprefix("!")), not rule.startswith("!")) for rule in rules))


def _pattern(rule: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", rule)
    known = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")
