from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal
from sharpen.methods.human_feedback import Failure, read_explanations
from sharpen.viewer.study import Study, assigned, chosen
from tests.written_runs import Task, failing, write_run


def failing_programs(problems, each):
    return [
        Failure(program_id=f"{problem}-{number}", problem=str(problem))
        for problem in range(problems)
        for number in range(each)
    ]


@given(problems=st.integers(1, 12), each=st.integers(1, 4), people=st.integers(0, 9), data=st.data())
def test_nobody_sees_a_problem_twice_and_programs_are_shared_evenly(problems, each, people, data):
    per_person = data.draw(st.integers(1, problems))
    programs = chosen(failing_programs(problems, each))
    counts = Counter()
    for mine in assigned(programs, people, per_person, counts):
        assert len(mine) == len({program.problem for program in mine}) == per_person
    assert counts.total() == people * per_person


def test_the_papers_study_shows_each_of_40_programs_to_two_of_16_people():
    programs = chosen(failing_programs(20, 5))
    counts = Counter()
    assigned(programs, 16, 5, counts)
    assert (len(programs), set(counts.values())) == (40, {2})


def test_too_few_problems_are_refused():
    with pytest.raises(UsageError, match="smaller --per-person"):
        assigned(failing_programs(2, 2), 1, 3, Counter())


@pytest.fixture
def run(tmp_path):
    tasks = [Task(f"T/{i}", [failing(shown="wrong_answer"), failing(shown="exception")]) for i in range(4)]
    return write_run(tmp_path, tasks)


def test_what_is_handed_in_is_what_feedback_from_reads(run):
    study = Study.prepare(run, 3, 2)
    person = study.participants()[1]
    study.consent(person.label, "Ada")
    study.save(person.label, 0, "Half a sen", "", 3, finish=False)
    assert (study.assignments(person.label)[0].text, study.participants()[1].finished) == ("Half a sen", 0)
    study.save(person.label, 0, "The loop ends early.", "small mistake", 40, finish=True)
    program = study.assignments(person.label)[0].failure.program_id
    with Journal.read(run) as journal:
        explained = read_explanations(run / "feedback.jsonl", journal)
    assert explained == {program: [("P02", "The loop ends early.", ("small mistake",))]}
    assert "Ada" not in (run / "feedback.jsonl").read_text()


def test_a_study_that_is_opened_again_keeps_everything_and_may_grow(run):
    first = Study.prepare(run, 2, 2).participants()
    again = Study.prepare(run, 4, 2)
    assert again.participants()[:2] == first
    assert [person.label for person in again.participants()] == ["P01", "P02", "P03", "P04"]
    assert len({person.token for person in again.participants()}) == 4


def test_what_cannot_be_handed_in(run):
    study = Study.prepare(run, 1, 1)
    with pytest.raises(UsageError, match="empty"):
        study.save("P01", 0, "  ", "", 1, finish=True)
    with pytest.raises(UsageError, match="not a kind"):
        study.save("P01", 0, "text", "forged", 1, finish=False)


def test_a_link_that_is_not_the_studys(run):
    assert Study.prepare(run, 1, 1).participant("x" * 22) is None
