"""How many answers a run is likely to need."""

from hypothesis import given
from hypothesis import strategies as st

from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.run.forecast import Forecast
from sharpen.selfcodealign.generate.pipeline import Align


def test_at_first_the_options_say_how_many() -> None:
    assert Forecast(Sample(model="m", n=10)).expected(20, 0, 0) == 200
    assert Sample(model="m", n=10).answers_per_problem == 10
    assert Repair(model="m", n_p=4, n_fr=2, baseline="none").answers_per_problem == 4 + 4
    assert Repair(model="m", n_p=4, n_f=1, n_r=3, baseline="none").answers_per_problem == 4 + 8
    assert Reflexion(model="m", trials=2).answers_per_problem == 4
    assert Align(benchmark="s", model="m", n=10).answers_per_problem == 12


def test_what_is_drawn_outweighs_the_options() -> None:
    forecast = Forecast(Sample(model="m", n=10, concurrency=1))
    for _ in range(200):
        forecast.add(50)
    assert 200 <= forecast.expected(200, 100, 1) < 600
    assert forecast.tokens_per_answer == 50


@given(st.lists(st.integers(0, 2000), max_size=8), st.integers(0, 50))
def test_an_answer_that_is_being_written_counts_as_less_than_one(written: list[int], drawn: int) -> None:
    forecast = Forecast(Sample(model="m"))
    for _ in range(drawn):
        forecast.add(100)
    assert drawn <= forecast.answers(written) <= drawn + len(written)
    longer = forecast.answers([tokens + 1 for tokens in written])
    assert longer >= forecast.answers(written)


def test_where_all_problems_are_begun_at_once_the_rest_is_still_expected() -> None:
    forecast = Forecast(Sample(model="m", n=8, concurrency=30))
    for _ in range(22):
        forecast.add(230)
    assert 240 <= forecast.expected(30, 1, 218) < 300, "30 problems take 240 answers"


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 1000), st.integers(0, 300))
def test_no_fewer_are_expected_than_are_there(problems: int, done: int, drawn: int, writing: int) -> None:
    forecast = Forecast(Sample(model="m"))
    for _ in range(drawn):
        forecast.add(1)
    assert forecast.expected(problems, min(done, problems), writing) >= drawn + writing
