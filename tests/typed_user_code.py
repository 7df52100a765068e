"""What a user writes, for type checkers: ``mypy --strict`` accepts it without plugins."""

import asyncio
from pathlib import Path

import sharpen


def options() -> sharpen.Repair:
    return sharpen.Repair(benchmark="humaneval", model="x", n_p=4)


def budget() -> sharpen.Budget:
    return sharpen.Budget(tokens=1000, usd=0.5)


async def runs() -> float:
    results = await sharpen.repair("humaneval", model="x", n_p=4, n_fr=2, limit=20, run="runs/x")
    await sharpen.sample("humaneval", model="x", n=10, temperature=None, run=Path("runs/y"))
    return results.pass_at_t(4, 2).pass_rate


def results() -> dict[str, object]:
    comparison = sharpen.compare("runs/x", Path("runs/y"))
    rows: int = sharpen.export("runs/x", "sft", output="rows.jsonl")
    assert rows
    assert comparison.both
    return sharpen.report("runs/x", "runs/y", output="report.html").to_json()


async def ask(messages: list[dict[str, str]], sampling: sharpen.Sampling) -> sharpen.Answer:
    return sharpen.Answer(messages[-1]["content"], sampling.max_tokens, 1)


async def own_problems_and_model() -> sharpen.Results:
    add = sharpen.Problem.from_function("Write add(a, b).", ["assert add(1, 2) == 3", ((2, 2), 4)])
    echo = sharpen.Problem.from_script("Print the input.", [("1", "1")])
    return await sharpen.repair(problems=[add, echo], model=ask, n_p=2)


def notebook() -> sharpen.Results:
    return sharpen.run_sync(sharpen.reflexion("humaneval", model="x", trials=3))


def data_set() -> int:
    config = sharpen.Align(model="x", n=2, difficulties=("easy",))
    made = asyncio.run(sharpen.align("seeds.jsonl", config, run="runs/data"))
    return made.dataset.rows_out
