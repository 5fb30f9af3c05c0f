"""The image without an engine: `python -m tests.image FOLDER` replays the Dockerfile into a folder.

Each stage is a folder. A path of the image stands for the same path below it, in what is copied, run
and started; the machine's own Python and system libraries stand for the base images. The service then
runs as the image's user, in a tree that cannot be written.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.dockerfile import DockerfileError, Ignored, Stage, read_dockerfile, read_dockerignore
from tests.test_locks import pinned

ROOT = Path(__file__).parents[1]
LOCK = "requirements-serving.lock"
BASE = Path(sys._base_executable)  # type: ignore[attr-defined]  # the Python that .venv was made with
MAY_RUN = frozenset({"python3", "/app/venv/bin/python", "mkdir", "cp", "chmod"})
"""What a RUN may call: a replay runs on somebody's own machine, often as root."""
HERE = "/app"
"""All that the image adds lies here, so one path is enough to tell its files from the base's."""

Install = Callable[[str, Path], bool]
"""Does a RUN in its own way, given the command and the folder for `/app`; False leaves it to the shell."""


@dataclass(frozen=True, slots=True)
class Image:
    """A replayed image: its last stage, in a folder."""

    stage: Stage
    folder: Path

    @property
    def app(self) -> Path:
        """The folder that stands for /app."""
        return self.folder / HERE[1:]

    def here(self, text: str) -> str:
        """The text with paths of the image as paths of this machine."""
        return _here(text, self.folder)

    def environ(self, **given: str) -> dict[str, str]:
        """What a process of the image sees: what the image sets, and what it was given; nothing of ours."""
        own = {name: self.here(value) for name, value in self.stage.environ.items()}
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", **own, **given}

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> "subprocess.Popen[str]":
        """Start a program of the image as its user, where the image starts it."""
        return subprocess.Popen(
            [*_as_user(self.stage.user), *map(self.here, command)],
            cwd=self.here(self.stage.workdir),
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tree(self) -> dict[str, tuple[int, int, int]]:
        """Every file and folder with its mode, size and last change: what must stay as it is."""
        found = [self.app, *self.app.rglob("*")]
        looked_at = {path.relative_to(self.folder).as_posix(): path.stat() for path in found}
        return {name: (at.st_mode, at.st_size, at.st_mtime_ns) for name, at in looked_at.items()}


@contextmanager
def a_place() -> Iterator[Path]:
    """An empty folder that every user may look into, unlike pytest's."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        try:
            yield Path(folder)
        finally:
            _make_writable(Path(folder))


def replay(folder: Path, *, context: Path = ROOT, install: Install = lambda _command, _app: False) -> Image:
    """Replay the Dockerfile of a context into an empty folder. Raises DockerfileError."""
    ignored = read_dockerignore((context / ".dockerignore").read_text("utf-8"))
    stages = read_dockerfile((context / "Dockerfile").read_text("utf-8"))
    places = {stage.name or "": folder / (stage.name or "image") for stage in stages}
    for stage in stages:
        place = places[stage.name]
        workdir = "/"
        for word, rest in stage.steps:
            if word == "WORKDIR":
                workdir = _within(rest)
                (place / workdir[1:]).mkdir(parents=True, exist_ok=True)
            elif word == "COPY":
                _copy(rest, place / workdir[1:], place, places, context, ignored)
            elif not install(rest, place / HERE[1:]):
                _run(rest, place, place / workdir[1:])
    image = Image(stages[-1], places[""])
    subprocess.run(["/bin/chmod", "-R", "a-w", str(image.app)], check=True)
    return image


def from_this_environment(command: str, app: Path) -> bool:
    """Let the locked packages of this environment stand where pip would have installed them: as links."""
    if " install " not in command:
        return False
    expected = f"-m pip --python {HERE}/venv/bin/python install --no-cache-dir --require-hashes -r {LOCK}"
    if not command.endswith(expected):
        raise DockerfileError(f"no installation by hash from the lock alone: {command}")
    target = next((app / "venv" / "lib").glob("python*/site-packages"))
    for unit, source in _units(pinned(app / LOCK)).items():
        (target / unit).parent.mkdir(parents=True, exist_ok=True)
        (target / unit).symlink_to(source)
    return True


def _units(locked: Mapping[str, str]) -> dict[str, Path]:
    """What to link, and to where: a folder that is one package's alone, or else file by file."""
    files: dict[str, list[str]] = {}
    for name, version in locked.items():
        package = distribution(name)
        if package.version != version:
            raise DockerfileError(f"{name} is {package.version} here and {version} in the lock")
        # Read here, since importlib makes a path of each of ten thousand.
        recorded = re.findall(r'^"?([^",\n]+)', package.read_text("RECORD") or "", re.M)
        files[name] = [file for file in recorded if not file.startswith("..")]
    owners = Counter(top for own in files.values() for top in {file.split("/")[0] for file in own})
    paths = {name: Path(str(distribution(name).locate_file(""))) for name in files}
    linked = {
        (top if owners[top := file.split("/")[0]] == 1 else file): paths[name]
        for name, own in files.items()
        for file in own
    }
    return {unit: place / unit for unit, place in linked.items() if (place / unit).exists()}


def _make_writable(folder: Path) -> None:
    """Only what is writable can be removed; links are left alone, and so is what they lead to."""
    subprocess.run(["/bin/chmod", "-R", "u+w", str(folder)], check=True)


def _within(path: str) -> str:
    if not (path == HERE or path.startswith(f"{HERE}/")) or ".." in path:
        raise DockerfileError(f"{path} is not below {HERE}")
    return path


def _here(text: str, folder: Path) -> str:
    return re.sub(rf"(?<![\w./-]){HERE}(?![\w.-])", str(folder / HERE[1:]), text)


def _copy(
    rest: str, workdir: Path, place: Path, places: Mapping[str, Path], context: Path, ignored: Ignored
) -> None:
    """COPY [--from=STAGE] SOURCE TARGET, one source at a time."""
    origin = re.match(r"--from=(\S+)\s+", rest)
    words = shlex.split(rest[origin.end() :] if origin else rest)
    if len(words) != 2 or any(word.startswith("--") for word in words):
        raise DockerfileError(f"COPY takes one source and one target here: {rest}")
    source, target = words
    goal = place / _within(target)[1:] if target.startswith("/") else workdir / target
    if origin:
        # Linked, not copied: the stage it comes from is written no more.
        shutil.copytree(
            places[origin[1]] / _within(source)[1:],
            goal,
            symlinks=True,
            copy_function=_link,
            dirs_exist_ok=True,
        )
        return
    for path in _in_context(context / source, context, ignored):
        inside = path.relative_to(context / source)
        aim = goal / path.name if inside == Path() and target.endswith("/") else goal / inside
        aim.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, aim)


def _in_context(source: Path, context: Path, ignored: Ignored) -> Iterator[Path]:
    """The files a COPY takes. Raises DockerfileError where there is none."""
    paths = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    taken = [path for path in paths if not ignored(path.relative_to(context).as_posix())]
    if not taken:
        raise DockerfileError(f"{source.name} is not there, or .dockerignore keeps it out")
    yield from taken


def _link(source: str, target: str) -> None:
    os.link(source, target, follow_symlinks=False)


def _run(command: str, place: Path, workdir: Path) -> None:
    called = [shlex.split(part)[0] for part in command.split("&&")]
    if set(called) - MAY_RUN or re.search(r"[;|`<>$]|&(?!&)", command.replace("&&", "")):
        raise DockerfileError(f"a replay runs plain commands of {sorted(MAY_RUN)} only: {command}")
    for_pip = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    environ = {"PATH": f"{BASE.parent}:/usr/bin:/bin", "HOME": str(place), **for_pip}
    subprocess.run(
        ["/bin/sh", "-ec", _here(command, place)],
        cwd=workdir,
        env=environ,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _as_user(user: str) -> list[str]:
    """What makes a process that user's. It keeps one privilege: to read, since a machine's own Python
    or checkout may lie where only root can look. Whoever is not root stays who they are.
    """
    if os.geteuid() != 0:
        return []
    uid, _, gid = user.partition(":")
    ids = [f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search", "--"]


def main(folder: Annotated[Path, typer.Argument(help="Empty or new.")]) -> None:
    """Replay the Dockerfile as it stands, packages and all."""
    if folder.exists():
        _make_writable(folder)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    typer.echo(replay(folder.resolve()).app)


if __name__ == "__main__":
    typer.run(main)
