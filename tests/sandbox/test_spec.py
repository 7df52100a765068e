"""The words that name a sandbox, where Ray is not installed."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.errors import UsageError
from sharpen.execution import default_directory
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure
from sharpen.registry import open_world
from sharpen.run.run import outcome_key
from sharpen.sandbox.process import ProcessSandbox
from sharpen.sandbox.spec import open_sandbox


def test_local_is_this_machine() -> None:
    assert isinstance(open_sandbox("local"), ProcessSandbox)


def test_without_ray_its_extra_is_named(
    sharpen: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, benchmark_file: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    Path("samples.jsonl").write_text('{"task_id": "mine/add", "completion": "    return a + b"}\n')
    code, _, err = sharpen("score", benchmark_file, "samples.jsonl", "--sandbox", "ray")
    assert code == 2
    assert "pip install 'sharpen[ray]'" in err


def test_where_programs_run_is_no_part_of_what_a_run_is() -> None:
    here = Sample(benchmark="humaneval", model="m")
    there = Sample(benchmark="humaneval", model="m", sandbox="ray")
    assert outcome_key(here, "2") == outcome_key(there, "2")
    assert default_directory(here) == default_directory(there)


def test_graphs_are_not_run_anywhere() -> None:
    with pytest.raises(UsageError, match="leave --sandbox out"):
        open_world(Structure(benchmark="proscript/edges", model="m", sandbox="ray"))
