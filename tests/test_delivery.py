"""What is delivered: the image, the manifest, the licences, and pages that name what proves them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from profilering.errors import SetupError
from serving.identity.roles import ACCESS, OPEN, Formaal, Rolle
from serving.settings import DEFAULTS, read_settings, variable_of
from tests.dockerfile import DockerfileError, read_dockerfile, read_dockerignore
from tests.image import Image, a_place, from_this_environment, replay
from tests.image_run import COMPILERS, OMP, live
from tests.licences import Licences, bill_of_materials, not_allowed, read_licences, stated_licence
from tests.test_locks import pinned

ROOT = Path(__file__).parents[1]
LOCKED = pinned(ROOT / "requirements-serving.lock")
VARIABLES = {variable_of(name) for name in DEFAULTS}
FROM_THE_SECRET = {"PROFILERING_JOURNAL", "PGPASSWORD"}
NOT_SERVING = {"mlflow", "shap", "training", "tests", "pytest", "pip", "setuptools", "sklearn", "matplotlib"}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The Dockerfile replayed, with this environment's packages where pip would fetch the same ones.

    `python -m tests.proof image` lets pip do it.
    """
    with a_place() as folder:
        yield replay(folder, install=from_this_environment)


def test_the_image_holds_the_service_its_locked_packages_and_nothing_else(image: Image) -> None:
    tree = image.tree()
    names = {Path(path).name for path in tree}
    packages = next((image.app / "venv" / "lib").glob("python*/site-packages"))
    assert {path.name for path in image.app.iterdir()} == {
        *("lib", "models", "profilering", "requirements-serving.lock", "serving", "venv"),
    }
    assert names & COMPILERS == set()
    assert {"kernel.c", "libtreeshap.so"} <= names  # compiled in the first stage
    assert {path.name for path in packages.iterdir()} & NOT_SERVING == set()
    secrets = [path for path in tree if path.endswith((".pem", ".sqlite", ".db")) and "/venv/" not in path]
    assert secrets == []
    assert bill_of_materials(image) == LOCKED


def test_the_image_is_readable_for_its_user_and_writable_for_nobody(image: Image) -> None:
    own = {path: at for path, at in image.tree().items() if not (image.folder / path).is_symlink()}
    modes = {path: mode for path, (mode, _, _) in own.items()}
    assert [path for path, mode in modes.items() if mode & 0o222] == []
    assert [path for path, mode in modes.items() if not mode & 0o004] == []


def test_from_a_read_only_tree_the_service_waits_for_a_model_answers_and_stops_in_order(
    image: Image,
) -> None:
    with a_place() as data:
        life = live(image, data, PROFILERING_STOP_SECONDS="0")
    assert (life.refused, life.answered, life.healthy, life.ended) == (503, 201, (0, 1), 0)
    assert "approved.toml approves no model" in life.not_ready
    assert life.openmp == {str(image.app / "lib" / OMP)}
    assert life.uid == (1069 if os.geteuid() == 0 else os.geteuid())
    assert life.stopping_seconds < 15
    assert (life.written, life.said) == (frozenset(), "")


def test_where_no_issuer_of_tokens_is_set_the_image_does_not_start() -> None:
    run = read_dockerfile((ROOT / "Dockerfile").read_text("utf-8"))[-1]
    with pytest.raises(SetupError, match="no issuer of tokens is set"):
        read_settings(run.environ, {})


def test_the_image_is_run_as_a_user_who_is_not_root_on_settings_the_service_knows() -> None:
    build, run = read_dockerfile((ROOT / "Dockerfile").read_text("utf-8"))
    assert [stage.base.split(":")[0] for stage in (build, run)] == ["python", "python"]
    assert run.base.startswith("python:3.11-slim")
    assert all(int(number) > 0 for number in run.user.split(":"))
    assert (run.port, run.entrypoint[1:], run.cmd) == (int(DEFAULTS["port"]), ["-m", "serving"], ["serve"])
    assert "/internal/isAlive" in run.health[-1]
    assert {name for name in run.environ if name.startswith("PROFILERING_")} <= VARIABLES
    assert [step for step in run.steps if step[0] == "RUN"] == []


@pytest.mark.parametrize("path", ["Dockerfile", ".nais/nais.yaml", ".nais/dev.yaml", ".nais/prod.yaml"])
def test_no_address_to_fetch_from_is_named(path: str) -> None:
    assert re.search(r"https?://|--index-url|--find-links|git\+", (ROOT / path).read_text("utf-8")) is None


@pytest.mark.parametrize(
    "line",
    [
        "ADD x /app/x",
        'SHELL ["/bin/bash"]',
        "ENV A=$B",
        "CMD python -m serving",
        'HEALTHCHECK --shell x CMD ["a"]',
        "ONBUILD RUN x",
    ],
)
def test_an_instruction_that_is_not_known_proves_nothing(line: str) -> None:
    with pytest.raises(DockerfileError):
        read_dockerfile(f"FROM x\n{line}\n")


@pytest.mark.parametrize(
    "step",
    [
        "RUN apt-get install gcc",
        "RUN mkdir x; rm -rf /",
        "RUN mkdir x && curl x",
        "RUN mkdir $(id)",
        "COPY serving /etc/serving",
        "COPY ../secret x",
        "COPY training training",
        "WORKDIR /home",
    ],
)
def test_a_step_that_could_touch_the_machine_or_take_too_much_is_not_replayed(
    tmp_path: Path, step: str
) -> None:
    context, folder = tmp_path / "context", tmp_path / "image"
    folder.mkdir()
    for name in ("serving/app.py", "training/fit.py"):
        (context / name).parent.mkdir(parents=True)
        (context / name).write_text("")
    (context / "Dockerfile").write_text(f"FROM x\nWORKDIR /app\n{step}\n")
    (context / ".dockerignore").write_text("*\n!serving\n")
    with pytest.raises(DockerfileError):
        replay(folder, context=context)


def test_the_build_is_sent_nothing_but_what_the_service_is_made_of() -> None:
    ignored = read_dockerignore((ROOT / ".dockerignore").read_text("utf-8"))
    kept = [
        "requirements-serving.lock",
        "serving/app.py",
        "models/policies/2026-2.toml",
        "profilering/risk.py",
    ]
    out = [".git/config", "var/key.pem", "training/fit.py", "tests/make.py", "requirements-dev.lock"]
    out += ["models/artefacts/x/manifest.json", "serving/__pycache__/app.pyc", "serving/key.pem", ".venv/x"]
    assert [path for path in kept if ignored(path)] == []
    assert [path for path in out if not ignored(path)] == []


def the_manifest(cluster: str) -> dict[str, Any]:
    """The manifest as the platform's deploy step fills it in."""
    values = yaml.safe_load((ROOT / ".nais" / f"{cluster}.yaml").read_text("utf-8")) | {
        "image": "profilering"
    }

    def value(match: re.Match[str]) -> str:
        found: Any = values
        for part in match[1].split("."):
            found = found[part]
        return str(found)

    template = (ROOT / ".nais" / "nais.yaml").read_text("utf-8")
    manifest: dict[str, Any] = yaml.safe_load(re.sub(r"\{\{ ([\w.]+) \}\}", value, template))
    return manifest


@pytest.fixture(params=["dev", "prod"])
def spec(request: pytest.FixtureRequest) -> dict[str, Any]:
    manifest = the_manifest(request.param)
    assert (manifest["apiVersion"], manifest["kind"]) == ("nais.io/v1alpha1", "Application")
    found: dict[str, Any] = manifest["spec"]
    return found


def test_the_manifest_asks_for_paths_the_service_has_open(spec: dict[str, Any]) -> None:
    paths = [spec[probe]["path"] for probe in ("liveness", "readiness", "startup")]
    assert {ACCESS["GET", path] for path in paths} == {OPEN}
    assert ACCESS["GET", spec["prometheus"]["path"]] is OPEN


def test_the_stop_switch_can_be_reached(spec: dict[str, Any]) -> None:
    rules = spec["accessPolicy"]["inbound"]["rules"]
    granted = {role for rule in rules for role in rule.get("permissions", {}).get("roles", [])}
    assert granted == {"system", "drift"}  # those that a machine may have
    assert len(rules) > len(Formaal)  # a client for each purpose; two for follow-up


def test_the_manifest_sets_only_what_the_service_knows_and_leaves_out_nothing_it_needs(
    spec: dict[str, Any],
) -> None:
    given = {entry["name"] for entry in spec["env"]}
    assert given <= VARIABLES
    assert given.isdisjoint(FROM_THE_SECRET)
    places = {
        "APPROVED",
        "ARTEFACTS",
        "ARKIV",
        "CHECKPOINTS",
        "CHECKPOINT_KEY",
        "TILGANG",
        "AUDIT_LOG",
        "SAKSLISTE",
    }
    assert {f"PROFILERING_{place}" for place in places} <= given


def test_every_path_the_manifest_sets_lies_in_something_it_mounts(spec: dict[str, Any]) -> None:
    mounted = tuple(entry["mountPath"] for entry in spec["filesFrom"])
    paths = [entry["value"] for entry in spec["env"] if entry["value"].startswith("/")]
    assert len(paths) == 7
    assert [path for path in paths if not path.startswith(mounted)] == []


def test_the_manifest_fits_the_image_and_the_time_a_worker_takes_to_stop(spec: dict[str, Any]) -> None:
    run = read_dockerfile((ROOT / "Dockerfile").read_text("utf-8"))[-1]
    assert spec["port"] == run.port
    assert spec["terminationGracePeriodSeconds"] > 15
    assert 2 <= spec["replicas"]["min"] <= spec["replicas"]["max"]
    assert "cpu" not in spec["resources"]["limits"]


def test_the_manifest_lets_in_by_roles_the_service_has_and_writes_every_change_down(
    spec: dict[str, Any],
) -> None:
    rules = spec["accessPolicy"]["inbound"]["rules"]
    asked = {role for rule in rules for role in rule.get("permissions", {}).get("roles", ())}
    assert asked <= {role.value for role in Rolle} - {Rolle.VEILEDER.value}
    assert "NAVident" in spec["azure"]["application"]["claims"]["extra"]
    assert len(spec["azure"]["application"]["claims"]["groups"]) == 3
    flags = {flag["name"]: flag["value"] for flag in spec["gcp"]["sqlInstances"][0]["flags"]}
    assert flags == {"cloudsql.enable_pgaudit": "on", "pgaudit.log": "write,ddl,role"}


@pytest.mark.parametrize("package", sorted(LOCKED))
def test_every_package_we_deliver_has_a_licence_that_is_on_the_list(package: str) -> None:
    assert not_allowed(package, read_licences()) == set()


def test_what_we_read_ourselves_is_in_the_package_and_says_no_more_than_needed() -> None:
    licences = read_licences()
    by_itself = Licences(licences.allowed, {})
    assert set(licences.read) <= set(LOCKED)
    for package, (_, file) in licences.read.items():
        assert (Path(yaml.__file__).parents[1] / file).is_file(), file
        assert not_allowed(package, by_itself), f"{package} says {stated_licence(package)!r} itself"


def test_a_licence_that_is_not_on_the_list_is_found() -> None:
    licences = read_licences()
    without = Licences(licences.allowed - {"LGPL-3.0-only"}, licences.read)
    assert {package for package in LOCKED if not_allowed(package, without)} == {"psycopg", "psycopg-binary"}


@pytest.mark.parametrize("page", ["docs/threats.md", "docs/operations.md", "SECURITY.md"])
def test_every_file_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = set(
        re.findall(r"\b(?:tests|serving|models|training|profilering|docs|\.nais)/[\w./-]*\.\w+", text)
    )
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_setting_is_explained_to_whoever_runs_the_service() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `([A-Z_]+)`", page, re.M))
    assert explained == VARIABLES
