"""Every command of docs/papers.md is carried out: its own options on small files, with a scripted model."""

import asyncio
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench import axes, released

from sharpen import api, registry
from sharpen.errors import DataError
from sharpen.models.scripted import Scripted
from sharpen.reports import publish
from sharpen.types import Prompt
from tests.benchmarks.test_hotpotqa import ROW

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[1] / "docs" / "papers.md").read_text()
FENCED = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RUNS = [
    line
    for block in FENCED
    for line in block.splitlines()
    if line.split()[1] in ("sample", "repair", "reflexion", "structure")
    and "alfworld" not in line  # its games need an extra
    and "--feedback-from" not in line  # carried out below
]
SMALL = {
    "n": 2, "n_p": 2, "n_fr": 2, "n_f": 1, "n_r": 2, "trials": 2, "test_samples": 2, "shots": 1, "limit": 2,
}  # fmt: skip
"""The widths of the commands are cut to these."""


def answer(prompt: Prompt, index: int) -> str:
    """An answer to anything that the methods ask: programs, tests, explanations, actions, graphs."""
    asked = prompt if isinstance(prompt, str) else prompt[-1].content
    text = prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)
    if "Write tests for it" in asked:
        return "```python\nassert add(1, 2) == 3\nassert twice(2) == 4\n```"
    if "Finish[" in text:
        return "Thought: I know it.\nAction: Finish[Babbage]"
    name = "add(a, b)" if text.rfind("def add") > text.rfind("def twice") else "twice(a)"
    right = ("a + b" if "add" in name else "2 * a") if "subtracts" in text else f"a - {index}"
    return f"It subtracts.\n```python\ndef {name}:\n    return {right}\n```"


@pytest.fixture
def files(tmp_path: Path, benchmark_file: Path) -> dict[str, tuple[str, str]]:
    """By benchmark, a small file in its place, and one with examples."""
    steps = ["go out", "start", "decided to {}", "{}"]
    pairs = (("a", ["make tea", "ride a bike"]), ("b", ["plant a tree", "wash a car"]))
    for number, (name, goals) in enumerate(pairs):
        rows = [
            {"scenario": goal, "reference_graph": {
                "schema": [f"step{n}: {step.format(goal)}" for n, step in enumerate(steps)],
                "relations": ["step2 -> step0", "step0 -> step1", "step1 -> step3"],
            }} for goal in goals
        ]  # fmt: skip
        (tmp_path / f"{name}.script").write_text("".join(json.dumps(row) + "\n" for row in rows))
        question = {"question": "the location/state of rain", "answers": ["cloud", "ground"]}
        process = {"id": number, "steps": ["Init", f"Rain falls on {goals[0]}."], "questions": [question]}
        (tmp_path / f"{name}.propara").write_text(json.dumps(process) + "\n")
        graph = f"({goals[0]}; causes; joy)(joy; is a; good)(good; part of; life)"
        (tmp_path / f"{name}.tsv").write_text(f"{goals[0]} is good\tit is joy\tsupport\t{graph}\n")
    (tmp_path / "hotpot.json").write_text(json.dumps([ROW]))
    found = {name: (str(benchmark_file), "") for name in ("humaneval", "mbpp", "apps/paper")}
    for word, suffix in (
        ("proscript/edges", "script"), ("proscript/script", "script"),
        ("propara", "propara"), ("explagraphs", "tsv"),
    ):  # fmt: skip
        found[word] = f"{word}@{tmp_path}/a.{suffix}", f"{word}@{tmp_path}/b.{suffix}"
    return found | {"hotpotqa": (f"hotpotqa@{tmp_path}/hotpot.json", "")}


@pytest.mark.parametrize("command", RUNS)
def test_a_command_of_the_papers_page_is_carried_out_and_reported(
    command: str,
    files: dict[str, tuple[str, str]],
    sharpen: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    code, out, err = sharpen(*shlex.split(command)[1:], "--dry-run")
    assert code == 0, err
    options: dict[str, Any] = json.loads(out)
    kind = registry.METHODS[shlex.split(command)[1]].load().config
    chosen = {name: value for name, value in options.items() if name in kind.model_fields}
    chosen["benchmark"], examples = files[options["benchmark"]]
    for name, most in SMALL.items():
        if chosen.get(name):
            chosen[name] = min(chosen[name], most)
    if examples:
        chosen["examples"] = examples
    run = tmp_path / "run"
    opened: list[str] = []

    def opener(spec: str) -> Scripted:
        opened.append(spec)
        return Scripted(answer, spec)

    results = asyncio.run(api.execute(kind(**chosen), run, opener=opener))
    assert results.errors == 0 and opened
    (figures,) = publish.plain([run])["runs"]  # type: ignore[misc]
    assert figures["config"]["model"] == options["model"]
    assert publish.write([run], tmp_path / "report.html").is_file()


def test_there_are_commands_for_all_four_papers() -> None:
    assert len(RUNS) >= 18
    assert {line.split()[1] for line in RUNS} == {"sample", "repair", "reflexion", "structure"}


def test_people_explain_two_programs_a_task_and_the_report_crosses_difficulty_with_author(
    recorded: Path, sharpen: Callable[..., tuple[int, str, str]], tmp_path: Path, benchmark_file: Path
) -> None:
    """Commands C, on the recorded run of a scripted model."""
    code, _, err = sharpen("export", recorded, "failures", "--per-problem", "1", "-o", "failures.jsonl")
    assert code == 0, err
    rows = [json.loads(line) for line in (tmp_path / "failures.jsonl").read_text().splitlines()]
    assert len(rows) == 2, "one program a problem"
    told = tmp_path / "told.jsonl"
    filled = [row | {"author": "ada", "feedback": "It subtracts."} for row in rows[:1]]
    told.write_text("".join(json.dumps(row) + "\n" for row in filled))
    cfg = (
        registry.METHODS["repair"]
        .load()
        .config(benchmark=str(benchmark_file), model="scripted", n_p=2, n_f=1, n_r=3, feedback_from=told)
    )
    from tests.conftest import answer as scripted

    asyncio.run(api.execute(cfg, recorded, opener=lambda spec: Scripted(scripted, spec)))
    (figures,) = publish.plain([recorded])["runs"]  # type: ignore[misc]
    authors = {rate["label"]: rate["sampled"] for rate in figures["by_author"]}
    assert authors["ada"] == 3
    assert figures["estimates"]["curves"], "the trees that the model grew keep their figures"


def test_the_papers_released_results_are_read(tmp_path: Path) -> None:
    """A file as the paper's repository describes it; one repair alone marks a program that passed after all."""

    def program(passed: bool, repairs: list[bool] | None) -> dict[str, object]:
        below = None if repairs is None else [{"binary": r, "tokens_generated": 30} for r in repairs]
        fault = "passed" if passed else "Wrong answer"
        return {"tokens_generated": 100, "binary": passed, "fault": fault, "repairs": below}

    tasks = [
        {"task_id": "a", "completions": [program(True, None), program(False, [True, False])]},
        {"task_id": "b", "completions": [program(False, [False, True]), program(False, [False])]},
    ]
    path = tmp_path / "released.jsonl"
    path.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    found = released.read(path)
    assert (found.problems, found.baseline.points[0].rate.value) == (2, 0.5)
    (cell,) = [cell for cell in found.cells if (cell.n_p, cell.n_f) == (1, 1)]
    assert (cell.samples, cell.rate.value) == (2, 0.75)
    assert cell.sample_ratio.value == pytest.approx(0.75)
    assert cell.tokens == 115
    assert list(released.lines(found, "samples"))[1].split() == ["1", "0.75", "n/a"]
    path.write_text('{"completions": [{"binary": true}]}\n')
    with pytest.raises(DataError, match="line 1 has a completion without"):
        released.read(path)


def test_both_heat_maps_come_from_one_simulated_run() -> None:
    rng = np.random.default_rng(0)
    tree = axes.simulated(np.array([0.0, 1.0, 0.5]), rng)
    points, baseline = axes.estimated(tree, "unbiased")
    assert axes.cells(points, baseline, "tokens").shape == (5, 4)
    truth = rng.beta(0.3, 0.7, 200)
    samples = axes.cells(axes.in_truth(truth), axes.baseline_in_truth(truth), "samples")
    assert np.nanmax(np.abs(samples - 1)) < 1e-9
    tokens = axes.cells(axes.in_truth(truth), axes.baseline_in_truth(truth), "tokens")
    assert np.nanmin(tokens) > 1
    assert points.pass_rate.shape == (3, 5, 4) and baseline.pass_rate.shape == (3, 50)
