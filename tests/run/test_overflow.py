"""A prompt that does not fit, or that a filter refuses, is an unsolved sample: it counts and is asked once."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError
from sharpen.journal.journal import Journal
from sharpen.methods.repair import Repair, repair
from sharpen.methods.sample import Sample, sample
from sharpen.models.scripted import Scripted
from sharpen.reports.repair.summary import summarise
from sharpen.run.run import Run
from sharpen.types import Message, Prompt
from tests.world import ReadingSandbox, toy_benchmark

pytestmark = pytest.mark.anyio

TOO_LONG = ContextOverflowError("the prompt does not fit")


def limited(most_turns: int, failing: str = "wrong"):
    """Return a script that solves toy/1 at once, never solves toy/0, and refuses longer conversations."""

    def script(prompt: Prompt, index: int) -> str | ModelError:
        if len(prompt) > most_turns:
            return TOO_LONG
        return "right" if prompt[0].content == "statement of toy/1" else f"{failing} {index} {len(prompt)}"

    return script


async def finish(directory: Path, model: Scripted, cfg: Sample | Repair, **options: object) -> None:
    run = Run(directory, cfg, toy_benchmark(2), {"scripted": model}, ReadingSandbox(), **options)
    method = partial(repair, explained={}) if isinstance(cfg, Repair) else sample
    try:
        await run.map(partial(method, run=run, cfg=cfg))
    finally:
        await run.close()


SPLIT = {"n_f": 1, "n_r": 2}
VARIANTS = {
    "one sample": (0, Sample(model="scripted", ids=("toy/0",))),
    "repairs": (1, Repair(model="scripted", n_p=1, n_fr=2)),
    "repairs of repairs": (5, Repair(model="scripted", n_p=1, n_fr=1, rounds=6)),
    "depth first": (
        3,
        Repair(model="scripted", n_p=2, n_fr=1, rounds=3, order="sequential", stop_at_success=True),
    ),
    "full trees": (3, Repair(model="scripted", n_p=2, n_fr=1, rounds=2)),
    "an explanation": (1, Repair(model="scripted", n_p=1, **SPLIT)),
    "a repair with an explanation": (1, Repair(model="scripted", n_p=2, **SPLIT)),
}


@pytest.mark.parametrize(("most_turns", "cfg"), VARIANTS.values(), ids=VARIANTS)
async def test_what_does_not_fit_is_unsolved_counts_and_is_asked_once(
    tmp_path: Path, most_turns: int, cfg: Sample | Repair
) -> None:
    await finish(tmp_path, Scripted(limited(most_turns)), cfg)
    with Journal.read(tmp_path) as journal:
        nodes = journal.nodes("toy/0")
    ends = [node.completion.finish_reason for node in nodes if node.completion]
    assert "overflow" in ends
    assert not any(node.passed for node in nodes)
    summary = summarise(tmp_path)
    assert len(summary.finished) == len(summary.problems)
    assert summary.rounds[-1].rate.value == (0.5 if len(summary.problems) == 2 else 0)
    assert sum(answers.unanswered for answers in summary.answers.values()) == ends.count("overflow")

    again = Scripted(limited(most_turns))
    await finish(tmp_path, again, cfg)
    assert again.requests == []


@pytest.mark.parametrize("resumed", [False, True])
async def test_what_goes_on_from_a_prompt_that_did_not_fit_is_not_asked(
    tmp_path: Path, resumed: bool
) -> None:
    model = Scripted(limited(3))
    for rounds in (2, 6) if resumed else (6,):
        cfg = Repair(model="scripted", n_p=1, n_fr=1, rounds=rounds, baseline="none")
        await finish(tmp_path, model, cfg)
    refused = [prompt for prompt, _ in model.requests if len(prompt) > 3]
    assert [len(prompt) for prompt in refused] == [5]
    with Journal.read(tmp_path) as journal:
        ends = [node.completion.finish_reason for node in journal.nodes("toy/0") if node.completion]
    assert ends == ["stop", "stop", *["overflow"] * 5]


class Filtering(Scripted):
    """A server whose provider filters sample 1 of every prompt."""

    async def sample(self, prompt, sampling, indices):
        async for index, completion in super().sample(prompt, sampling, indices):
            if index == 1:
                completion = replace(completion, text="", finish_reason="filter")  # noqa: PLW2901
            yield index, completion


@pytest.mark.parametrize(
    ("model", "rate"),
    [
        (Filtering(lambda prompt, index: "right"), 0.5),
        (Scripted(lambda prompt, index: "right" if index == 0 else "I cannot help with that."), 0.5),
        (Scripted(lambda prompt, index: "right" if index == 0 else TOO_LONG), 0.5),
        (Scripted(lambda prompt, index: TOO_LONG), 0.0),
    ],
    ids=["filter", "refusal", "overflow of one", "overflow of all"],
)
async def test_pass_at_1_does_not_rise(tmp_path: Path, model: Scripted, rate: float) -> None:
    cfg = Sample(model="scripted", n=2)
    await finish(tmp_path, model, cfg)
    with Journal.read(tmp_path) as journal:
        passed = [node.passed for i in range(2) for node in journal.nodes(f"toy/{i}")]
    assert sum(passed) / len(passed) == rate
    assert len(passed) == 4
    requests = len(model.requests)
    await finish(tmp_path, model, cfg)
    assert len(model.requests) == requests


@pytest.mark.parametrize("error", [ModelError("the server failed"), ModelUnavailableError("nobody there")])
async def test_what_fails_for_the_servers_sake_waits_for_a_resume(tmp_path: Path, error: ModelError) -> None:
    cfg = Sample(model="scripted", concurrency=1)
    failing = Scripted(lambda prompt, index: error if "toy/0" in prompt[0].content else "right")
    with suppress(ExceptionGroup):
        await finish(tmp_path, failing, cfg)
    with Journal.read(tmp_path) as journal:
        assert journal.nodes("toy/0") == []
    model = Scripted(limited(9))
    await finish(tmp_path, model, cfg)
    assert ((Message("user", "statement of toy/0"),), 0) in model.requests


async def test_reuse_asks_again_as_the_context_may_have_grown(tmp_path: Path) -> None:
    cfg = Sample(model="scripted")
    await finish(tmp_path / "small", Scripted(limited(0)), cfg)
    larger = Scripted(limited(9))
    await finish(tmp_path / "large", larger, cfg, reuse=[tmp_path / "small"])
    assert len(larger.requests) == 2
