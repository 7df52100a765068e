"""Runs that were recorded before the package had its present layout open, resume and are judged again.

``recorded/`` holds the journals as SQL and the config.json that a scripted model's runs left: self-repair and
Reflexion on two problems, and SelfCodeAlign on four seeds. Their verdicts name the sandbox by a hash.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from sharpen import api, registry
from sharpen.errors import ConfigChangedError
from sharpen.execution import execute
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.models.scripted import Scripted
from sharpen.results import Results
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.types import Node

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def open_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lay out a recorded run in the working directory, with what it was asked about."""
    monkeypatch.chdir(tmp_path)

    def lay_out(name: str) -> Path:
        directory = tmp_path / name
        directory.mkdir()
        shutil.copy(RECORDED / name / "config.json", directory)
        with sqlite3.connect(directory / "journal.db") as database:
            database.executescript((RECORDED / name / "journal.sql").read_text())
        database.close()
        shutil.copy(RECORDED / "mine.jsonl", tmp_path)
        (tmp_path / "al").mkdir(exist_ok=True)
        shutil.copy(RECORDED / "align" / "seeds.jsonl", tmp_path / "al")
        return directory

    return lay_out


def never(prompt: object, index: int) -> str:
    raise AssertionError(f"the model is asked for sample {index} of {prompt}")


def kinds(nodes: Sequence[Node]) -> dict[str, object]:
    """The verdict on every program: kind, and the outcome of each test."""
    return {
        node.id: (node.verdict.kind, [(o.test, o.kind) for o in node.verdict.outcomes])
        for node in nodes
        if node.verdict
    }


def resume(directory: Path, **changes: object) -> Results:
    config = registry.options_of(directory).model_copy(update=changes)
    return asyncio.run(execute(config, directory, opener=lambda spec: Scripted(never, spec)))


@pytest.mark.parametrize("name", ["repair", "reflexion", "align"])
def test_it_opens_and_is_reported(open_recorded, name: str) -> None:
    directory = open_recorded(name)
    assert list(Results(directory).nodes())
    assert Results(directory).errors == 0
    assert api.report(directory).page.stat().st_size > 5_000
    assert api.verify(directory).damages == ()


@pytest.mark.parametrize("name", ["repair", "reflexion"])
def test_it_resumes_from_its_recorded_answers_and_its_verdicts_are_made_again(
    open_recorded, name: str
) -> None:
    directory = open_recorded(name)
    before = list(Results(directory).nodes())
    results = resume(directory)
    after = list(results.nodes())
    assert results.errors == 0
    assert [node.id for node in after] == [node.id for node in before]
    assert kinds(after) == kinds(before)
    with Journal.read(directory) as journal:
        spent = journal.spent()
        used = journal._all(
            "SELECT DISTINCT plain(sandbox) FROM verdict v JOIN node n ON v.key IN (n.verdict, n.shown)"
        )
        assert list(used) == [(ProcessSandbox().version,)]
    assert spent.completions == len([node for node in before if node.completion])
    executions = spent.executions
    resume(directory)
    with Journal.read(directory) as journal:
        assert journal.spent().executions == executions, "what is judged already is not judged again"


@pytest.mark.parametrize("name", ["repair", "reflexion"])
def test_it_is_replayed_with_the_same_verdicts(open_recorded, name: str) -> None:
    directory = open_recorded(name)
    replayed = asyncio.run(api.replay(directory))
    assert replayed.flips == ()
    assert replayed.programs == sum(bool(node.verdict) for node in Results(directory).nodes())


def test_a_changed_option_is_refused_as_ever(open_recorded) -> None:
    directory = open_recorded("repair")
    with pytest.raises(ConfigChangedError, match="seed"):
        resume(directory, seed=1)


def test_more_can_be_drawn_in_an_old_run(open_recorded) -> None:
    directory = open_recorded("repair")
    config = registry.options_of(directory).model_copy(update={"n_p": 3})

    def answer(prompt: object, index: int) -> str:
        return "```python\ndef f():\n    pass\n```"

    results = asyncio.run(execute(config, directory, opener=lambda spec: Scripted(answer, spec)))
    stages = [node.stage for node in results.nodes()]
    assert (stages.count("program"), stages.count("repair")) == (6, 6)


def test_options_that_have_other_names_now_are_read(open_recorded) -> None:
    config = registry.options_of(open_recorded("align"))
    assert isinstance(config, Align)
    assert config.example_sets == 0


def test_options_that_came_later_are_at_their_defaults(open_recorded) -> None:
    config = registry.options_of(open_recorded("reflexion"))
    assert isinstance(config, Reflexion)
    assert config.server == type(config.server)()
