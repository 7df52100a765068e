"""A method is one file: what a new one gets by being registered."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

import sharpen as package
from sharpen import api, registry
from sharpen.cli.app import add_method, app
from sharpen.errors import UsageError
from sharpen.execution import execute
from sharpen.journal.directory import VERSION
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from tests.conftest import answer

SOURCE = """\
from typing import ClassVar
from sharpen.run.config import RunConfig
from sharpen.run.method import Method, each
class Persist(RunConfig):
    method: ClassVar[str] = "persist"
    tries: int = 3
async def persist(problem, run, cfg):
    for index in range(cfg.tries):
        (node,) = await run.programs(problem, run.benchmark.prompt(problem), [index])
        if node.passed:
            return
METHOD = Method(Persist, each(persist))
"""


@pytest.fixture
def persist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.MethodEntry]:
    """The method ``persist``, in a module of its own."""
    (tmp_path / "persist_method.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "METHODS", dict(registry.METHODS))
    entry = registry.MethodEntry("persist", "persist_method:METHOD", "Draw until a program passes.")
    registry.register(entry)
    add_method(entry)
    yield entry
    del app[entry.name]
    sys.modules.pop("persist_method", None)


@pytest.fixture
def run(persist: registry.MethodEntry, benchmark_file: Path, tmp_path: Path) -> Path:
    """A run of it: the first problem is solved at the second try, the other never."""
    config = persist.load().config(benchmark=str(benchmark_file), model="scripted")

    def script(prompt: object, index: int) -> str:
        text = answer(prompt, index)
        return text.replace("a - 2", "a + b") if "def add" in text else text

    directory = tmp_path / "persisted"
    asyncio.run(execute(config, directory, opener=lambda spec: Scripted(script, spec)))
    return directory


def test_the_example_has_twelve_lines() -> None:
    assert len(SOURCE.splitlines()) == 12


def test_it_has_a_verb_with_its_options(
    run: Path, benchmark_file: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, _ = sharpen("persist", "--help")
    assert not code
    assert "--tries" in out
    assert "Draw until a program passes." in out
    code, out, err = sharpen("persist", benchmark_file, "-m", f"replay:{run}", "--run", "again", "--json")
    assert code == 0, err
    assert json.loads(out)["runs"][0]["statuses"] == {"solved": 1, "failed": 1}


def test_it_has_a_notebook_function(run: Path, benchmark_file: Path, tmp_path: Path) -> None:
    verb = package.persist
    assert signature(verb).parameters["tries"].default == 3
    results = asyncio.run(verb(str(benchmark_file), model=f"replay:{run}", tries=3, run=str(tmp_path / "n")))
    assert len(results.samples()) == 5
    with pytest.raises(UsageError, match="did you mean tries"):
        asyncio.run(verb(str(benchmark_file), model="m", tires=3))


def test_it_is_replayed(run: Path) -> None:
    replayed = asyncio.run(api.replay(run))
    assert (replayed.programs, replayed.flips) == (5, ())


def test_its_report_says_what_is_true(run: Path, sharpen: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = sharpen("report", run)
    assert code == 0
    assert "Persist on mine.jsonl" in out
    assert "tries = 3" in out
    page = (run / "report.html").read_text()
    for text in (out, page):
        for untrue in (
            "n_fr",
            "n_p =",
            "stop at the first",
            "stops at success",
            "self-repair and",
            "Self-repair",
        ):
            assert untrue not in text
    figures = api.report(run).to_json()["runs"][0]
    assert figures["estimates"] is None
    assert figures["pass_at_1"]["value"] == 0
    assert figures["rounds"][0]["solved"] == 1


def test_it_is_compared_with_runs_of_other_methods(run: Path, benchmark_file: Path, tmp_path: Path) -> None:
    config = Sample(benchmark=str(benchmark_file), model="scripted", n=1)
    other = tmp_path / "sampled"
    asyncio.run(execute(config, other, opener=lambda spec: Scripted(answer, spec)))
    assert api.compare(run, other).difference.rate_a.value == 0.5


def test_it_is_exported(run: Path, tmp_path: Path) -> None:
    assert api.export(run, "sft", output=tmp_path / "sft.jsonl") == 1
    (row,) = map(json.loads, (tmp_path / "sft.jsonl").read_text().splitlines())
    assert row["problem"] == "mine/add"


def test_a_name_is_given_once(persist: registry.MethodEntry) -> None:
    with pytest.raises(UsageError, match="another name"):
        registry.register(persist)


def test_an_unknown_method_is_named_with_its_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean repair"):
        registry.method("repiar")


@pytest.mark.parametrize("entry", registry.METHODS.values(), ids=list(registry.METHODS))
def test_every_entry_leads_to_the_method_of_its_name(entry: registry.MethodEntry) -> None:
    method = entry.load()
    assert method.config.method == entry.name
    assert import_module(method.config.__module__)


@pytest.mark.parametrize("name", [name for name in registry.METHODS if name != "repair"])
def test_no_option_has_the_name_of_a_fact_that_a_run_records_beside_its_options(
    name: str, recorded: Path
) -> None:
    written = set(json.loads((recorded / "config.json").read_text()))
    facts = written - set(registry.METHODS["repair"].load().config.model_fields)
    assert {VERSION, "outcomes", "machine"} <= facts
    assert not facts & set(registry.METHODS[name].load().config.model_fields)
