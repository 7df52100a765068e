"""A real model goes through trials of each family; what it reaches does not matter here."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sharpen import api
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.models.llama.engine import EngineSettings
from sharpen.models.llama.model import Llama
from sharpen.models.weights import pull
from sharpen.reports import publish
from sharpen.reports.reflexion.trials import TrialRecord, read

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


async def test_questions(roomy: Llama, tmp_path: Path) -> None:
    (tmp_path / "hotpot.json").write_text(json.dumps([QUESTION]))
    record = await tried(roomy, f"hotpotqa/context@{tmp_path / 'hotpot.json'}", tmp_path / "run")
    assert not record.programs


async def test_games(roomy: Llama, tmp_path: Path) -> None:
    pytest.importorskip("textworld", reason="needs sharpen[household]")
    record = await tried(roomy, "textworld", tmp_path / "run", ids=("textworld/0",), repeats=1)
    assert record.problems[0].attempts[0].halted or record.problems[0].status == "solved"
