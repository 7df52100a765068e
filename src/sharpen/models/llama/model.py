"""The embedded model: llama.cpp in this process, the default.

1. Every sample is a request of its own, with its own seed, on a slot of the engine; as many as there are
   slots are decoded in one batch, from whatever prompts they come.
2. The first sample of a prompt evaluates it and copies the slot's state; the others start from the copy on
   any slot. So a prompt is evaluated once, also when one prompt is all that is left to do.
3. After each answer the state is copied again, so that a repair, whose prompt is its parent's conversation
   and a new turn, evaluates only the new message.
4. Sampling is temperature, then top-p, over the whole vocabulary, as the papers' own code does it; the
   engine's own defaults (top-k 40, min-p 0.05, top-p before temperature) are switched off.

A request alone repeats exactly, from the same evaluated text. Elsewhere it does not: the order of sums
depends on what of the prompt is evaluated already and on what else is in the batch, so no two runs that
sample are the same. Measurements: ``docs/engine.md``.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.files.download import DownloadProgress
from sharpen.models.finetuned import open_weights
from sharpen.models.llama.engine import PLAIN, Engine, EngineReply, EngineSettings, Overlay
from sharpen.models.llama.scratch import Scratch
from sharpen.models.llama.slots import Copies, Slot, Slots
from sharpen.models.streaming import Drawn, samples_as_ready
from sharpen.types import Completion, Prompt, Sampling

_MOST_COPIED_BYTES = 1 << 29


class Llama:
    """A GGUF model behind the ``Model`` protocol. The weights are loaded by the first sample."""

    def __init__(
        self,
        name: str,
        weights: Path,
        sha256: str,
        settings: EngineSettings | None = None,
        overlay: Overlay = PLAIN,
    ) -> None:
        self._name, self._weights, self._sha256, self._overlay = name, weights, sha256, overlay
        self._settings = settings or EngineSettings()
        self._slots: Slots | None = None
        self._loading = asyncio.Lock()
        self._scratch: Scratch | None = None

    @classmethod
    def open(cls, spec: str, progress: DownloadProgress | None = None) -> "Llama":
        """Return the model of the weight store, of a GGUF file or of a training run. May download it.

        Raises:
            ModelUnavailableError: there is no such file, or the training run lacks what it made.
            FetchError: the weights cannot be had.
        """
        weights, overlay = open_weights(spec, progress)
        return cls(spec, weights.path, weights.sha256, overlay=overlay)

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        return self._name

    @property
    def identity(self) -> str:
        """The SHA-256 of the weights and of what is laid over them."""
        return f"sha256:{self._sha256}{self._overlay.identity}"

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[Drawn, None]:
        """Draw the samples together, once the prompt is evaluated.

        A failed sample is raised when the others are there: they are paid for.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: the engine or the weights cannot be loaded.
            ModelError: the engine failed on this prompt.
        """
        slots = await self._load()
        evaluated = asyncio.Event()
        draws = [
            self._lead(slots, prompt, sampling, index, evaluated, shared=len(indices) > 1)
            if position == 0
            else self._follow(slots, prompt, sampling, index, evaluated)
            for position, index in enumerate(indices)
        ]
        async with aclosing(samples_as_ready(draws)) as samples:
            async for drawn in samples:
                yield drawn

    async def close(self) -> None:
        """Release the engine's threads, memory and files."""
        slots, self._slots = self._slots, None
        if slots:
            await slots.close()
        if self._scratch:
            self._scratch.remove()

    async def _load(self) -> Slots:
        async with self._loading:
            if self._slots is None:
                self._scratch = self._scratch or Scratch()
                scratch, settings = self._scratch.path, self._settings
                engine = await asyncio.to_thread(Engine, self._weights, settings, scratch, self._overlay)
                copies = Copies(scratch, _MOST_COPIED_BYTES, fewest=2 * settings.slots)
                self._slots = Slots(engine, settings.slots, copies)
            return self._slots

    async def _lead(
        self,
        slots: Slots,
        prompt: Prompt,
        sampling: Sampling,
        index: int,
        evaluated: asyncio.Event,
        *,
        shared: bool,
    ) -> Drawn:
        """Draw the first sample. A prompt that others share is evaluated and copied for them first."""
        text = _flat(prompt)
        try:
            async with slots.take(text) as slot:
                if not shared:
                    return await self._draw(slot, prompt, sampling, index)
                ahead = await slot.answer(request_body(prompt, replace(sampling, max_tokens=1), index))
                await slot.hold(text)
                evaluated.set()
                index, completion = await self._draw(slot, prompt, sampling, index)
                return index, replace(completion, cached_tokens=ahead.cached_tokens)
        finally:
            evaluated.set()

    async def _follow(
        self, slots: Slots, prompt: Prompt, sampling: Sampling, index: int, evaluated: asyncio.Event
    ) -> Drawn:
        """Draw a sample after the first."""
        await evaluated.wait()
        async with slots.take(_flat(prompt)) as slot:
            return await self._draw(slot, prompt, sampling, index)

    async def _draw(self, slot: Slot, prompt: Prompt, sampling: Sampling, index: int) -> Drawn:
        started = time.perf_counter()
        answer = await slot.answer(request_body(prompt, sampling, index))
        seconds = time.perf_counter() - started
        answered = answer.text if isinstance(prompt, str) else _turn("assistant", answer.text)
        await slot.hold(_flat(prompt) + answered)
        return index, _completion(answer, self._name, seconds)


def request_body(prompt: Prompt, sampling: Sampling, index: int) -> dict[str, object]:
    """Return the engine's request for sample ``index``.

    Raises:
        UsageError: temperature, top_p or seed is left out.
    """
    require_numbers(sampling)
    body: dict[str, object] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "samplers": ["temperature", "top_p"],
        "seed": sampling.request_seed(index),
        "max_tokens": sampling.max_tokens,
        "stop": list(sampling.stop),
        "cache_prompt": True,
    }
    if sampling.grammar:
        body["grammar"] = sampling.grammar
    if isinstance(prompt, str):
        return body | {"prompt": prompt}
    return body | {"messages": [{"role": message.role, "content": message.content} for message in prompt]}


def require_numbers(sampling: Sampling) -> None:
    """Raise UsageError where temperature, top_p or seed is left out: an embedded model needs all of them."""
    if None in (sampling.temperature, sampling.top_p, sampling.seed):
        raise UsageError(
            "none leaves an option out of a server's request, and an embedded model needs all of them: give "
            "numbers for --temperature, --top-p and --seed"
        )


def _completion(answer: EngineReply, model: str, seconds: float) -> Completion:
    return Completion(
        text=answer.text,
        prompt_tokens=answer.prompt_tokens,
        cached_tokens=answer.cached_tokens,
        completion_tokens=answer.completion_tokens,
        finish_reason=answer.finish_reason,
        model=model,
        seconds=seconds,
    )


def _flat(prompt: Prompt) -> str:
    """Return the prompt as one text, so that a common beginning can be measured."""
    return prompt if isinstance(prompt, str) else "".join(_turn(m.role, m.content) for m in prompt)


def _turn(role: str, content: str) -> str:
    return f"{role}\n{content}\n"
