"""Rounds of expert iteration with scripted models, and a training that only writes its record."""

import json
from functools import partial
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import ConfigChangedError, UsageError
from sharpen.improvement import rounds
from sharpen.improvement.plan import Improve, command, steps
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign.train import tune
from tests.conftest import PROBLEMS, write_problems
from tests.improve_world import record_training, solution
from tests.improvement.test_rows import OTHER

pytestmark = pytest.mark.anyio


def base(prompt, index):
    """Solve the training problems at times, and the measured one never."""
    for problem in PROBLEMS:
        if problem["entry_point"] + "(" in prompt[0].content and index % 2:
            return solution(problem)
    return "```python\ndef median(values):\n    return 0\n```"


def tuned(prompt, index):
    return solution(OTHER)


def opener(spec):
    return Scripted(tuned if "round-" in spec else base, spec)


@pytest.fixture
def trainings(monkeypatch) -> list:
    done = []

    def train(rows, config, directory, on_step):
        done.append((rows, config, directory))
        return record_training(rows, directory)

    monkeypatch.setattr(tune, "train", train)
    monkeypatch.setattr(tune, "require", lambda config: None)
    return done


@pytest.fixture
def config(tmp_path: Path) -> Improve:
    (tmp_path / "other.jsonl").write_text(json.dumps(OTHER) + "\n")
    mine = str(write_problems(tmp_path / "mine.jsonl"))
    return Improve(model="base", train_on=(mine,), measure_on=(str(tmp_path / "other.jsonl"),), n=2)


async def improve(config: Improve, directory: Path, **more):
    return await rounds.improve(config, directory, partial(api.execute, opener=opener), **more)


async def test_a_round_draws_trains_and_measures(config: Improve, tmp_path: Path, trainings: list, capsys):
    commands = []
    result = await improve(config, tmp_path / "run", on_step=commands.append)
    (only,) = result.rounds
    (trained,) = only.trainings
    assert trained.rows.rows_out == 4  # a program and a repair of each training problem
    assert trained.training.after == 1.0
    greedy, sampled, _, repairs = only.changes
    assert (greedy.before, greedy.after, greedy.difference) == (0.0, 1.0, 1.0)
    assert sampled.gained == ("other/median",)
    assert repairs.problems == 0  # the tuned model leaves nothing to repair
    assert [rate.value for rate in result.base] == [0.0] * 4
    assert commands == (tmp_path / "run" / "commands.sh").read_text().splitlines()
    plain = json.loads((tmp_path / "run" / "improve.json").read_text())
    assert plain["rounds"][0]["changes"][3]["difference"] is None
    rounds.render(result, api.Console())
    assert "+100.0" in capsys.readouterr().out


async def test_repairs_are_of_the_programs_that_were_measured(
    config: Improve, tmp_path: Path, trainings: list
):
    asked = []

    def counted(prompt, index):
        asked.append(prompt)
        return base(prompt, index).replace("return 0", f"return -{index}")  # copies share their repairs

    def counting(spec):
        return opener(spec) if "round-" in spec else Scripted(counted, spec)

    config = config.model_copy(update={"measure_n": 3})
    await rounds.improve(config, tmp_path / "run", partial(api.execute, opener=counting))
    programs = [prompt for prompt in asked if "median" in prompt[0].content and len(prompt) == 1]
    repairs = [prompt for prompt in asked if "median" in prompt[0].content and len(prompt) > 1]
    assert len(programs) == 1 + 3 + 3  # greedy, and at two temperatures
    assert len(repairs) == 3


async def test_the_same_command_resumes_and_another_round_is_added(
    config: Improve, tmp_path: Path, trainings: list
):
    await improve(config, tmp_path / "run")
    again = await improve(config.model_copy(update={"rounds": 2}), tmp_path / "run")
    assert [each.number for each in again.rounds] == [1, 2]
    assert [directory.parent.name for _, _, directory in trainings] == ["round-1", "round-1", "round-2"]
    with pytest.raises(ConfigChangedError, match="per_problem"):
        await improve(config.model_copy(update={"per_problem": 1}), tmp_path / "run")


async def test_preferences_are_trained_on_top_of_the_other_rows(
    config: Improve, tmp_path: Path, trainings: list
):
    config = config.model_copy(update={"kinds": ("programs", "preferences")})
    result = await improve(config, tmp_path / "run")
    first, second = result.rounds[0].trainings
    assert (first.kinds, second.kinds) == (("programs",), ("preferences",))
    assert (first.rows.rows_out, second.rows.rows_out) == (
        2,
        2,
    )  # a right and a wrong program of each problem
    folder = tmp_path / "run" / "round-1"
    (rows, _, answers), (preferences, training, model) = trainings
    assert (rows, answers) == (folder / "rows.jsonl", folder / "answers")
    assert (preferences, model) == (folder / "preferences.jsonl", folder / "model")
    assert (training.model, training.recipe) == (str(answers), "dpo")


async def test_what_a_training_needs_is_looked_for_before_anything_is_drawn(
    config: Improve, tmp_path: Path, monkeypatch
):
    def refuse(config):
        raise UsageError("this needs trl")

    monkeypatch.setattr(tune, "require", refuse)
    with pytest.raises(UsageError, match="this needs trl"):
        await improve(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_preferences_of_failing_programs_are_refused():
    with pytest.raises(ValueError, match="the pool must be passed"):
        Improve(model="base", kinds=("preferences",), pool="failed")


def test_preferences_by_themselves_are_trained_from_the_base(config: Improve, tmp_path: Path):
    config = config.model_copy(update={"kinds": ("preferences",)})
    lines = [command(step) for step in steps(config, tmp_path)]
    (rows,) = [line for line in lines if " improve rows " in line]
    (training,) = [line for line in lines if " align train " in line]
    assert "--kinds preferences" in rows
    assert f"align train {tmp_path}/round-1/preferences.jsonl --model base --recipe dpo" in training


def test_every_step_is_a_command(config: Improve, tmp_path: Path):
    words = [command(step).split() for step in steps(config.model_copy(update={"rows": 9}), tmp_path)]
    verbs = [" ".join(line[1:3]) if line[1] in ("align", "improve") else line[1] for line in words]
    measure = ["sample", "sample", "sample", "repair"]
    assert verbs == [*measure, "sample", "improve rows", "align train", *measure]
    assert words[3][-2:] == ["--reuse", words[1][-1]]
    assert words[5][-2:] == ["--limit", "9"]
    assert words[6][words[6].index("--recipe") + 1] == "lora"


def test_the_commands_are_accepted_by_the_command_line(config: Improve, tmp_path: Path, sharpen):
    for step in steps(config, tmp_path):
        words = command(step).split()[1:]
        code, _, err = sharpen(*words, *([] if words[0] == "improve" else ["--dry-run"]))
        later = (
            "is not a run" in err
            if words[0] == "improve"
            else "MISSING" in err or "no model is called" in err
        )
        assert code == 0 or later, (words, err)  # what an earlier step makes is not there yet


def test_a_dry_run_prints_the_commands(sharpen, tmp_path: Path):
    code, out, err = sharpen("improve", "run", "--model", "m", "--run", tmp_path, "--dry-run")
    assert code == 0, err
    assert out.splitlines()[-1].startswith("sharpen repair humaneval")
    assert "--against humaneval" in out


def test_a_model_that_torch_draws_from_is_trained_without_the_prefix(config: Improve, tmp_path: Path):
    fields = {"model": "torch:qwen2.5-coder-0.5b", "concurrency": 64}
    words = [command(step).split() for step in steps(config.model_copy(update=fields), tmp_path)]
    models = [line[line.index("--model") + 1] for line in words if "--model" in line]
    assert set(models) == {
        "torch:qwen2.5-coder-0.5b",
        "qwen2.5-coder-0.5b",
        f"torch:{tmp_path}/round-1/model",
    }
    drawn = [line for line in words if line[1] in ("sample", "repair")]
    assert all(line[line.index("--concurrency") + 1] == "64" for line in drawn)
