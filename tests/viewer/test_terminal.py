"""Runs in the terminal."""

import time
from io import StringIO

from sharpen.terminal import Console
from sharpen.viewer.state import RunState
from sharpen.viewer.terminal import render_runs

MODEL = "http://localhost:8000/v1#Qwen/Qwen2.5-Coder-7B-Instruct"
STATES = [
    RunState("first", "finished", "repair", "humaneval", "qwen2.5-coder-0.5b", 8, 8, 5, 0, 40, 4512, 10.0),
    RunState("old/apps", "stopped", "sample", "apps/interview", MODEL, 2000, 1500, 300, 1, 9, 1234567, 1.0),
    RunState("broken", "unreadable", message="config.json cannot be read"),
]


def printed(states: list[RunState]) -> list[str]:
    out = StringIO()
    render_runs(states, Console(file=out, width=80))
    return out.getvalue().splitlines()


def test_figures_of_every_run_stand_in_one_line_of_80_columns() -> None:
    lines = printed(STATES)
    assert lines[0].startswith("first  repair on humaneval with qwen2.5-coder-0.5b")
    figures = [line for line in lines if "tokens" in line]
    assert [" ".join(line.split()) for line in figures] == [
        "finished 8 of 8 problems 5 solved 4,512 tokens",
        "stopped 1,500 of 2,000 problems 300 solved 1 error 1,234,567 tokens",
    ]
    assert len({line.index(" solved") for line in figures}) == 1


def test_the_most_recent_run_comes_first_and_a_broken_one_says_why() -> None:
    states = [RunState(name, "running", changed=time.time() - age) for name, age in (("a", 90), ("b", 5))]
    assert [line.split()[0] for line in printed(states)[::2]] == ["b", "a"]
    assert "config.json cannot be read" in "\n".join(printed(STATES))


def test_a_folder_without_runs_says_what_makes_one() -> None:
    assert "`sharpen sample`" in printed([])[0]
