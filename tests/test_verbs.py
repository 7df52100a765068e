"""The command line and the notebook are one thing: the same verbs, the same options, the same defaults."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from inspect import Parameter, signature
from pathlib import Path

import pytest
from cyclopts import App
from scripts import stubs

import sharpen
from sharpen import registry, verbs
from sharpen.cli import runs
from sharpen.cli.app import app
from sharpen.errors import SharpenError, UsageError
from sharpen.execution import one_error, run_sync

NOT_VERBS = {"run_sync"}
"""Functions that serve the others."""


def words(command: App = app, *before: str) -> Iterator[tuple[str, ...]]:
    """Every verb of the command line: ``("models", "pull")``."""
    for name in command:
        if name.startswith("-"):
            continue
        child = command[name]
        if child.default_command:
            yield (*before, name)
        else:
            yield from words(child, *before, name)


def function_name(path: tuple[str, ...]) -> str:
    """``sharpen models pull`` is ``models_pull``; ``sharpen align run``, which does all, is ``align``."""
    return path[0] if path[1:] == ("run",) else "_".join(path)


def test_every_verb_is_a_function_and_every_function_a_verb() -> None:
    functions = {name for name in sharpen.__all__ if name.islower()} - NOT_VERBS
    assert {function_name(path) for path in words()} == functions


def test_every_public_name_has_one_home() -> None:
    homes = [name for names in sharpen._HOMES.values() for name in names]
    assert sorted(homes) == list(sharpen.__all__)


def test_the_stub_for_editors_is_up_to_date(tmp_path: Path) -> None:
    written = tmp_path / "verbs.pyi"
    written.write_text(stubs.stub())
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "-q", "--line-length", "110", written], check=True
    )
    assert written.read_text() == (Path(verbs.__file__).with_suffix(".pyi")).read_text(), "run `make stubs`"


METHODS = [name for name in registry.METHODS if name != "align"]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_the_same_options_on_both_sides(name: str) -> None:
    def options(function: object) -> dict[str, object]:
        parameters = signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}

    notebook, command = options(getattr(sharpen, name)), options(getattr(runs, name))
    shared = {"run"} | set(notebook) - {"budget", "reuse", "track", "on_progress", "problems"}
    assert {key: command[key] for key in shared} == {key: notebook[key] for key in shared}
    assert set(command) - set(notebook) == {"options"}


@pytest.mark.parametrize("name", METHODS)
def test_a_wrong_option_is_an_error_before_anything_runs(name: str) -> None:
    with pytest.raises(UsageError, match="no option limmit: did you mean limit"):
        run_sync(getattr(sharpen, name)("humaneval", model="m", limmit=20))
    with pytest.raises(UsageError, match="limit: Input should be greater than 0"):
        run_sync(getattr(sharpen, name)("humaneval", model="m", limit=0))


def test_a_coroutine_runs_inside_a_running_loop_too() -> None:
    async def three() -> int:
        await asyncio.sleep(0)
        return 3

    async def notebook() -> int:
        return run_sync(three())

    assert run_sync(three()) == asyncio.run(notebook()) == 3


def test_errors_that_came_together_are_raised_one_by_one() -> None:
    ours = ExceptionGroup("", [ExceptionGroup("", [UsageError("first")]), UsageError("second")])
    with pytest.raises(SharpenError, match="first"), one_error():
        raise ours
    with pytest.raises(ExceptionGroup), one_error():
        raise ExceptionGroup("", [UsageError("ours"), ZeroDivisionError()])


def test_an_error_of_a_model_is_caught_as_the_docstring_says(benchmark_file: Path, tmp_path: Path) -> None:
    with pytest.raises(SharpenError):
        run_sync(
            sharpen.sample(str(benchmark_file), model="http://127.0.0.1:9/v1#m", run=str(tmp_path / "r"))
        )
