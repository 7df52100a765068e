import asyncio
from io import StringIO

import pytest
from rich.console import Console

from sharpen import api
from sharpen.errors import UsageError
from sharpen.journal.steps import read_steps
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from sharpen.viewer.terminal import ago, render_steps
from tests.conftest import answer


@pytest.fixture
def run(tmp_path, benchmark_file):
    config = Repair(benchmark=str(benchmark_file), model="scripted", n_p=2, n_f=1, n_r=1, baseline="none")
    asyncio.run(api.execute(config, tmp_path / "run", opener=lambda spec: Scripted(answer, spec)))
    return tmp_path / "run"


def test_each_step_has_what_was_told_answered_and_run(run):
    first, feedback, repair, *_ = read_steps(run, "mine/add").steps
    assert (first.title, first.depth, first.known, len(first.messages)) == ("program 1", 0, 0, 1)
    assert "def add(a, b)" in first.messages[0].content
    assert (feedback.title, feedback.depth, feedback.known) == ("feedback 1", 1, 2)
    assert first.visible.message in feedback.messages[-1].content
    assert first.hidden.message not in feedback.messages[-1].content
    assert (repair.title, repair.depth, repair.known) == ("repair 1", 2, 2)
    assert (repair.before, repair.hidden.passed) == (first.program, True)


def test_a_step_comes_after_its_parent_and_siblings_by_number(run):
    titles = [step.title for step in read_steps(run, "add").steps]
    assert titles == ["program 1", "feedback 1", "repair 1", "program 2", "feedback 1", "repair 1"]


@pytest.mark.parametrize(
    ("problem", "sentence"), [("mine/none", "ids look like mine/add"), ("", "has no problem")]
)
def test_a_problem_that_is_not_there(run, problem, sentence):
    with pytest.raises(UsageError, match=sentence):
        read_steps(run, problem)


def test_the_terminal_shows_the_three_things_of_each_step(run):
    console = Console(width=100, record=True, file=StringIO())
    render_steps(read_steps(run, "add"), console)
    text = console.export_text()
    for heading in ("What the model was told", "What it answered", "What it changed", "What then ran"):
        assert heading in text
    assert "hidden tests: passed" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (90000, "1 d ago")]
)
def test_how_long_ago(seconds, text):
    assert ago(seconds) == text
