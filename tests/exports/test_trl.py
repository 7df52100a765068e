"""TRL's trainers take every export as it is, and learn from it."""

import asyncio
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sharpen import api
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.rewards import Reward
from sharpen.types import Prompt
from tests.tiny_chat import save_tiny_chat

trl = pytest.importorskip("trl", reason="no trl: pip install trl to run this")
datasets = pytest.importorskip("datasets")
tokenizers = pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

Sharpen = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_chat(tmp_path_factory.mktemp("tiny"))


def exported(sharpen: Sharpen, tmp_path: Path, *words: object) -> Any:
    path = tmp_path / "rows.jsonl"
    code, _, err = sharpen("export", *words, "-o", path)
    assert code == 0, err
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    return datasets.Dataset.from_list(rows)


def options(tmp_path: Path, **more: object) -> dict[str, object]:
    common = {
        "output_dir": str(tmp_path / "out"),
        "max_steps": 8,
        "per_device_train_batch_size": 2,
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
        "max_length": 2048,
        "save_strategy": "no",
    }
    return {key: value for key, value in (common | more).items() if value is not None}


def losses(trainer: Any) -> list[float]:
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


@pytest.mark.parametrize("form", [(), ("--form", "messages")], ids=["prompt and completion", "messages"])
def test_supervised_rows_are_learned(
    tiny: str, sharpen: Sharpen, recorded: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    rows = exported(sharpen, tmp_path, recorded, "sft", *form)
    config = trl.SFTConfig(**options(tmp_path, assistant_only_loss=bool(form)))
    trainer = trl.SFTTrainer(tiny, args=config, train_dataset=rows)
    result = losses(trainer)
    assert result[-1] < result[0]


def some_right(prompt: Prompt, index: int) -> str:
    name = "add(a, b)" if "def add" in prompt[0].content else "twice(a)"
    right = "a + b" if "add" in name else "2 * a"
    body = f"{right} + {index} - {index}" if index % 2 else f"a - {index + 1}"
    return f"```python\ndef {name}:\n    return {body}\n```"


def test_a_pair_is_told_apart(tiny: str, sharpen: Sharpen, benchmark_file: Path, tmp_path: Path) -> None:
    run, cfg = tmp_path / "run", Sample(benchmark=str(benchmark_file), model="scripted", n=4)
    asyncio.run(api.execute(cfg, run, opener=lambda spec: Scripted(some_right, spec)))
    rows = exported(sharpen, tmp_path, run, "preferences")
    assert len(rows) == 4
    config = trl.DPOConfig(**options(tmp_path))
    trainer = trl.DPOTrainer(tiny, args=config, train_dataset=rows)
    result = losses(trainer)
    assert result[0] == pytest.approx(math.log(2), abs=0.01), (
        "before it learns, the model is its own reference"
    )
    assert result[-1] < 0.9 * math.log(2), "the loss of pairs of equal texts would stay"


@pytest.mark.parametrize("kind", ["rows", "messages"])
def test_grpo_takes_two_steps_with_the_reward(
    tiny: str, sharpen: Sharpen, recorded: Path, tmp_path: Path, kind: str
) -> None:
    rows = exported(sharpen, tmp_path, recorded, "rl")
    if kind == "rows":  # a prompt that is a text has completions that are texts
        rows = rows.map(lambda row: {"prompt": row["prompt"][0]["content"]})
    seen: list[float | None] = []

    class Seen(Reward):
        def __call__(self, *given: Any, **columns: Any) -> list[float | None]:
            rewards = super().__call__(*given, **columns)
            seen.extend(rewards)
            return [float(index % 2) for index in range(len(rewards))]  # a tiny model is never right

    reward = Seen(workers=1)
    given = options(tmp_path, max_steps=2, num_generations=2, max_completion_length=8, max_length=None)
    config = trl.GRPOConfig(**given)
    trainer = trl.GRPOTrainer(tiny, reward_funcs=reward, args=config, train_dataset=rows)
    trainer.train()
    reward.close()
    assert seen == [0.0] * 4
    logged = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert [entry["rewards/passes/mean"] for entry in logged] == [0.5, 0.5]
