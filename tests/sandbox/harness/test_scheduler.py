"""Which judge a program gets says nothing of the programs before it."""

from itertools import pairwise

from sharpen.sandbox.harness.judge_process import Judge
from sharpen.sandbox.harness.scheduler import Lanes


def taken(lanes: Lanes, times: int) -> list[int]:
    """The numbers of the judges that programs get one after the other, each put back last used last."""
    numbers = []
    for _ in range(times):
        judge = lanes.take_judge()
        lanes.idle.append(judge)
        numbers.append(judge.number)
    return numbers


def test_any_judge_that_was_started_is_taken(monkeypatch):
    monkeypatch.setattr(Judge, "started", property(lambda judge: judge.number < 3))
    numbers = taken(Lanes(1, ()), 200)
    assert set(numbers) == {0, 1, 2}
    assert len({*pairwise(numbers)}) == 9  # none follows from the one before


def test_no_more_are_started_than_run_at_a_time():
    lanes = Lanes(1, ())
    assert [lanes.take_judge().number for _ in lanes.judges] == [0, 1, 2, 3]
    assert lanes.idle == []
