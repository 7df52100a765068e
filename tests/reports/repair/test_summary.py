import json
import math

import pytest

from sharpen.errors import JournalError, TruncatedTreesError
from sharpen.reports.repair.summary import summarise, summarise_all
from tests.written_runs import Feedback, Task, failing, passing, write_run

JOINT = {"n_p": 2, "n_fr": 1}


def measured(directory, **config):
    tasks = [
        Task("first", [passing(tokens=10), failing(failing(tokens=5), tokens=20)]),
        Task("repaired", [failing(passing(tokens=5), tokens=10), failing(failing(tokens=5), tokens=10)]),
        Task(
            "lost",
            [failing(failing(tokens=5, finish="length"), tokens=10), failing(shown="passed", tokens=10)],
        ),
    ]
    return write_run(directory, tasks, **JOINT | config)


def test_problems_are_told_apart_by_what_solved_them(tmp_path):
    tasks = [Task("late", [passing()], error=None), Task("broken", [], error="the model is gone")]
    whole = measured(tmp_path, name="whole")
    assert summarise(whole).statuses == {"solved": 1, "repaired": 1, "failed": 1}
    part = write_run(tmp_path, tasks, name="part", **JOINT | {"stop_at_success": True})
    summary = summarise(part)
    assert summary.statuses == {"unfinished": 1, "error": 1}
    assert summary.problems[1].error == "the model is gone"
    assert summary.finished == []


def test_rounds_accumulate_solved_problems_and_tokens(tmp_path):
    first, second = summarise(measured(tmp_path)).rounds
    assert (first.solved, second.solved) == (1, 2)
    assert first.rate.value == pytest.approx(1 / 3)
    assert first.tokens == pytest.approx(70 / 3)
    assert second.tokens == pytest.approx(90 / 3)


def test_repairs_are_counted_by_author_and_by_kind_of_failure(tmp_path):
    (author,) = summarise(measured(tmp_path)).by_author
    assert (author.label, author.human) == ("small (joint)", False)
    assert (author.programs, author.sampled, author.passed) == (4, 4, 1)
    assert author.rate.value == pytest.approx(1 / 4)
    (kind,) = summarise(measured(tmp_path)).by_kind
    assert (kind.label, kind.sampled) == ("wrong_answer", 4)


def test_verdicts_truncation_and_blind_programs_are_counted(tmp_path):
    summary = summarise(measured(tmp_path))
    assert summary.kinds == {"passed": 1, "wrong_answer": 5}
    assert summary.passes_visible == 1
    assert summary.answers["repair"].truncated == 1
    assert summary.answers["program"].sampled == 6
    assert summary.trust == {"isolated": 10}
    assert summary.spent.completions == 10


def test_answers_that_a_filter_refused_or_that_are_all_reasoning_are_counted(tmp_path):
    tasks = [Task("a", [failing(finish="filter"), failing(finish="thought"), passing()])]
    summary = summarise(write_run(tmp_path, tasks, method="sample", n=3))
    assert summary.answers["program"].unanswered == 2


def test_a_measured_run_is_estimated_against_its_own_programs(tmp_path):
    result = summarise(measured(tmp_path)).estimates
    assert result.problems == 3
    assert result.baseline_run == "run"
    assert [point.n_p for point in result.baseline.points] == [1, 2]
    assert result.curves[0].points[-1].rate.value == pytest.approx(2 / 3)


def test_a_larger_sample_run_of_the_same_model_is_the_baseline(tmp_path):
    run = measured(tmp_path)
    tasks = [Task(name, [passing(), failing(), failing()]) for name in ("first", "repaired", "lost")]
    iid = write_run(tmp_path, tasks, name="iid", method="sample", n=3)
    other = write_run(tmp_path, tasks, name="other", model="large", method="sample", n=3)
    report = summarise_all([run, iid, other])
    assert report.runs[0].estimates.baseline_run == "iid"
    assert len(report.runs[0].estimates.baseline.points) == 3


def test_a_run_that_stopped_at_success_has_plain_results_only(tmp_path):
    run = write_run(
        tmp_path, [Task("a", [passing(), failing()]), Task("b", [failing(), failing()])], stop_at_success=True
    )
    summary = summarise(run)
    assert summary.estimates is None
    assert summary.pass_at_1.value == pytest.approx(0.25)
    assert summary.rounds[0].solved == 1


def test_pass_at_1_of_a_sequential_run_is_that_of_the_first_program(tmp_path):
    tasks = [Task("a", [failing(), passing()]), Task("b", [passing()])]
    summary = summarise(write_run(tmp_path, tasks, stop_at_success=True, order="sequential"))
    assert summary.pass_at_1.value == pytest.approx(0.5)


def test_a_measured_run_that_lacks_repairs_is_refused(tmp_path):
    with pytest.raises(TruncatedTreesError, match="the tree of a in run"):
        summarise(write_run(tmp_path, [Task("a", [failing(), passing()])], **JOINT))


def test_the_report_says_whose_tests_were_the_feedback(tmp_path):
    visible = summarise(measured(tmp_path, name="visible"))
    hidden = summarise(measured(tmp_path, name="hidden", feedback_tests="hidden"))
    assert "the examples in the docstring" in visible.feedback
    assert "quotes the hidden tests, as in the self-repair paper" in hidden.feedback


def test_difficulties_are_apart(tmp_path):
    tasks = [Task("a", [passing()], "introductory"), Task("b", [failing()], "competition")]
    groups = summarise(write_run(tmp_path, tasks, method="sample", n=1)).difficulties
    assert [(group.label, group.final.value) for group in groups] == [("introductory", 1), ("competition", 0)]


def test_runs_are_compared_on_common_problems(tmp_path):
    one = write_run(
        tmp_path, [Task("a", [passing()]), Task("b", [passing()])], name="one", method="sample", n=1
    )
    two = write_run(
        tmp_path, [Task("b", [failing()]), Task("c", [failing()])], name="two", method="sample", n=1
    )
    (comparison,) = summarise_all([one, two]).comparisons
    assert comparison.difference.n == 1
    assert comparison.difference.value == 1
    assert comparison.tokens_a == 20


def explained(author, *outcomes):
    repairs = [passing() if outcome else failing() for outcome in outcomes]
    return Feedback(repairs, author=author)


def test_human_feedback_is_compared_with_models_on_the_programs_that_both_explained(tmp_path):
    config = {"stop_at_success": True, "n_p": 1, "n_f": 1, "n_r": 2}
    codes = [{"code": f"def f(xs):\n    return {i}\n"} for i in range(3)]
    models = [
        Task("a", [failing(explained("", 0, 1), **codes[0])]),
        Task("b", [failing(explained("", 0, 0), **codes[1])]),
        Task("c", [failing(explained("", 1, 1), **codes[2])]),
    ]
    people = [
        Task("a", [failing(explained("ada", 1, 1), **codes[0])]),
        Task("b", [failing(explained("ada", 0, 1), **codes[1])]),
    ]
    runs = [
        write_run(tmp_path, models, name="models", **config),
        write_run(tmp_path, people, name="people", feedback_from="x.jsonl", **config),
    ]
    result = summarise_all(runs).human_feedback["overall"]
    assert result.programs == 2
    assert result.rate_a.value == pytest.approx(0.75)
    assert result.rate_b.value == pytest.approx(0.25)
    assert result.difference.value == pytest.approx(0.5)


def test_human_feedback_on_other_programs_is_not_compared(tmp_path):
    config = {"stop_at_success": True, "n_p": 1, "n_f": 1, "n_r": 1}
    one = write_run(tmp_path, [Task("a", [failing(explained("", 0), code="x = 1\n")])], name="one", **config)
    two = write_run(
        tmp_path, [Task("a", [failing(explained("ada", 1), code="x = 2\n")])], name="two", **config
    )
    assert summarise_all([one, two]).human_feedback == {}


def test_a_summary_is_valid_json(tmp_path):
    data = summarise(measured(tmp_path)).to_json()
    read = json.loads(json.dumps(data, allow_nan=False))
    assert read["config"]["benchmark"] == "humaneval"
    assert read["estimates"]["problems"] == 3


def test_an_empty_run_has_no_figures_but_a_summary(tmp_path):
    summary = summarise(write_run(tmp_path, [], **JOINT))
    assert summary.estimates is None
    assert math.isnan(summary.pass_at_1.value)


def test_a_directory_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(JournalError, match="not a run"):
        summarise(tmp_path)


def test_a_run_that_people_went_on_with_is_reported_and_compared_by_author(tmp_path):
    """A person explains one of two programs; the model's own trees still have every figure."""
    own, person = Feedback([failing(), passing()]), Feedback([passing()] * 4, author="ada")
    tasks = [
        Task(name, [failing(own, person), failing(own)], difficulty=difficulty)
        for name, difficulty in (("a", "introductory"), ("b", "competition"))
    ]
    summary = summarise(write_run(tmp_path, tasks, n_p=2, n_f=1, n_r=4, feedback_from="x.jsonl"))
    assert summary.estimates.curves[-1].n_r == 2
    table = {
        label: {rate.label: (rate.programs, rate.sampled, rate.passed) for rate in rates}
        for label, rates in summary.by_author_and_difficulty.items()
    }
    assert table == {
        "introductory": {"small": (2, 4, 2), "ada": (1, 4, 4)},
        "competition": {"small": (2, 4, 2), "ada": (1, 4, 4)},
        "all": {"small": (4, 8, 4), "ada": (2, 8, 8)},
    }


def test_repairs_are_measured_by_round_and_a_fresh_start_is_compared(tmp_path):
    """Of two first-round repairs one passes, of two second-round repairs none."""
    deep = failing(failing(failing(tokens=3), tokens=5), tokens=10)
    tasks = [Task("a", [deep, failing(passing(tokens=5), tokens=10)]), Task("b", [deep, deep])]
    summary = summarise(write_run(tmp_path, tasks, n_p=2, n_fr=1, rounds=2))
    assert [(each.number, each.sampled, each.passed) for each in summary.decay] == [(1, 4, 1), (2, 3, 0)]
    assert [each.tokens for each in summary.decay] == [5, 3]
    policies = {(each.programs, each.rounds): (each.rate.value, each.tokens) for each in summary.restarts}
    assert policies[1, 0] == (0, 10)
    assert policies[1, 1] == pytest.approx((0.25, 15))
    assert policies[2, 1] == pytest.approx((0.5, (30 + (15 + 30) / 2) / 2))


def test_explanations_that_give_a_program_are_counted(tmp_path):
    texts = [Feedback([failing()], text="Why.\n```python\nx\n```"), Feedback([failing()], text="Why.")]
    summary = summarise(write_run(tmp_path, [Task("a", [failing(*texts)])], n_p=1, n_f=2, n_r=1))
    assert summary.answers["feedback"].with_code == 1


def test_every_difficulty_has_its_own_curves_and_heat_maps(tmp_path):
    tasks = [
        Task(name, [passing(), failing(failing())], difficulty=name[:1]) for name in ("a1", "a2", "b1", "b2")
    ]
    summary = summarise(write_run(tmp_path, tasks, **JOINT))
    assert {label: found.problems for label, found in summary.by_difficulty.items()} == {"a": 2, "b": 2}


def test_figures_are_computed_once_until_the_run_changes(tmp_path):
    run = measured(tmp_path)
    first = summarise_all([run])
    assert summarise_all([run]) is first
    measured(tmp_path, seed=12)
    assert summarise_all([run]) is not first
