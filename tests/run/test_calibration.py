"""What gold programs take is kept by machine, and bounds the programs of later runs, in their keys too."""

import asyncio
import json

import pytest

from sharpen.errors import DataError
from sharpen.methods.sample import Sample
from sharpen.run.calibration import calibrated, calibrations, machine, record, suite_hash
from sharpen.run.run import Run
from sharpen.sandbox.base import Limits
from sharpen.types import AssertTest, Program, Suite
from tests.world import HIDDEN, VISIBLE, ReadingSandbox, toy_benchmark

LOOP = "def f(x):\n    while True: pass\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_nothing_is_bound_until_it_is_calibrated():
    assert calibrations() == {}
    assert calibrated(Limits(), None) == Limits()


def test_limits_are_ten_times_gold_within_bounds():
    for reference, bound in ((0.001, 0.2), (0.05, 0.5), (3.0, 10.0)):
        assert calibrated(Limits(), reference) == Limits(cpu_seconds=bound)


def test_benchmarks_are_kept_beside_each_other():
    record({"a": 1.0, "b": 2.0})
    record({"b": 3.0, "c": 4.0})
    assert calibrations() == {"a": 1.0, "b": 3.0, "c": 4.0}


@pytest.mark.parametrize("damaged", [b"{", b"[]", b'{"a": "b"}', b"\xff"])
def test_a_damaged_file_is_named(home, damaged):
    record({"a": 1.0})
    (home / "calibrations" / f"{machine()}.json").write_bytes(damaged)
    with pytest.raises(DataError, match="calibrate again"):
        calibrations()


def test_the_hash_is_of_what_is_asked():
    first, same, other = (Suite((AssertTest("t", code),), "f") for code in ("assert f(1)",) * 2 + ("f(2)",))
    assert suite_hash(first) == suite_hash(same) != suite_hash(other)


def test_a_calibrated_run_stops_loops_early(tmp_path, sharpen):
    row = {
        "task_id": "Mine/0",
        "prompt": "def f(x):\n",
        "entry_point": "f",
        "test": "def check(candidate):\n    assert candidate(1) == 2\n",
        "canonical_solution": "    return x + 1\n",
    }
    path, samples = tmp_path / "mine.jsonl", tmp_path / "samples.jsonl"
    path.write_text(json.dumps(row) + "\n")
    samples.write_text(json.dumps({"task_id": "Mine/0", "solution": LOOP}) + "\n")
    code, *_ = sharpen("validate", path, "--calibrate")
    assert code == 0
    assert len(calibrations()) == 1
    _, out, err = sharpen("score", path, samples, "--json")
    assert json.loads(out)["kinds"] == {"timeout": 1}, err


def test_the_limits_of_a_run_are_those_of_its_tests(tmp_path):
    given = []

    class Seeing(ReadingSandbox):
        async def execute(self, program, suite, limits):
            given.append(limits)
            return await super().execute(program, suite, limits)

    async def judged(reference_seconds):
        config = Sample(benchmark="toy", model="none")
        benchmark = toy_benchmark()
        run = Run(tmp_path / "run", config, benchmark, {}, Seeing(), reference_seconds=reference_seconds)
        keys = [(await run.execute(Program("right"), suite))[1] for suite in (HIDDEN, VISIBLE)]
        await run.close()
        return keys

    loose = asyncio.run(judged({}))
    tight = asyncio.run(judged({suite_hash(HIDDEN): 0.05}))
    assert given == [Limits(), Limits(), Limits(cpu_seconds=0.5)]
    assert loose[0] != tight[0]
    assert loose[1] == tight[1]
