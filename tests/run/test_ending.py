"""How a run ends early: what is paid for stays, and problems that were begun are finished first."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from sharpen.errors import ModelUnavailableError
from sharpen.journal.journal import Journal
from sharpen.methods.sample import Sample, sample
from sharpen.models.scripted import Scripted
from sharpen.run.config import Budget
from sharpen.run.run import Run, outcome_key
from tests.world import ReadingSandbox, toy_benchmark

pytestmark = pytest.mark.anyio


def config(**options: object) -> Sample:
    return Sample(**{"model": "scripted", "n": 2} | options)


async def finish(directory: Path, model: Scripted, cfg: Sample, **options: object) -> None:
    run = Run(directory, cfg, toy_benchmark(4), {"scripted": model}, ReadingSandbox(), **options)
    try:
        await run.map(partial(sample, run=run, cfg=cfg))
    finally:
        await run.close()


def finished(directory: Path) -> list[str]:
    with Journal.read(directory) as journal:
        return sorted(journal.outcomes(outcome_key(config(), ReadingSandbox.version)))


class Leaving(Scripted):
    """Refuses toy/0 once two others are in flight, and answers those after that."""

    def __init__(self) -> None:
        super().__init__(lambda prompt, index: "right")
        self.in_flight, self.left = asyncio.Semaphore(0), asyncio.Event()

    async def sample(self, prompt, sampling, indices):
        if prompt[0].content == "statement of toy/0":
            await self.in_flight.acquire()
            await self.in_flight.acquire()
            self.left.set()
            raise ModelUnavailableError("the quota is used up")
        self.in_flight.release()
        await self.left.wait()
        await asyncio.sleep(0.01)
        async for drawn in super().sample(prompt, sampling, indices):
            yield drawn


async def test_requests_in_flight_end_when_a_model_becomes_unavailable(tmp_path: Path) -> None:
    model = Leaving()
    with pytest.raises(ExceptionGroup) as caught:
        await finish(tmp_path, model, config(concurrency=3))
    assert caught.group_contains(ModelUnavailableError, match="quota")
    assert finished(tmp_path) == ["toy/1", "toy/2"], "in flight, so finished; toy/3 was not begun"
    again = Scripted(lambda prompt, index: "right")
    await finish(tmp_path, again, config())
    assert {prompt[0].content for prompt, _ in again.requests} == {"statement of toy/0", "statement of toy/3"}


@pytest.mark.parametrize("budget", [Budget(tokens=1), Budget(usd=1e-6, prompt_price=1.0)])
async def test_answers_that_are_paid_for_are_judged_and_their_problems_finished(
    tmp_path: Path, budget: Budget
) -> None:
    model = Scripted(lambda prompt, index: "right")
    await finish(tmp_path, model, config(concurrency=1), budget=budget)
    assert (len(model.requests), finished(tmp_path)) == (2, ["toy/0"])


async def test_a_problem_that_ends_while_another_meets_the_budget_is_finished(tmp_path: Path) -> None:
    await finish(tmp_path, Scripted(lambda prompt, index: "right"), config(), budget=Budget(tokens=1))
    with Journal.read(tmp_path) as journal:
        whole = [f"toy/{i}" for i in range(4) if len(journal.nodes(f"toy/{i}")) == 2]
    assert finished(tmp_path) == whole


async def test_a_resumed_run_finishes_what_was_begun_before_it_begins_others(tmp_path: Path) -> None:
    await finish(tmp_path, Scripted(lambda prompt, index: "wrong"), config(n=1, ids=("toy/2",)))
    model = Scripted(lambda prompt, index: "right")
    with Journal.write(tmp_path) as journal:  # as if the process had died before the problem ended
        journal.record_outcome("toy/2", outcome_key(config(), ReadingSandbox.version), "killed")
    await finish(tmp_path, model, config(concurrency=1), budget=Budget(tokens=5))
    assert model.requests[0] == (model.requests[0][0], 1)
    assert model.requests[0][0][0].content == "statement of toy/2"
