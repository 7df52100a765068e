import numpy as np
import pytest

from sharpen.errors import JournalError, TruncatedTreesError
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.results import full_trees
from tests.written_runs import Feedback, Task, failing, passing, write_run

JOINT = {"n_p": 2, "n_fr": 2}


def test_joint_repairs_become_texts_of_one_repair_without_tokens(tmp_path):
    run = write_run(
        tmp_path,
        [Task("a", [passing(tokens=5), failing(passing(tokens=7), failing(tokens=9), tokens=6)])],
        **JOINT,
    )
    tree = full_trees(run)["a"]
    assert tree.passed.tolist() == [True, False]
    assert tree.tokens.tolist() == [5, 6]
    assert tree.repairable.tolist() == [False, True]
    assert not tree.feedback_tokens.any()
    assert tree.repair_passed[1].tolist() == [[True], [False]]
    assert tree.repair_tokens[1].tolist() == [[7], [9]]


def test_split_repairs_hang_under_feedback_whose_tokens_count(tmp_path):
    texts = [
        Feedback([passing(tokens=1), failing(tokens=2)], tokens=30),
        Feedback([failing(tokens=3), failing(tokens=4)], tokens=40),
    ]
    run = write_run(tmp_path, [Task("a", [failing(*texts)])], n_p=1, n_f=2, n_r=2)
    tree = full_trees(run)["a"]
    assert tree.feedback_tokens.tolist() == [[30, 40]]
    assert tree.repair_tokens.tolist() == [[[1, 2], [3, 4]]]
    assert tree.repair_passed.tolist() == [[[True, False], [False, False]]]


def test_a_persons_feedback_costs_no_tokens(tmp_path):
    run = write_run(
        tmp_path,
        [Task("a", [failing(Feedback([passing()], author="ada"))])],
        n_p=1,
        n_f=1,
        n_r=1,
        feedback_from="x.jsonl",
    )
    assert full_trees(run)["a"].feedback_tokens.tolist() == [[0]]


def test_a_models_texts_are_read_before_peoples(tmp_path):
    texts = [Feedback([passing(tokens=1)], author="ada"), Feedback([failing(tokens=2)], tokens=30)]
    run = write_run(tmp_path, [Task("a", [failing(*texts)])], n_p=1, n_f=1, n_r=1, feedback_from="x.jsonl")
    assert full_trees(run)["a"].feedback_tokens.tolist() == [[30]]
    assert full_trees(run)["a"].repair_tokens.tolist() == [[[2]]]


def test_a_program_that_fails_only_hidden_tests_is_not_repairable(tmp_path):
    run = write_run(tmp_path, [Task("a", [failing(shown="passed"), failing(failing(), failing())])], **JOINT)
    assert full_trees(run)["a"].repairable.tolist() == [False, True]


def test_a_program_that_passes_only_the_hidden_tests_is_never_repaired(tmp_path):
    odd = passing(shown="wrong_answer", below=[failing(), failing()])
    run = write_run(tmp_path, [Task("a", [odd, passing()])], **JOINT)
    assert not full_trees(run)["a"].repaired.any()


def test_deeper_rounds_are_not_read(tmp_path):
    deep = failing(failing(failing(passing(), passing())), failing())
    run = write_run(tmp_path, [Task("a", [deep, passing()])], rounds=3, **JOINT)
    assert not full_trees(run)["a"].repair_passed.any()


def test_a_run_that_stopped_at_success_is_refused_by_name(tmp_path):
    run = write_run(
        tmp_path, [Task("a", [passing(), failing()])], name="short", stop_at_success=True, **JOINT
    )
    with pytest.raises(TruncatedTreesError, match=r"short .*--stop-at-success"):
        full_trees(run)


@pytest.mark.parametrize(
    "programs",
    [[passing()], [passing(), failing(failing())], [passing(), failing()]],
    ids=["program", "repair", "repairs"],
)
def test_a_tree_that_lacks_a_row_is_refused_with_its_problem(tmp_path, programs):
    run = write_run(tmp_path, [Task("whole", [passing(), passing()]), Task("cut", programs)], **JOINT)
    with pytest.raises(TruncatedTreesError, match="the tree of cut in run"):
        full_trees(run)


def test_unfinished_and_broken_problems_are_left_out(tmp_path):
    tasks = [
        Task("a", [passing(), passing()]),
        Task("b", [passing()], error=None),
        Task("c", [], error="boom"),
    ]
    assert list(full_trees(write_run(tmp_path, tasks, **JOINT))) == ["a"]


def test_a_sample_run_is_full_whatever_passed(tmp_path):
    run = write_run(
        tmp_path, [Task("a", [passing(), failing(), failing()])], method="sample", n=3, stop_at_success=True
    )
    tree = full_trees(run)["a"]
    assert tree.passed.tolist() == [True, False, False]
    assert tree.repair_passed.shape == (3, 0, 0)
    assert not tree.repairable.any()


def test_programs_beyond_n_are_not_read(tmp_path):
    run = write_run(tmp_path, [Task("a", [passing(), failing(), failing()])], method="sample", n=2)
    np.testing.assert_array_equal(full_trees(run)["a"].passed, [True, False])


def test_a_directory_without_a_run_is_named(tmp_path):
    with pytest.raises(JournalError, match=r"config\.json"):
        read_config(tmp_path, RecordedConfig)


def test_a_damaged_configuration_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(JournalError, match="is damaged"):
        read_config(tmp_path, RecordedConfig)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("humaneval", "humaneval"),
        ("humaneval@/data/HumanEval.jsonl.gz", "humaneval"),
        ("apps/competition@apps.jsonl", "apps/competition"),
        ("/data/mine.jsonl", "mine.jsonl"),
    ],
)
def test_a_benchmark_is_called_by_its_name_wherever_its_file_is(word, name):
    assert RecordedConfig(method="sample", benchmark=word, model="m").benchmark_name == name


def people_explained(tmp_path, **config):
    """A run of split trees (2, 1, 2) that went on with a person's text on one program, four repairs of it."""
    texts = [Feedback([failing(tokens=2), passing(tokens=1)], tokens=30)]
    person = Feedback([passing()] * 4, author="ada")
    tasks = [Task("a", [failing(*texts, person), failing(*texts)])]
    return write_run(tmp_path, tasks, n_p=2, n_f=1, n_r=4, feedback_from="x.jsonl", **config)


def test_where_people_explained_some_programs_the_trees_are_those_that_models_grew(tmp_path):
    tree = full_trees(people_explained(tmp_path))["a"]
    assert tree.repair_passed.tolist() == [[[[False, True]]] * 2][0]
    assert tree.feedback_tokens.tolist() == [[30], [30]]


def test_where_only_people_explained_the_trees_are_programs_alone(tmp_path):
    tasks = [Task("a", [failing(Feedback([passing()], author="ada")), failing()])]
    run = write_run(tmp_path, tasks, n_p=2, n_f=1, n_r=1, feedback_from="x.jsonl")
    assert full_trees(run)["a"].repair_passed.shape == (2, 0, 0)


def test_joint_trees_that_people_went_on_with_stay_joint(tmp_path):
    person = Feedback([passing()], author="ada")
    tasks = [Task("a", [failing(failing(), passing(), person), failing(failing(), failing())])]
    run = write_run(tmp_path, tasks, n_p=2, n_f=1, n_r=1, feedback_from="x.jsonl")
    assert full_trees(run)["a"].repair_passed[..., 0].tolist() == [[False, True], [False, False]]
