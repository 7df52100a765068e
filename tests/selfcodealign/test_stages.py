"""The stages as a notebook calls them, with a scripted model and the real sandbox."""

from functools import partial
from pathlib import Path

import pytest

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.models.scripted import Scripted
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign import stages
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.rows import Row
from sharpen.selfcodealign.stage_files import read
from sharpen.selfcodealign.validate.gates import GATES, Rules
from sharpen.types import Program, Suite, Verdict
from tests.align_world import answer, seeds_file

pytestmark = pytest.mark.anyio

FEW_GATES = Rules(without=frozenset(GATES))
CODE = 'def f7(xs):\n    """Return the sum of a list of numbers and seven."""\n    return sum(xs) + 7\n'


class Refusing(ProcessSandbox):
    """A sandbox that has nothing to run."""

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        raise AssertionError("a program was run")


opened = partial(api.open_run, opener=lambda spec: Scripted(answer, spec))


def config(**fields) -> Align:
    return Align(model="scripted", n=2, shots=1, **fields)


async def test_one_function_goes_from_code_to_a_data_set(tmp_path: Path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "sums.py").write_text(CODE)
    judged = []
    made = await stages.align(
        str(tmp_path / "code"),
        config(),
        tmp_path / "run",
        opened,
        against=["humaneval"],
        rules=FEW_GATES,
        on_progress=judged.append,
    )
    assert [funnel.rows_out for funnel in (*made.written.funnels, made.rows, made.dataset)] == [1, 1, 2, 1, 1]
    assert sum(judged) == 2
    assert made.written.exhausted == ""
    (row,) = read(tmp_path / "run" / "dataset.jsonl", Row)
    assert row.path == "sums.py"


async def test_validation_runs_no_response_again_whose_verdict_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seeds = seeds_file(tmp_path)
    made = await stages.align(str(seeds), config(), tmp_path / "run", opened, rules=FEW_GATES)
    with Journal.read(tmp_path / "run") as journal:
        before = journal.spent().executions
        assert list(journal.verify()) == []
    monkeypatch.setattr(stages, "open_sandbox", lambda _: Refusing())
    (tmp_path / "run" / "rows.jsonl").unlink()
    assert await stages.validate(tmp_path / "run", seeds=seeds, rules=FEW_GATES) == made.rows
    with Journal.read(tmp_path / "run") as journal:
        assert journal.spent().executions == before


async def test_the_stages_one_by_one_write_the_same_files(tmp_path: Path):
    seeds = seeds_file(tmp_path)
    await stages.align(str(seeds), config(), tmp_path / "whole", opened, rules=FEW_GATES)
    steps = config(benchmark=str(seeds))
    for number, step in enumerate((stages.concepts, stages.instructions, stages.responses)):
        written = await step(steps, tmp_path / "steps", opened)
        assert [funnel.rows_out for funnel in written.funnels] == [*(3, 2, 4)[: number + 1], 0, 0][:3]
    await stages.validate(tmp_path / "steps", rules=FEW_GATES)
    stages.select(tmp_path / "steps")
    for name in ("concepts", "instructions", "responses", "rows", "dataset"):
        one, other = ((tmp_path / run / f"{name}.jsonl").read_bytes() for run in ("whole", "steps"))
        assert one == other, name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mine.jsonl", True),
        ("mine.parquet", True),
        ("the-stack", False),
        ("hf://datasets/a/b.parquet", False),
    ],
)
def test_a_stage_file_is_told_from_a_source(source: str, expected: bool):
    assert stages.is_stage_file(source) is expected
