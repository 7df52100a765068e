"""Progress is one line that says what a person wants to know."""

import io

from rich.console import Console

from sharpen.cli.progress import DownloadBar, ProgressLine
from sharpen.models.streaming import Draft
from sharpen.progress import describe
from sharpen.run.progress import Snapshot


def test_a_line_says_what_is_done_what_it_cost_and_what_is_left() -> None:
    line = describe(
        Snapshot(
            total=40,
            recorded=2,
            done=12,
            solved=9,
            errors=1,
            tokens=5000,
            seconds=100.0,
            answers=10,
            expected=38,
        )
    )
    for words in (
        "12/40 problems",
        "9 solved (75%",
        "1 error",
        "5,000 tokens, 50.0/s",
        "0:01:40 elapsed",
        "about 0:04:40 left",
    ):
        assert words in line


def test_nothing_is_divided_by_nothing() -> None:
    assert describe(Snapshot(0, 0, 0, 0, 0, 0, 0.0)) == "0/0 problems | 0 solved"


def test_where_there_is_no_terminal_plain_lines_are_few_and_the_last_one_is_shown() -> None:
    stream = io.StringIO()
    with ProgressLine(Console(file=stream, width=200)) as progress:
        for done in range(101):
            progress(Snapshot(100, 0, done, done, 0, 10 * done, 1.0))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("0/100 problems")
    assert lines[-1].startswith("100/100 problems")
    assert len(lines) < 10


def test_a_terminal_gets_a_live_line() -> None:
    stream = io.StringIO()
    with ProgressLine(Console(file=stream, width=120, force_terminal=True)) as progress:
        progress(Snapshot(4, 0, 1, 1, 0, 10, 1.0))
    assert "1/4 problems" in stream.getvalue()


def test_a_download_names_its_source() -> None:
    stream = io.StringIO()
    with DownloadBar(Console(file=stream, width=120)) as bar:
        bar("the hub", 10, 100)
        bar("the hub", 100, 100)
    assert "fetching from the hub" in stream.getvalue()


def test_a_run_of_align_counts_seeds() -> None:
    stream = io.StringIO()
    with ProgressLine(Console(file=stream, width=200), "align") as progress:
        progress(Snapshot(4, 0, 4, 1, 0, 10, 1.0))
    assert stream.getvalue().startswith("4/4 seeds | 1 with a response that passes its tests (25%")


def test_there_is_a_time_left_before_any_problem_is_finished() -> None:
    line = describe(Snapshot(280, 0, 0, 0, 0, 300, 10.0, answers=2.0, expected=560.0))
    assert "0/280 problems" in line and "about 0:46:30 left" in line
    assert "left" not in describe(Snapshot(280, 0, 0, 0, 0, 0, 10.0, answers=0.0, expected=560.0))


def test_who_watches_sees_what_is_being_written() -> None:
    draft = Draft("HumanEval/3", ["def f(x):\n", "    ret"])
    stream = io.StringIO()
    with ProgressLine(Console(file=stream, width=80, force_terminal=True), watch=True) as progress:
        progress(Snapshot(4, 0, 1, 1, 0, 10, 1.0, drafts=(draft,)))
    assert "HumanEval/3" in stream.getvalue() and "    ret" in stream.getvalue()
    assert "1 being written" in stream.getvalue()
