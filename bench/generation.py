"""How much of the engine's speed arrives: `sample` against raw llama.cpp; a repair run against no sharing.

1. The raw engine draws n samples of some HumanEval prompts, all in flight at once: no benchmark, no journal,
   no sandbox. Once with the samples of a prompt one after the other on one slot, which evaluates it once, and
   once with every sample on whatever slot llama.cpp chooses. The better of the two is the raw rate.
2. `sample` draws as many with the same prompts, sampling and seeds, recording and judging them. Claim: the
   ratio is at least 0.9.
3. `repair` runs on the same problems, and its very requests are then drawn again with every prompt
   evaluated whole. The gain is the ratio of the rates.

python bench/generation.py [--model NAME] [--problems 8] [--samples 4] [--max-tokens 256]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

from sharpen.api import Results, execute
from sharpen.benchmarks.registry import load
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.models.llama.engine import Engine, EngineReply, EngineSettings
from sharpen.models.llama.model import Llama, request_body
from sharpen.models.weights import pull
from sharpen.run.config import RunConfig
from sharpen.run.subset import select
from sharpen.types import Completion, Prompt, Sampling

Request = dict[str, object]


@dataclass(frozen=True, slots=True)
class Rate:
    """Tokens and the seconds they took."""

    completion_tokens: int
    evaluated: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Completion tokens per second."""
        return self.completion_tokens / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.per_second:5.1f} tokens/s ({self.completion_tokens} completion tokens, "
            f"{self.evaluated} prompt tokens evaluated, {self.seconds:.0f} s)"
        )


@dataclass
class Recorder:
    """A model that passes everything on and remembers what was asked."""

    model: Llama
    requests: list[Request] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    @property
    def identity(self) -> str:
        """The model's."""
        return self.model.identity

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Remember the requests and pass them on."""
        self.requests += [request_body(prompt, sampling, index) for index in indices]
        async for drawn in self.model.sample(prompt, sampling, indices):
            yield drawn

    async def close(self) -> None:
        """Close the model."""
        await self.model.close()


def timed(draw: Callable[[], Iterable[EngineReply]]) -> Rate:
    """Return the rate of some answers."""
    started = time.perf_counter()
    answers = list(draw())
    seconds = time.perf_counter() - started
    evaluated = sum(answer.prompt_tokens - answer.cached_tokens for answer in answers)
    return Rate(sum(answer.completion_tokens for answer in answers), evaluated, seconds)


@contextmanager
def raw_engine(weights: Path, settings: EngineSettings) -> Iterator[tuple[Engine, ThreadPoolExecutor]]:
    """A loaded engine and as many threads as it has slots."""
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(settings.slots) as threads:
        engine = Engine(weights, settings, Path(scratch))
        engine.complete({"prompt": "a", "max_tokens": 1}, Event())
        yield engine, threads
        engine.close()


def slot_rate(weights: Path, settings: EngineSettings, prompts: Sequence[Sequence[Request]]) -> Rate:
    """Return the raw engine's rate when each prompt's requests run one after the other on one slot."""
    free = list(range(settings.slots))
    with raw_engine(weights, settings) as (engine, threads):

        def on_one_slot(requests: Sequence[Request]) -> list[EngineReply]:
            slot = free.pop()
            try:
                return [engine.complete(request | {"id_slot": slot}, Event()) for request in requests]
            finally:
                free.append(slot)

        return timed(lambda: [answer for many in threads.map(on_one_slot, prompts) for answer in many])


def flat_rate(weights: Path, settings: EngineSettings, requests: Sequence[Request]) -> Rate:
    """Return the raw engine's rate when every request goes to the slot that llama.cpp chooses."""
    with raw_engine(weights, settings) as (engine, threads):
        return timed(lambda: threads.map(lambda request: engine.complete(request, Event()), requests))


async def run_rate(config: RunConfig, settings: EngineSettings) -> tuple[Rate, list[Request]]:
    """Return the rate of a whole run, journal and sandbox included, and what it asked of the model."""
    weights = pull(config.model)
    recorder = Recorder(Llama(config.model, weights.path, weights.sha256, settings))
    async for _ in recorder.model.sample("a", Sampling(max_tokens=1), [0]):
        pass  # loads the weights
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        results = await execute(config, Path(scratch) / "run", opener=lambda _: recorder)
        seconds = time.perf_counter() - started
        return _rate(results, seconds), recorder.requests


def _rate(results: Results, seconds: float) -> Rate:
    completions = [node.completion for node in results.nodes() if node.completion]
    evaluated = sum(c.prompt_tokens - c.cached_tokens for c in completions)
    return Rate(sum(c.completion_tokens for c in completions), evaluated, seconds)


def show(what: str, rate: Rate) -> Rate:
    """Print a rate and return it."""
    print(f"{what + ':':28} {rate}", flush=True)
    return rate


def total(rates: Sequence[Rate]) -> Rate:
    """Return the rate over all of them."""
    return Rate(
        sum(rate.completion_tokens for rate in rates),
        sum(rate.evaluated for rate in rates),
        sum(rate.seconds for rate in rates),
    )


def main() -> None:
    """Print the rates and the two ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--benchmark", default="humaneval")
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--slots", type=int, default=EngineSettings().slots)
    arguments = parser.parse_args()

    settings = EngineSettings(slots=arguments.slots)
    weights = pull(arguments.model).path
    common = {
        "benchmark": arguments.benchmark,
        "model": arguments.model,
        "limit": arguments.problems,
        "max_tokens": arguments.max_tokens,
    }
    config = Sample.model_validate(common | {"n": arguments.samples})
    benchmark = load(arguments.benchmark)
    prompts = [
        [request_body(benchmark.prompt(p), config.sampling, i) for i in range(arguments.samples)]
        for p in select(benchmark.problems, arguments.problems, ())
    ]
    flat = [request for many in prompts for request in many]
    raw = {
        "a prompt, a slot": partial(slot_rate, weights, settings, prompts),
        "any slot": partial(flat_rate, weights, settings, flat),
    }
    rates = {name: show(f"raw, {name}", measure()) for name, measure in raw.items()}
    best = max(rates, key=lambda name: rates[name].per_second)
    # In the order raw, sample, sample, raw, as the machine's speed drifts.
    ours = [show("sharpen sample", asyncio.run(run_rate(config, settings))[0]) for _ in range(2)]
    theirs = [rates[best], show(f"raw, {best}", raw[best]())]
    ratio = total(ours).per_second / total(theirs).per_second
    print(f"sample over the best raw rate, both turns: {ratio:.2f} (claim: at least 0.9)")

    repair = Repair.model_validate(common | {"n_p": arguments.samples, "n_fr": 2, "baseline": "none"})
    shared, requests = asyncio.run(run_rate(repair, settings))
    show("repair, prefixes shared", shared)
    unshared = [request | {"cache_prompt": False} for request in requests]
    whole = show("its requests, prompts whole", flat_rate(weights, settings, unshared))
    print(f"gain from prefix sharing: {shared.per_second / whole.per_second:.2f} times the rate")


if __name__ == "__main__":
    main()
