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
from bench import axes, codet, released

from sharpen import api, registry
from sharpen.errors import DataError
from sharpen.models.scripted import Scripted
from sharpen.reports import publish
from sharpen.reports.words import MISSING
from sharpen.types import Prompt

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[1] / "docs" / "papers.md").read_text()
FENCED = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RUNS = [
    line
    for block in FENCED
    for line in block.splitlines()
    if line.split()[1] in ("sample", "repair", "reflexion", "structure")
    and "--feedback-from" not in line  # carried out below
]
PROGRAMS = ("humaneval", "humaneval+", "mbpp", "mbpp+", "apps/paper", "classeval/holistic")
SMALL = {
    "n": 2, "n_p": 2, "n_fr": 2, "n_f": 1, "n_r": 2, "trials": 2, "test_samples": 2, "shots": 1, "limit": 2,
}  # fmt: skip
"""The widths of the commands are cut to these."""


def answer(prompt: Prompt, index: int) -> str:
    """An answer to anything that the methods ask: programs, tests, explanations, graphs."""
    asked = prompt if isinstance(prompt, str) else prompt[-1].content
    text = prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)
    if "Write tests for it" in asked:
        return "```python\nassert add(1, 2) == 3\nassert twice(2) == 4\n```"
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
    found = {name: (str(benchmark_file), "") for name in PROGRAMS}
    for word, suffix in (
        ("proscript/edges", "script"), ("proscript/script", "script"),
        ("propara", "propara"), ("explagraphs", "tsv"),
    ):  # fmt: skip
        found[word] = f"{word}@{tmp_path}/a.{suffix}", f"{word}@{tmp_path}/b.{suffix}"
    return found


@pytest.mark.parametrize("command", RUNS)
def test_a_command_of_the_papers_page_is_carried_out_and_reported(
    command: str,
    files: dict[str, tuple[str, str]],
    sharpen: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    code, out, err = sharpen(*shlex.split(command)[1:], "--dry-run")
    assert code in (0, 1), err  # 1: weights or files are not here
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
    assert len(RUNS) >= 17
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
    filled = [
        row | {"author": "ada", "feedback": "It subtracts.", "labels": ["small change"]} for row in rows
    ]
    cfg = (
        registry.METHODS["repair"]
        .load()
        .config(benchmark=str(benchmark_file), model="scripted", n_p=2, n_f=1, n_r=3, feedback_from=told)
    )
    from tests.conftest import answer as scripted

    for explained in (1, 2):  # people write on while the run has gone on already
        told.write_text("".join(json.dumps(row) + "\n" for row in filled[:explained]))
        asyncio.run(api.execute(cfg, recorded, opener=lambda spec: Scripted(scripted, spec)))
        (figures,) = publish.plain([recorded])["runs"]  # type: ignore[misc]
        authors = {rate["label"]: rate["sampled"] for rate in figures["by_author"]}
        assert authors["ada"] == 3 * explained
        (label,) = figures["by_label"]
        assert (label["label"], label["explanations"]) == ("small change", explained)
        assert (label["sampled"], label["passed"]) == (3 * explained, label["rate"]["value"] * 3 * explained)
    assert figures["estimates"]["curves"], "the trees that the model grew keep their figures"
    assert "small change" in publish.write([recorded], tmp_path / "report.html").read_text()


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
    assert list(released.lines(found, "samples"))[1].split() == ["1", "0.75", MISSING]
    path.write_text('{"completions": [{"binary": true}]}\n')
    with pytest.raises(DataError, match="line 1 has a completion without"):
        released.read(path)


def test_codets_rule_and_the_product_choose_among_recorded_programs(
    tmp_path: Path, benchmark_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four programs of five agree on a right and a vague test; the fifth passes all tests and is right."""
    prompt = 'def add(a, b):\n    """Add.\n    """\n'
    programs = [*["    return a\n"] * 3, "    return a\n\nprint(add(1, 0))", "    return a + b\n"]
    tests = [*["add(1, 0) == 1\nassert add(2, 0) == 2"] * 1, *["add(1, 2) == 3"] * 3, "the end"]
    for name, row in (
        ("programs", {"prompt": prompt, "samples": programs}),
        (
            "tests",
            {"prompt": f"{prompt}    pass\n\n# check the correctness of add\nassert", "samples": tests},
        ),
    ):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    files = [str(tmp_path / f"{name}.jsonl") for name in ("programs", "tests", "passes")]
    command = ["codet", *files[:2], "--benchmark", str(benchmark_file), "--passes", files[2]]
    monkeypatch.setattr("sys.argv", command)
    for _ in range(2):  # the second time from the file
        codet.main()
        shares = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
        chosen = {rule: text.split()[0] for rule, text in shares.items()}
        assert chosen == {
            "a program at random": "0.200",
            "codet, all tests": "1.000",
            "codet, 5 of an answer": "1.000",
            "product, 6 tests": "0.000",
            "product, all tests": "0.000",
        }
    assert len(Path(files[2]).read_text().splitlines()) == 1


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
