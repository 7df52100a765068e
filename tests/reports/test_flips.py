import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sharpen.errors import UsageError
from sharpen.reports.flips import compare, render
from tests.written_runs import Task, failing, passing, write_run


def sampled(directory, name, solved, **config):
    tasks = [Task(problem, [passing() if right else failing()]) for problem, right in solved.items()]
    return write_run(directory, tasks, name=name, **{"method": "sample", "n": 1} | config)


def shown(found):
    console = Console(width=80, file=io.StringIO())
    render(found, console)
    return console.file.getvalue()


def test_the_difference_is_that_of_the_problems_of_both(tmp_path):
    before = sampled(tmp_path, "before", {"a": True, "b": False, "c": False, "only here": True})
    after = sampled(tmp_path, "after", {"c": True, "a": True, "b": True, "only there": False})
    result = compare(after, before)
    assert (result.difference.a, result.difference.b) == ("after", "before")
    assert result.difference.difference.value == pytest.approx(2 / 3)
    assert result.difference.difference.n == 3
    assert (result.both, result.neither) == (1, 0)
    assert [(flip.problem, flip.solved_by, flip.failed_by) for flip in result.flips] == [
        ("c", "after", "before"),
        ("b", "after", "before"),
    ]


@settings(max_examples=10)  # each writes two runs to disk
@given(outcomes=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_every_problem_is_counted_once_and_swapping_the_runs_turns_the_sign(tmp_path_factory, outcomes):
    directory = tmp_path_factory.mktemp("pair")
    a, b = (
        sampled(directory, name, {str(i): pair[side] for i, pair in enumerate(outcomes)})
        for side, name in enumerate("ab")
    )
    there, back = compare(a, b), compare(b, a)
    assert there.both + there.neither + len(there.flips) == len(outcomes)
    assert there.difference.difference.value == pytest.approx(-back.difference.difference.value)
    gained = [flip.problem for flip in there.flips if flip.solved_by == "a"]
    assert gained == [str(i) for i, (left, right) in enumerate(outcomes) if left and not right]


def test_a_flip_names_the_first_input_that_differs(tmp_path):
    good = sampled(tmp_path, "good", {"a": True})
    bad = sampled(tmp_path, "bad", {"a": False})
    result = compare(good, bad)
    (flip,) = result.flips
    assert (flip.kind, flip.test) == ("wrong_answer", "test_0")
    assert flip.message == "f([3, 1]) returned [3, 1], expected [1, 3]"
    text = shown(result)
    assert "f([3, 1]) returned" in text
    assert "only by good 1, only by bad 0" in text


def test_a_repaired_problem_counts_as_solved(tmp_path):
    repaired = write_run(tmp_path, [Task("a", [failing(passing())])], name="repaired", n_p=1, n_fr=1)
    plain = sampled(tmp_path, "plain", {"a": False})
    assert [flip.solved_by for flip in compare(plain, repaired).flips] == ["repaired"]


def test_a_reflexion_run_is_held_against_samples_by_what_it_stands_by(tmp_path):
    tasks = [Task("a", [failing(passing(), passing(shown="passed"))])]
    tried = write_run(tmp_path, tasks, name="tried", method="reflexion", strategy="reflexion")
    result = compare(tried, sampled(tmp_path, "plain", {"a": False}))
    assert [flip.solved_by for flip in result.flips] == ["tried"]


def test_runs_with_the_same_name_are_told_apart_by_their_paths(tmp_path):
    one, two = (sampled(tmp_path / place, "run", {"a": place == "x"}) for place in "xy")
    result = compare(one, two)
    assert result.flips[0].solved_by == str(one)


def test_what_a_program_printed_is_no_markup(tmp_path):
    tasks = [Task("a", [failing(message="[bold]not markup[/bold]")])]
    bad = write_run(tmp_path, tasks, name="bad", method="sample", n=1)
    assert "[bold]not markup[/bold]" in shown(compare(sampled(tmp_path, "good", {"a": True}), bad))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"benchmark": "mbpp"}, "run of humaneval and .* of mbpp"),
        ({}, "no common problem"),
    ],
)
def test_runs_that_cannot_be_compared(tmp_path, changes, sentence):
    a = sampled(tmp_path, "a", {"x": True})
    b = sampled(tmp_path, "b", {"y": True}, **changes)
    with pytest.raises(UsageError, match=sentence):
        compare(a, b)


def test_graphs_are_left_to_their_report(tmp_path):
    runs = [sampled(tmp_path, name, {"x": True}, method="structure") for name in "ab"]
    with pytest.raises(UsageError, match="sharpen report RUN RUN"):
        compare(*runs)


def test_from_the_command_line(tmp_path, sharpen):
    runs = [sampled(tmp_path, name, {"x": name == "a", "y": True}) for name in "ab"]
    code, out, _ = sharpen("compare", *runs)
    assert code == 0
    assert "only by a 1" in out
    code, out, _ = sharpen("compare", *runs, "--json")
    assert json.loads(out)["flips"][0]["problem"] == "x"
    assert json.loads(out)["difference"]["difference"]["value"] == 0.5


def test_compare_leads_with_equal_tokens(tmp_path):
    """Two programs of a problem cost 40 tokens: at the 20 of one program only half of them is drawn."""
    names = "abcd"
    one = write_run(tmp_path, [Task(n, [failing()]) for n in names], name="one", method="sample", n=1)
    two = write_run(
        tmp_path,
        [Task(n, [passing() if n in "ab" else failing(), failing()]) for n in names],
        name="two",
        method="sample",
        n=2,
    )
    result = compare(two, one)
    assert result.equal_tokens.tokens_a == result.equal_tokens.tokens_b == 20
    assert result.equal_tokens.difference.value == pytest.approx(0.25)
    assert result.difference.difference.value == pytest.approx(0.5)
    assert shown(result).startswith("No difference is shown between two and one: +25.0 points (0.0 to 50.0)")


def test_trees_that_stopped_cannot_be_compared_at_equal_tokens(tmp_path):
    a = sampled(tmp_path, "a", {"x": True})
    b = write_run(tmp_path, [Task("x", [passing()])], name="b", n_p=1, n_fr=1, stop_at_success=True)
    assert compare(a, b).equal_tokens is None
    assert "unknown" in shown(compare(a, b)).splitlines()[0]
