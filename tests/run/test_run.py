"""A run journals, budgets, resumes and refuses."""

from dataclasses import replace
from functools import partial
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sharpen.benchmarks.base import Benchmark
from sharpen.errors import (
    ConfigChangedError,
    ModelError,
    ModelUnavailableError,
    RunLockedError,
    SuiteError,
    UsageError,
)
from sharpen.journal.journal import Journal
from sharpen.methods.sample import Sample, sample
from sharpen.models.replay import Replay
from sharpen.models.scripted import Scripted
from sharpen.run.config import Budget
from sharpen.run.progress import Snapshot
from sharpen.run.run import Run
from sharpen.run.subset import select
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Suite
from tests.world import ReadingSandbox, problem, toy_benchmark

pytestmark = pytest.mark.anyio

ANSWERS = {f"statement of toy/{i}": ["wrong", "right one"] for i in range(3)}


def config(**options: object) -> Sample:
    return Sample(**({"benchmark": "toy", "model": "scripted", "n": 2} | options))


@pytest.mark.parametrize("options", [{"temperature": inf}, {"temperature": nan}])
def test_a_number_that_json_has_no_word_for_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        config(**options)
    with pytest.raises(ValidationError):
        Budget(seconds=inf)


async def finish(
    directory: Path, model: Scripted, cfg: Sample, **options: object
) -> tuple[Run, ReadingSandbox]:
    sandbox = ReadingSandbox()
    run = Run(directory, cfg, toy_benchmark(), {"scripted": model}, sandbox, **options)
    try:
        await run.map(partial(sample, run=run, cfg=cfg))
    finally:
        await run.close()
    return run, sandbox


async def test_a_finished_run_asks_nobody_again(tmp_path: Path) -> None:
    first, again = Scripted(ANSWERS), Scripted(ANSWERS)
    await finish(tmp_path, first, config())
    _, sandbox = await finish(tmp_path, again, config())
    assert (len(first.requests), again.requests, sandbox.executed) == (6, [], [])


async def test_a_larger_run_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    await finish(tmp_path, Scripted(ANSWERS), config(n=1, limit=2))
    model = Scripted(ANSWERS)
    await finish(tmp_path, model, config(n=2))
    assert len(model.requests) == 2 * 1 + 1 * 2
    with Journal.read(tmp_path) as journal:
        assert [n.passed for n in journal.nodes("toy/0")] == [False, True]


async def test_another_configuration_is_refused_by_the_field_that_differs(tmp_path: Path) -> None:
    await finish(tmp_path, Scripted(ANSWERS), config())
    with pytest.raises(ConfigChangedError, match=r"temperature = 0\.8, not 0\.1"):
        await finish(tmp_path, Scripted(ANSWERS), config(temperature=0.1))


async def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with Journal.write(tmp_path), pytest.raises(RunLockedError):
        await finish(tmp_path, Scripted(ANSWERS), config())


async def test_a_failed_problem_is_data_and_is_asked_again(tmp_path: Path) -> None:
    broken = ANSWERS | {"statement of toy/1": ModelError("it said no")}
    await finish(tmp_path, Scripted(broken), config())
    with Journal.read(tmp_path) as journal:
        assert len(journal.nodes("toy/0")) == len(journal.nodes("toy/2")) == 2
    await finish(tmp_path, Scripted(ANSWERS), config())
    with Journal.read(tmp_path) as journal:
        assert len(journal.nodes("toy/1")) == 2


async def test_a_model_that_is_gone_ends_the_run_and_keeps_what_there_is(tmp_path: Path) -> None:
    gone = ANSWERS | {"statement of toy/2": ModelUnavailableError("nobody there")}
    with pytest.raises(ExceptionGroup) as caught:
        await finish(tmp_path, Scripted(gone), config(concurrency=1))
    assert caught.group_contains(ModelUnavailableError)
    model = Scripted(ANSWERS)
    await finish(tmp_path, model, config())
    assert {prompt[0].content for prompt, _ in model.requests} == {"statement of toy/2"}


@pytest.mark.parametrize(
    "budget", [Budget(tokens=8), Budget(executions=2), Budget(usd=1, completion_price=5e5)]
)
async def test_a_spent_budget_ends_the_run_cleanly(tmp_path: Path, budget: Budget) -> None:
    run, _ = await finish(tmp_path, Scripted(ANSWERS), config(concurrency=1), budget=budget)
    assert "is spent" in run.exhausted
    model = Scripted(ANSWERS)
    run, _ = await finish(tmp_path, model, config())
    assert not run.exhausted
    assert 0 < len(model.requests) < 6
    with Journal.read(tmp_path) as journal:
        assert sum(len(journal.nodes(f"toy/{i}")) for i in range(3)) == 6


async def test_progress_counts_problems_solved_and_tokens(tmp_path: Path) -> None:
    seen: list[Snapshot] = []
    await finish(tmp_path, Scripted(ANSWERS), config(), on_progress=seen.append)
    last = seen[-1]
    assert (last.total, last.done, last.solved, last.errors, last.tokens) == (3, 3, 3, 0, 9)
    assert all(snapshot.solved <= snapshot.done for snapshot in seen), "a share is of finished problems"


async def test_a_run_whose_config_is_damaged_says_so(tmp_path: Path) -> None:
    await finish(tmp_path, Scripted(ANSWERS), config())
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(Exception, match="is damaged"):
        await finish(tmp_path, Scripted(ANSWERS), config())


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_larger_limit_contains_a_smaller_one_and_both_are_spread(size: int, limit: int) -> None:
    problems = [problem(str(i)) for i in range(size)]
    chosen = [int(p.id) for p in select(problems, limit, ())]
    assert chosen == sorted(chosen)
    assert len(chosen) == min(size, limit)
    assert {p.id for p in select(problems, limit, ())} <= {p.id for p in select(problems, limit + 1, ())}
    gaps = [b - a for a, b in zip([-1, *chosen], [*chosen, size], strict=True)]
    assert max(gaps) <= 4 * size / limit + 1


def test_unknown_ids_are_refused() -> None:
    with pytest.raises(UsageError, match="no problem toy/9"):
        select(toy_benchmark().problems, None, ["toy/9"])


async def test_rows_of_any_stage_are_drawn_and_noted_once(tmp_path: Path) -> None:
    async def method(problem, run: Run) -> None:
        (tests,) = await run.draw(problem, "tests", "tests?", [0])
        seen = run.note(problem, "observation", "it fails", 0, tests, author="sandbox", reward=0.0)
        warm = replace(run.config.sampling, stop=("\n",))
        await run.draw(problem, "reflection", "why?", [0, 1], seen, sampling=warm)

    requests = []
    for _ in range(2):
        model = Scripted({"tests?": "assert 1", "why?": ["because", "so"]})
        run = Run(tmp_path, config(limit=1), toy_benchmark(), {"scripted": model}, ReadingSandbox())
        await run.map(partial(method, run=run))
        await run.map(lambda problem, run=run: method(problem, run))
        await run.close()
        requests.append(len(model.requests))
    assert requests == [3, 0]
    with Journal.read(tmp_path) as journal:
        tests, seen, why, so = journal.nodes("toy/0")
    assert [n.stage for n in (tests, seen, why, so)] == ["tests", "observation", "reflection", "reflection"]
    assert (seen.text, seen.author, seen.reward, seen.tokens) == ("it fails", "sandbox", 0.0, 0)
    assert [n.text for n in (why, so)] == ["because", "so"]
    assert tests.reward is None


async def test_the_same_observation_in_two_trials_is_two_rows(tmp_path: Path) -> None:
    run = Run(tmp_path, config(), toy_benchmark(), {}, ReadingSandbox())
    first = run.note(problem("toy/0"), "observation", "a room", 0, author="world")
    second = run.note(problem("toy/0"), "observation", "a room", 1, author="world")
    again = run.note(problem("toy/0"), "observation", "a room", 1, author="world")
    assert first.id != second.id == again.id
    await run.close()


class Served(Scripted):
    """A scripted model at an address: the same one wherever it serves ``m``."""

    @property
    def identity(self) -> str:
        return "served:m"


async def at(directory: Path, address: str, model: Scripted, **options: object) -> None:
    cfg = config(model=address, **options)
    run = Run(directory, cfg, toy_benchmark(), {address: model}, ReadingSandbox())
    try:
        await run.map(partial(sample, run=run, cfg=cfg))
    finally:
        await run.close()


async def test_a_server_that_moved_is_asked_nothing_again(tmp_path: Path) -> None:
    await at(tmp_path, "http://old:1/v1#m", Served(ANSWERS, "http://old:1/v1#m"))
    moved = Served(ANSWERS, "http://new:2/v1#m")
    await at(tmp_path, "http://new:2/v1#m", moved, server={"timeout": 5})
    assert moved.requests == []
    with pytest.raises(ConfigChangedError, match="model = "):
        await at(tmp_path, "http://new:2/v1#other", Scripted(ANSWERS, "other"))
    with pytest.raises(ConfigChangedError, match="server = "):
        await at(tmp_path, "http://new:2/v1#m", moved, server={"body": '{"top_k": 1}'})


async def test_answers_recorded_under_an_address_are_found_and_keep_their_rows(tmp_path: Path) -> None:
    class AtAddress(Scripted):
        identity = "http://old:1/v1#m"

    await at(tmp_path, "http://old:1/v1#m", AtAddress(ANSWERS, "http://old:1/v1#m"))
    with Journal.read(tmp_path) as journal:
        before = [node.id for node in journal.nodes("toy/0")]
    moved = Served(ANSWERS, "http://new:2/v1#m")
    await at(tmp_path, "http://new:2/v1#m", moved, n=3)
    assert [index for _, index in moved.requests] == [2, 2, 2]
    with Journal.read(tmp_path) as journal:
        assert [node.id for node in journal.nodes("toy/0")][:2] == before
        assert set(journal.models().values()) == {"http://old:1/v1#m"}
        assert not list(journal.verify())


async def test_a_run_at_two_addresses_replays_as_one_model(tmp_path: Path) -> None:
    await at(tmp_path / "a", "http://old:1/v1#m", Served(ANSWERS, "http://old:1/v1#m"))
    await at(tmp_path / "a", "http://new:2/v1#m", Served(ANSWERS, "http://new:2/v1#m"), n=3)
    for name in (None, "http://new:2/v1#m", "http://third:3/v1#m"):
        replayed = Replay(tmp_path / "a", name)
        assert replayed.identity == "served:m"
        await replayed.close()
    with pytest.raises(UsageError, match="name one"):
        Replay(tmp_path / "a", "http://new:2/v1#other")


async def test_reuse_finds_the_answers_of_a_server_that_moved(tmp_path: Path) -> None:
    await at(tmp_path / "a", "http://old:1/v1#m", Served(ANSWERS, "http://old:1/v1#m"))
    moved, cfg = Served(ANSWERS, "http://new:2/v1#m"), config(model="http://new:2/v1#m")
    models = {"http://new:2/v1#m": moved}
    run = Run(tmp_path / "b", cfg, toy_benchmark(), models, ReadingSandbox(), reuse=[tmp_path / "a"])
    try:
        await run.map(partial(sample, run=run, cfg=cfg))
    finally:
        await run.close()
    assert moved.requests == []


async def test_a_changed_benchmark_is_another_benchmark(tmp_path: Path) -> None:
    def benchmark(path: str, sha256: str) -> Benchmark:
        return replace(toy_benchmark(), source=f"{path} sha256:{sha256 * 64}")

    def open_run(asked: Benchmark) -> Run:
        return Run(tmp_path / "run", config(), asked, {"scripted": Scripted(ANSWERS)}, ReadingSandbox())

    for asked in (benchmark("a.jsonl", "a"), benchmark("moved/a.jsonl", "a")):
        await open_run(asked).close()
    with pytest.raises(ConfigChangedError, match="the benchmark has changed since the run"):
        open_run(benchmark("a.jsonl", "b"))
    await open_run(benchmark("a.jsonl", "a")).close()


def test_a_cap_that_cannot_bind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a budget of usd needs prices, .* add gpt to .*prices\.toml"):
        Budget(usd=1).prices(["gpt"])
    assert Budget(usd=1, prompt_price=2).usd == 1


class Refusing(ReadingSandbox):
    """Refuses the tests of one problem."""

    async def execute(self, program, suite, limits):
        if "idle" in suite.tests[0].code:
            raise SuiteError("the tests check nothing")
        return await super().execute(program, suite, limits)


async def test_a_problem_whose_tests_check_nothing_is_named_before_a_model_is_paid_for_it(
    tmp_path: Path,
) -> None:
    toy = toy_benchmark()
    idle = replace(toy.problems[0], hidden=Suite((AssertTest("hidden", "idle = f"),), "f"))
    benchmark = replace(toy, problems=[idle, *toy.problems[1:]])
    for _ in range(2):
        model = Scripted(ANSWERS)
        run = Run(tmp_path, config(), benchmark, {"scripted": model}, Refusing())
        await run.map(partial(sample, run=run, cfg=config()))
        await run.close()
        assert not any("toy/0" in request[0][0].content for request in model.requests)
        with Journal.read(tmp_path) as journal:
            assert journal.outcomes(run.outcomes)["toy/0"] == "the tests check nothing"
            assert not journal.outcomes(run.outcomes)["toy/1"]


async def test_a_problem_whose_entry_point_is_no_expression_is_named_before_a_model_is_paid_for_it(
    tmp_path: Path,
) -> None:
    toy = toy_benchmark(2)
    unfit = replace(toy.problems[0], hidden=Suite((CallTest("c", (1,), 1),), "two words"))
    fit = replace(toy.problems[1], hidden=Suite((CallTest("c", (1,), 1),), "f"))
    benchmark = replace(toy, problems=[unfit, fit])
    model = Scripted(ANSWERS)
    run = Run(tmp_path, config(), benchmark, {"scripted": model}, ProcessSandbox())
    await run.map(partial(sample, run=run, cfg=config()))
    await run.close()
    assert {request[0][0].content for request in model.requests} == {"statement of toy/1"}
    with Journal.read(tmp_path) as journal:
        outcomes = journal.outcomes(run.outcomes)
    assert "the entry point 'two words' is no Python expression" in outcomes["toy/0"]
    assert not outcomes["toy/1"]
