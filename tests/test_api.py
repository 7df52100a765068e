"""The verbs of a notebook."""

import asyncio
import sys
from pathlib import Path

import pytest

import sharpen
from sharpen import api
from sharpen.errors import EstimateError, TruncatedTreesError, UsageError
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from tests.conftest import answer
from tests.methods.reflexion_world import script, solve


def test_a_point_of_pass_at_t_is_computed_from_the_recorded_trees(recorded: Path) -> None:
    results = sharpen.Results(recorded)
    nothing_repaired, repaired = results.pass_at_t(2, 0), results.pass_at_t(2, 1)
    assert (nothing_repaired.pass_rate, repaired.pass_rate) == (0.0, 1.0)
    nodes = list(results.nodes())
    assert repaired.tokens == sum(node.tokens for node in nodes if node.stage != "baseline") / 2
    assert nothing_repaired.tokens == sum(node.tokens for node in nodes if node.stage == "program") / 2


def test_a_notebook_has_both_axes(recorded: Path) -> None:
    results = sharpen.Results(recorded)
    assert results.pass_at_t(2, 1).samples == 4
    cells = {(cell.n_p, cell.n_f): cell for cell in results.estimates().cells}
    assert cells[2, 1].samples == 4 and cells[2, 1].rate.value == 1.0
    with pytest.raises(UsageError, match="has no difficulty hard"):
        results.estimates("hard")
    with pytest.raises(UsageError, match="it has no trials"):
        results.by_trial()


@pytest.mark.anyio
async def test_a_notebook_has_the_figures_of_a_reflexion_run(tmp_path: Path) -> None:
    await solve(tmp_path / "own", script(["1", "1 2 3 right"]), size=2, trials=2)
    await solve(tmp_path / "iid", script(["1", "right"]), size=2, trials=2, strategy="simple")
    own = sharpen.Results(tmp_path / "own")
    labels = [line.label for line in own.accountings(tmp_path / "iid")]
    assert labels == ["self_tests", "oracle_every"]
    assert [rate.value for rate in own.by_trial()["self_tests"]] == [0, 1]
    assert own.difference(tmp_path / "iid").gap.value == 0.5
    with pytest.raises(TruncatedTreesError, match="Reflexion"):
        own.pass_at_t(1, 1)
    with pytest.raises(TruncatedTreesError, match="Reflexion"):
        own.estimates()


def test_more_than_was_sampled_is_refused(recorded: Path) -> None:
    with pytest.raises(EstimateError):
        sharpen.Results(recorded).pass_at_t(3, 1)


def test_trees_cut_short_are_refused_by_name(benchmark_file: Path, tmp_path: Path) -> None:
    config = Repair(benchmark=str(benchmark_file), model="scripted", n_p=2, stop_at_success=True)
    results = asyncio.run(api.execute(config, tmp_path / "short", opener=lambda spec: Scripted(answer, spec)))
    with pytest.raises(TruncatedTreesError, match="--stop-at-success"):
        results.pass_at_t(1, 1)


def test_samples_are_flat_rows(recorded: Path) -> None:
    rows = sharpen.Results(recorded).samples()
    rows = [row for row in rows if row["stage"] != "baseline"]
    assert len(rows) == 8
    assert {row["stage"] for row in rows} == {"program", "repair"}
    assert sum(bool(row["passed"]) for row in rows) == 4
    assert all(isinstance(row["tokens"], int) and row["program"] for row in rows)


def test_a_verb_runs_where_there_is_no_event_loop(
    benchmark_file: Path, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = sharpen.run_sync(
        sharpen.repair(
            str(benchmark_file),
            model=f"replay:{recorded}",
            n_p=2,
            n_fr=1,
            run=tmp_path / "again",
        )
    )
    run.table()
    assert "2 problems" in capsys.readouterr().out
    assert run.errors == 0
    assert [node.id for node in run.nodes()] == [node.id for node in sharpen.Results(recorded).nodes()]


def test_earlier_answers_are_reused_where_they_fit(
    benchmark_file: Path, recorded: Path, tmp_path: Path
) -> None:
    model = Scripted(answer, "scripted")
    config = Sample(benchmark=str(benchmark_file), model="scripted", n=6)
    results = asyncio.run(api.execute(config, tmp_path / "more", opener=lambda spec: model, reuse=[recorded]))
    assert sorted(index for _, index in model.requests) == [5, 5]
    assert len(results.samples()) == 12


def test_the_same_configuration_has_the_same_directory_and_another_has_another() -> None:
    one = Repair(benchmark="humaneval", model="m")
    assert api.default_directory(one) == api.default_directory(one.model_copy(update={"limit": 3}))
    assert api.default_directory(one) != api.default_directory(one.model_copy(update={"seed": 1}))
    assert api.default_directory(one).name.startswith("repair-humaneval-m-")


def test_a_server_that_moved_finds_its_run_again():
    old, new = (
        api.default_directory(
            Repair(benchmark="humaneval", model=f"{at}#coder", n_f=1, feedback_model=f"{at}#b")
        )
        for at in ("http://old:1/v1", "https://new:2/v1")
    )
    other = api.default_directory(Repair(benchmark="humaneval", model="http://old:1/v1#x"))
    assert old == new != other
    assert "old" not in old.name


def test_rows_hold_prompts_errors_and_feedback(benchmark_file: Path, tmp_path: Path) -> None:
    config = Repair(benchmark=str(benchmark_file), model="scripted", n_p=1, n_f=1, n_r=1, baseline="none")
    results = asyncio.run(api.execute(config, tmp_path / "run", opener=lambda spec: Scripted(answer, spec)))
    program, repair = [row for row in results.samples() if row["problem"] == "mine/add"]
    assert "def add" in str(program["prompt"])
    assert "expected" in str(program["error"])
    assert str(program["error"]) in str(repair["prompt"])
    assert (program["feedback"], repair["error"]) == ("", "")
    assert repair["feedback"]
    assert str(repair["feedback"]) in str(repair["prompt"])


def test_a_run_shows_itself_in_a_notebook_and_its_table_is_one_output(
    recorded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sharpen.Results(recorded)
    html = run._repr_html_()
    assert html.startswith("<pre")
    assert "2 problems" in html
    outputs: list[str] = []
    monkeypatch.setattr("builtins.print", lambda text, **_: outputs.append(text))
    run.table()
    assert len(outputs) == 1
    assert "2 problems" in outputs[0]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_become_a_table_of_a_library(recorded: Path, library: str) -> None:
    pytest.importorskip(library)
    run = sharpen.Results(recorded)
    assert len(getattr(run, f"to_{library}")()) == len(run.samples())


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_of_tables_that_is_not_there_is_named(
    recorded: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=f"pip install {library}"):
        getattr(sharpen.Results(recorded), f"to_{library}")()
