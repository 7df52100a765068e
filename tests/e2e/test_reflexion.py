"""A real model goes through trials of each family; what it reaches does not matter here."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sharpen import api
from sharpen.benchmarks.household.games import FAMILIES
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.models.llama.engine import EngineSettings
from sharpen.models.llama.model import Llama
from sharpen.models.weights import pull
from sharpen.reports import publish
from sharpen.reports.reflexion.trials import TrialRecord, read
from tests.benchmarks.household.small_game import data

pytestmark = [pytest.mark.model, pytest.mark.anyio]

QUESTION = {
    "_id": "q1", "question": "Who designed the Analytical Engine?", "answer": "Charles Babbage", "level": "easy",
    "supporting_facts": [["Analytical Engine", 1]],
    "context": [["Analytical Engine", ["It was a machine.", " Charles Babbage designed it."]]],
}  # fmt: skip


@pytest.fixture
async def roomy() -> AsyncIterator[Llama]:
    """The smallest model of the weight store, with room for a conversation."""
    weights = pull("smollm2-135m")
    model = Llama("smollm2-135m", weights.path, weights.sha256, EngineSettings(slots=1, context=2048))
    yield model
    await model.close()


async def tried(model: Llama, benchmark: str, directory: Path, **options: object) -> TrialRecord:
    cfg = Reflexion(benchmark=benchmark, model="smollm2-135m", trials=2, max_tokens=48, **options)
    results = await api.execute(cfg, directory, opener=lambda _: model)
    assert results.errors == 0
    publish.write([directory], directory / "report.html")
    record = read(directory)
    assert record.spent.completion_tokens > 0
    assert all(problem.attempts for problem in record.problems)
    return record


async def test_programs(roomy: Llama, benchmark_file: Path, tmp_path: Path) -> None:
    record = await tried(roomy, str(benchmark_file), tmp_path / "run", ids=("mine/add",))
    assert record.programs


@pytest.mark.parametrize("strategy", ["s-star", "codet-read"])
async def test_programs_that_are_chosen_among(
    roomy: Llama, benchmark_file: Path, tmp_path: Path, strategy: str
) -> None:
    record = await tried(
        roomy, str(benchmark_file), tmp_path / "run", ids=("mine/add",), strategy=strategy, width=1
    )
    (problem,) = record.problems
    assert record.programs
    assert 2 <= len(problem.attempts) <= 4  # two drafts, each debugged once at most
    assert problem.chosen < len(problem.attempts)


async def test_questions(roomy: Llama, tmp_path: Path) -> None:
    (tmp_path / "hotpot.json").write_text(json.dumps([QUESTION]))
    record = await tried(roomy, f"hotpotqa/context@{tmp_path / 'hotpot.json'}", tmp_path / "run")
    assert not record.programs


async def test_games(roomy: Llama, tmp_path: Path) -> None:
    row = {
        "gamefile": "house/one/game.tw-pddl",
        "game": json.dumps(data()),
        "traj": {"task_type": FAMILIES["put"]},
    }
    (tmp_path / "games.jsonl").write_text(json.dumps(row) + "\n")
    record = await tried(roomy, f"alfworld@{tmp_path / 'games.jsonl'}", tmp_path / "run", repeats=1)
    assert record.problems[0].attempts[0].halted or record.problems[0].status == "solved"
