"""`python -m serving score`: many registreringer in files, to the last bit what the API would say."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer

from models.approved import Approved
from models.calibration import probability_of
from profilering.errors import CallerError, SetupError
from profilering.risk import Outcome
from serving.commands.score import Progress, score
from serving.identity.caller import LOCAL
from serving.scoring.given import given_at
from serving.scoring.parts import Portions, Tally, alone_in, claim, make, parts_of, stands_already
from serving.scoring.scored import SCHEMA, scored
from tests.api_fixtures import broken, contents
from tests.builders import a_request, an_approved, body_of, profile, some_parts, with_answers, with_history
from tests.bundles import a_bundle, approve
from tests.journals import opened
from tests.make import a_model

PEOPLE = [
    a_request(),
    a_request(person={"foedselsaar": 1970, "fylke": "03"}),
    with_answers(helse={"helsetilstandHindrerArbeid": "JA"}),
    with_history(arbeidsforhold=None, ytelser=None, tiltak=None),
    with_history(ytelser=[{"ytelse": "AAP", "fom": "2024-01-10", "tom": None}]),
]
FEW = Portions(part=4, batch=3)
"""So that a few rows make many parts."""
TEXTS = [body_of(person).decode() for person in PEOPLE]


@pytest.fixture(scope="module")
def small() -> Approved:
    return an_approved()


def written(folder: Path, texts: Sequence[str | None], name: str = "inn.parquet", **more: Any) -> Path:
    """A file of requests with ids of its own."""
    path = folder / name
    frame = pl.DataFrame({"rad": range(len(texts)), "forespoersel": texts, **more})
    frame.write_parquet(path, row_group_size=3)
    return path


def done(out: Path, place: Path, approved: Approved, *keep: str) -> Tally:
    given = given_at(place, keep)
    claim(out, given, approved, kode="sha256:kode", portions=FEW)
    tally, left = stands_already(parts_of(out, given, FEW))
    return sum((make(part, approved) for part in left), tally)


def whole(out: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(part) for part in sorted(out.glob("del-*.parquet"))])


# The numbers


def test_a_row_holds_to_the_bit_what_the_api_journals(tmp_path: Path, small: Approved) -> None:
    with opened(tmp_path / "journal.sqlite") as journal:
        service = some_parts(journal, small)
        answers = [json.loads(profile(body_of(person), None, LOCAL, service).body) for person in PEOPLE]
    journaled = contents(tmp_path / "journal.sqlite")
    for row, answer, kept in zip(scored(TEXTS, small).to_dicts(), answers, journaled, strict=True):
        assert (row["status"], row["feil"]) == (201, None)
        assert (row["forslag"], row["regel"]) == (answer["forslag"]["kode"], answer["forslag"]["regel"])
        assert row["grensetilfelle"] is answer["forslag"]["grensetilfelle"]
        assert (row["modell"], row["policy"]) == (
            answer["versjoner"]["modell"],
            answer["versjoner"]["policy"],
        )
        assert _exact(row) == {
            risk["utfall"]: (risk["sannsynlighet"], risk["grunnlinje"], risk["bidrag"])
            for risk in kept["anslag"]
        }
        assert _shown(row) == {a["utfall"]: (a["avHundre"], a["lav"], a["hoey"]) for a in answer["anslag"]}


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        outcome.value: (
            row[f"sannsynlighet_{outcome.lower()}"],
            row[f"grunnlinje_{outcome.lower()}"],
            [[item["opplysning"], item["log_odds"]] for item in row[f"bidrag_{outcome.lower()}"]],
        )
        for outcome in Outcome
        if row[f"sannsynlighet_{outcome.lower()}"] is not None
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = {
        o.value: tuple(row[f"{name}_{o.lower()}"] for name in ("av_hundre", "lav", "hoey")) for o in Outcome
    }
    return {outcome: numbers for outcome, numbers in shown.items() if numbers != (None, None, None)}


def test_the_explanation_adds_up_to_the_estimate(small: Approved) -> None:
    for row in scored(TEXTS, small).to_dicts():
        for outcome in (o.lower() for o in Outcome if row[f"bidrag_{o.lower()}"] is not None):
            bidrag = [item["log_odds"] for item in row[f"bidrag_{outcome}"]]
            assert reduce(add, bidrag, row[f"grunnlinje_{outcome}"]) == row[f"log_odds_{outcome}"]


def test_a_row_is_the_same_whatever_stands_around_it(small: Approved) -> None:
    assert pl.concat([scored([text], small) for text in TEXTS]).equals(scored(TEXTS, small))


def test_what_the_api_refuses_has_its_code_and_no_number(small: Approved) -> None:
    texts = ["{", '{"hemmelig": 1}', " " * 65_537, TEXTS[0], body_of(a_request(enhet="01019012345")).decode()]
    frame = scored(texts, small)
    assert frame["status"].to_list() == [400, 422, 413, 201, 400]
    assert frame["feil"].to_list() == ["uleselig", "ugyldig", "for-stor", None, "uleselig"]
    refused = frame.filter(pl.col("status") != 201).drop("status", "feil", "modell", "policy")
    assert refused.null_count().row(0) == (4,) * refused.width


def test_a_fault_of_ours_ends_the_run_and_is_no_row_of_a_part(tmp_path: Path, small: Approved) -> None:
    place, out = written(tmp_path, TEXTS), tmp_path / "ut"
    out.mkdir()
    part = next(parts_of(out, given_at(place, ()), FEW))
    with pytest.raises(SetupError, match=r"fault of ours in rows 1 to 4 of inn\.parquet") as told:
        make(part, broken())
    assert "hemmelig" not in str(told.value)
    assert not [*out.iterdir()]
    assert make(part, small) == Tally(rows=4, refused=0)


def test_no_rows_are_a_table_too(small: Approved) -> None:
    assert scored([], small).schema == SCHEMA


# The files


def test_rows_keep_their_order_and_their_own_columns(tmp_path: Path, small: Approved) -> None:
    place = tmp_path / "inn"
    place.mkdir()
    written(place, TEXTS * 2, "b.parquet", kull=["b"] * 10)
    written(place, [*TEXTS, "{"], "a.parquet", kull=["a"] * 6)
    tally = done(tmp_path / "ut", place, small, "rad", "kull")
    frame = whole(tmp_path / "ut")
    assert frame["kull"].str.join().item() == "a" * 6 + "b" * 10
    assert frame["rad"].to_list() == [*range(6), *range(10)]
    assert frame.columns == ["rad", "kull", *SCHEMA]
    assert frame.drop("rad", "kull").equals(scored([*TEXTS, "{", *TEXTS, *TEXTS], small))
    assert tally == Tally(rows=16, refused=1)


def test_a_stopped_run_goes_on_and_makes_no_part_twice(tmp_path: Path, small: Approved) -> None:
    place, out = written(tmp_path, TEXTS * 3), tmp_path / "ut"
    given = given_at(place, ())
    claim(out, given, small, kode="sha256:kode", portions=FEW)
    make(next(parts_of(out, given, FEW)), small)
    (part,) = out.glob("del-*")
    made = part.stat().st_mtime_ns
    assert done(out, place, small) == Tally(rows=15, refused=0, kept=4)
    assert part.stat().st_mtime_ns == made
    assert whole(out).equals(scored(TEXTS * 3, small))
    assert done(out, place, small).kept == 15


def test_a_part_that_cannot_be_read_is_made_again(tmp_path: Path, small: Approved) -> None:
    place, out = written(tmp_path, TEXTS), tmp_path / "ut"
    done(out, place, small)
    part = out / "del-00000.parquet"
    part.write_bytes(part.read_bytes()[:100])
    assert done(out, place, small).kept == 1
    assert whole(out).equals(scored(TEXTS, small))


def test_a_folder_made_of_something_else_is_left_alone(tmp_path: Path, small: Approved) -> None:
    place, out = written(tmp_path, TEXTS), tmp_path / "ut"
    done(out, place, small)
    other = written(tmp_path, TEXTS[::-1], "annen.parquet")
    with pytest.raises(SetupError, match="other inn"):
        done(out, other, small)
    with pytest.raises(SetupError, match="other behold"):
        done(out, place, small, "rad")
    with pytest.raises(SetupError, match="other digester"):
        claim(out, given_at(place, ()), small, kode="sha256:annen", portions=FEW)
    by_another = replace(small, basis=replace(small.basis, model=replace(a_model(), method="another")))
    with pytest.raises(SetupError, match="other beregning"):
        claim(out, given_at(place, ()), by_another, kode="sha256:kode", portions=FEW)
    with pytest.raises(SetupError, match="holds files"):
        done(tmp_path, place, small)


# What cannot be scored


@pytest.mark.parametrize(
    ("name", "keep", "says"),
    [
        ("tom", (), "holds no"),
        ("borte.parquet", (), "cannot be read"),
        ("tekst.parquet", (), "cannot be read"),
        ("tall.parquet", (), "must be text"),
        ("inn.parquet", ("borte",), "no column borte; it has rad, forespoersel"),
        ("inn.parquet", ("status",), "a column of the result"),
    ],
)
def test_files_that_cannot_be_scored_are_told_of_at_once(
    tmp_path: Path, name: str, keep: tuple[str, ...], says: str
) -> None:
    (tmp_path / "tom").mkdir()
    (tmp_path / "tekst.parquet").write_text("ikke Parquet")
    pl.DataFrame({"forespoersel": [1]}).write_parquet(tmp_path / "tall.parquet")
    written(tmp_path, TEXTS)
    with pytest.raises(CallerError, match=says):
        given_at(tmp_path / name, keep)


def test_a_row_without_text_stops_the_run_and_is_named(tmp_path: Path, small: Approved) -> None:
    place = written(tmp_path, [*TEXTS, None])
    with pytest.raises(CallerError, match="row 6 of inn"):
        done(tmp_path / "ut", place, small)


def test_a_name_with_brackets_is_a_name(tmp_path: Path, small: Approved) -> None:
    place, out = tmp_path / "inn[1]", tmp_path / "ut[1]"
    place.mkdir()
    for name in ("a1.parquet", "a[1].parquet", "a*.parquet"):
        written(place, TEXTS, name)
    assert done(out, place, small) == Tally(rows=15, refused=0)
    assert done(out, place, small).kept == 15
    assert done(tmp_path / "ut", place / "a*.parquet", small).rows == 5


def test_a_column_kept_twice_is_kept_once_and_a_folder_is_no_file(tmp_path: Path, small: Approved) -> None:
    place = tmp_path / "inn"
    (place / "x.parquet").mkdir(parents=True)
    written(place, TEXTS)
    done(tmp_path / "ut", place, small, "rad", "rad")
    assert whole(tmp_path / "ut").columns == ["rad", *SCHEMA]


@pytest.mark.parametrize("rows", [3, 5])
def test_input_that_changes_while_it_is_scored_is_told_of(tmp_path: Path, small: Approved, rows: int) -> None:
    place, out = written(tmp_path, TEXTS), tmp_path / "ut"
    given = given_at(place, ())
    described = claim(out, given, small, kode="sha256:kode", portions=FEW)
    given.refuse_changed(described)
    written(tmp_path, TEXTS[::-1][:rows])
    with pytest.raises(CallerError, match=r"inn\.parquet changed"):
        given.refuse_changed(described)
    if rows < len(TEXTS):
        with pytest.raises(CallerError, match=r"inn\.parquet changed"):
            make(next(parts_of(out, given, FEW)), small)


# Where it is put


def test_a_place_that_cannot_be_written_is_told_of_and_nothing_half_made_is_left(
    tmp_path: Path, small: Approved
) -> None:
    place, out = written(tmp_path, TEXTS), tmp_path / "ut"
    with pytest.raises(SetupError, match="OUT must be a folder"):
        done(place, place, small)
    with pytest.raises(SetupError, match="OUT must be a folder"), alone_in(place):
        pass
    (out / "del-00000.parquet").mkdir(parents=True)
    part = next(parts_of(out, given_at(place, ()), FEW))
    with pytest.raises(SetupError, match="cannot be written"):
        make(part, small)
    assert [path.name for path in out.iterdir()] == ["del-00000.parquet"]


def test_a_disk_that_is_full_is_told_of_and_nothing_half_made_is_left(
    tmp_path: Path, small: Approved
) -> None:
    part = next(parts_of(tmp_path, given_at(written(tmp_path, TEXTS), ()), FEW))
    (tmp_path / ".del-00000.parquet.making").symlink_to("/dev/full")
    with pytest.raises(SetupError, match="cannot be written"):
        make(part, small)
    assert [path.name for path in tmp_path.iterdir()] == ["inn.parquet"]


def test_two_commands_are_never_at_work_in_one_folder(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(SetupError, match="another command"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass


# The command


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    approve(folder / "approved.toml", a_bundle(folder / "artefacts"))
    return folder


def run(place: Path, out: Path, published: Path, keep: list[str] | None = None) -> None:
    score(place, out, keep, str(published / "approved.toml"), str(published / "artefacts"), processes=2)


def test_the_command_scores_with_the_approved_model_and_counts(
    tmp_path: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(written(tmp_path, [*TEXTS, "{"]), tmp_path / "ut", published, ["rad"])
    assert "6 rows" in capsys.readouterr().out
    frame = whole(tmp_path / "ut").drop_nulls("forslag")
    assert set(frame["modell"]) == {"liten-1"}
    probabilities = [probability_of(log_odds) for log_odds in frame["log_odds_langvarig_stoenad"]]
    assert frame["sannsynlighet_langvarig_stoenad"].to_list() == probabilities
    run(written(tmp_path, [*TEXTS, "{"]), tmp_path / "ut", published, ["rad"])
    assert "5 scored, 1 refused; 6 stood there already" in capsys.readouterr().out


def test_the_command_ends_with_2_for_a_bad_file_and_for_a_folder_of_another_run(
    tmp_path: Path, published: Path
) -> None:
    with pytest.raises(typer.BadParameter) as bad_file:
        run(tmp_path / "borte.parquet", tmp_path / "ut", published)
    (tmp_path / "ut").mkdir()
    (tmp_path / "ut" / "noe").touch()
    with pytest.raises(typer.Exit) as bad_folder:
        run(written(tmp_path, TEXTS), tmp_path / "ut", published)
    assert bad_file.value.exit_code == bad_folder.value.exit_code == 2


def test_the_command_works_alone_in_its_folder(
    tmp_path: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone_in(tmp_path / "ut"), pytest.raises(typer.Exit) as ended:
        run(written(tmp_path, TEXTS), tmp_path / "ut", published)
    assert ended.value.exit_code == 2
    assert "another command" in capsys.readouterr().err


def test_progress_tells_rate_and_time_left_of_what_was_made_now() -> None:
    said: list[str] = []
    instants: Iterator[float] = iter([0.0, 1.0, 10.0])
    progress = Progress(1_000, lambda: next(instants), said.append)
    progress.tell(Tally(rows=400, kept=300))
    progress.tell(Tally(rows=500, kept=300))
    assert said == ["500 of 1000 rows, 20 rows/s, 25 s left"]
