"""Inspect reads what is exported, its viewer lists it, its logs are scored, and it scores with the sandbox."""

import gc
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sharpen import api, run_sync
from sharpen.errors import DataError, UsageError
from tests.conftest import PROBLEMS

logs = pytest.importorskip("inspect_ai.log", reason="no inspect-ai: pip install inspect-ai to run this")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"
    ),
]


@pytest.fixture(scope="module", autouse=True)
def left_open() -> Iterator[None]:
    """Inspect leaves sockets and processes open. They are collected here, or the next file's tests would fail."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def log(recorded: Path, tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "run.eval"
    path.parent.mkdir()
    assert api.export(recorded, "inspect", output=path) == 8
    return path


def test_inspect_reads_samples_messages_scores_and_tokens(log: Path, recorded: Path) -> None:
    read = logs.read_eval_log(str(log))
    assert read.status == "success"
    assert read.eval.model == "scripted"
    assert read.results.scores[0].metrics["pass_at_1"].value == 0
    assert read.results.scores[0].metrics["solved"].value == 1
    rows = api.Results(recorded).samples()
    judged = [row for row in rows if row["stage"] != "baseline"]
    assert len(read.samples) == len(judged) == 8
    by_node = {sample.metadata["node"]: sample for sample in read.samples}
    for row in judged:
        sample = by_node[row["id"]]
        assert sample.id == row["problem"]
        assert sample.scores["sharpen"].value == ("C" if row["passed"] else "I")
        assert sample.scores["sharpen"].answer == row["program"]
        assert sample.messages[0].role == "user"
        assert sample.output.completion == row["answer"]
        assert sample.model_usage["scripted"].output_tokens == row["tokens"]
    assert {sample.metadata["stage"] for sample in read.samples} == {"program", "repair"}


def test_its_command_lists_and_dumps_it(log: Path) -> None:
    run = [sys.executable, "-m", "inspect_ai", "log"]
    listed = subprocess.run(
        [*run, "list", "--json", "--log-dir", log.parent], check=True, capture_output=True, text=True
    ).stdout
    assert [Path(entry["name"]).name for entry in json.loads(listed)] == ["run.eval"]
    dumped = subprocess.run([*run, "dump", log], check=True, capture_output=True, text=True).stdout
    assert len(json.loads(dumped)["samples"]) == 8


def test_its_logs_are_scored_and_reported(
    log: Path, benchmark_file: Path, tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    scored = run_sync(api.score(str(benchmark_file), log, run=tmp_path / "scored"))
    assert scored.drawn.total() == 8
    assert scored.differing == []
    assert sharpen("report", tmp_path / "scored")[0] == 0


def test_a_log_needs_a_file(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"needs a file: .* -o FILE\.eval"):
        api.export(recorded, "inspect")
    (tmp_path / "no.eval").write_text("no log")
    with pytest.raises(DataError, match="cannot be read as a log of Inspect"):
        run_sync(api.score("humaneval", tmp_path / "no.eval", run=tmp_path / "scored"))


def test_the_sandbox_is_a_scorer(benchmark_file: Path, tmp_path: Path) -> None:
    inspect_ai = pytest.importorskip("inspect_ai")
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.solver import generate

    from sharpen.inspect_scorer import passes

    right = [f"```python\n{p['prompt']}{p['canonical_solution']}```" for p in PROBLEMS]
    outputs = [ModelOutput.from_content("mockllm", text) for text in (right[0], "no program")]
    for output in outputs:  # else its tokens are counted with a file from the network
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    task = inspect_ai.Task(
        dataset=[Sample(id=p["task_id"], input=p["prompt"]) for p in PROBLEMS],
        solver=generate(),
        scorer=passes(str(benchmark_file)),
    )
    model = get_model("mockllm/model", custom_outputs=outputs)
    (done,) = inspect_ai.eval(
        task, model=model, log_dir=str(tmp_path), display="none", max_samples=1, max_connections=1
    )
    assert done.status == "success", done.error
    assert [sample.scores["passes"].value for sample in done.samples] == ["C", "I"]
