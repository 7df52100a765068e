import io

from rich.console import Console

from sharpen.reports.repair.terminal import render
from tests.written_runs import Feedback, Task, failing, passing, write_run


def printed(*runs):
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    render(runs, console)
    return console.file.getvalue()


def tasks(problems=6):
    trees = [passing(tokens=30), failing(passing(), failing()), failing(failing(), failing())]
    return [
        Task(f"HumanEval/{i}", [trees[i % 3], trees[(i + 1) % 3], passing()], "easy") for i in range(problems)
    ]


def test_every_line_fits_80_columns(tmp_path):
    run = write_run(tmp_path, tasks(), n_p=3, n_fr=2, model="qwen2.5-coder-0.5b-instruct-with-a-long-name")
    iid = write_run(
        tmp_path,
        [Task(t.id, [passing(), failing(), failing(), failing()]) for t in tasks()],
        name="iid",
        method="sample",
        n=4,
    )
    assert max(map(len, printed(run, iid).splitlines())) <= 80


def test_the_figures_and_the_accounting_are_there(tmp_path):
    text = printed(write_run(tmp_path, tasks(), n_p=3, n_fr=2, feedback_tests="hidden"))
    assert "pass@3" in text
    assert "self-repair (3, 2)" in text
    assert "as in the self-repair paper" in text
    assert "6 problems" in text


def test_a_tree_that_costs_more_than_the_baseline_has_no_ratio(tmp_path):
    run = write_run(tmp_path, [Task("a", [failing(passing()), failing(failing())])], n_p=2, n_fr=1)
    assert "n/a" in printed(run)


def test_a_run_that_stopped_at_success_says_what_it_cannot_say(tmp_path):
    run = write_run(
        tmp_path, [Task("a", [failing(passing()), failing()])], n_p=2, n_fr=1, stop_at_success=True
    )
    text = printed(run)
    assert "--stop-at-success" in text
    assert "i.i.d. programs" not in text


def test_human_feedback_is_marked_as_human(tmp_path):
    run = write_run(
        tmp_path,
        [Task("a", [failing(Feedback([passing()], author="ada"), Feedback([failing()]))])],
        n_p=1, n_f=1, n_r=1, feedback_from="x.jsonl", stop_at_success=True,
    )  # fmt: skip
    text = printed(run)
    assert "ada (person)" in text
    assert "Passing repairs after human feedback and after models'" in text


def test_errors_of_problems_are_shown(tmp_path):
    text = printed(write_run(tmp_path, [Task("a", [], error="the model is gone")], n_p=1, n_fr=1))
    assert "a: the model is gone" in text


def test_markup_in_names_is_not_obeyed(tmp_path):
    run = write_run(tmp_path, [Task("a", [passing()])], method="sample", n=1, model="[bold red]x[/]")
    assert "[bold red]x[/]" in printed(run)


def test_an_unfinished_run_warns_of_its_own_figures(tmp_path):
    tasks = [Task("a", [passing()]), Task("b", [failing()], error=None)]
    text = printed(write_run(tmp_path, tasks, method="sample", n=1))
    assert "1 of 2 problems are not finished" in text
    assert "not finished" not in printed(write_run(tmp_path, tasks[:1], name="whole", method="sample", n=1))


def test_a_wide_heat_map_is_readable_at_80_columns(tmp_path):
    """Seven widths of repairs are more than one table of 80 columns holds: every figure stays whole."""
    rows = [
        Task(f"p{i}", [failing(*[passing() if j == i else failing() for j in range(6)]) for _ in range(6)])
        for i in range(8)
    ]
    run = write_run(tmp_path, rows, n_p=6, n_fr=6)
    text = printed(run)
    assert all(f"n_fr = {n_f}" in text for n_f in range(1, 7))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
