"""A model that is a function of the user's: messages and sampling in, an answer with its token counts out.

::

    async def ask(messages, sampling):
        return await litellm.acompletion(
            model="gpt-4.1-mini", messages=messages, max_tokens=sampling.max_tokens, seed=sampling.seed
        )

    results = await sharpen.repair("humaneval", model=ask)
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any, cast

from sharpen.errors import ModelError, SharpenError, UsageError
from sharpen.models.base import Model
from sharpen.types import Completion, FinishReason, Prompt, Sampling

MOST = 16
"""Calls that are awaited at once, over all prompts."""
_REASONS = {"stop": "stop", "length": "length", "content_filter": "filter"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answers. A response in OpenAI's form, as ``litellm`` gives it, is as good.

    Attributes:
        text: what the model wrote.
        prompt_tokens, completion_tokens: as its engine counts them.
        finish_reason: ``length`` where the answer was cut.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: FinishReason = "stop"


Ask = Callable[[list[dict[str, str]], Sampling], Awaitable[Any]]
"""Gets messages as ``{"role": ..., "content": ...}`` and the sampling, whose seed is the sample's own.

It returns an :class:`Answer` or a response in OpenAI's form.
"""


AnyModel = str | Model | Ask
"""A model's name, a model, or a function."""


class FunctionModel:
    """A model whose answers a function gives, by the name of the function if no other is given.

    Recorded answers are found again by the name: give the function another one when the model behind it is
    another.
    """

    def __init__(self, ask: Ask, name: str = "") -> None:
        name = name or getattr(ask, "__name__", "<lambda>")
        if name == "<lambda>":
            raise UsageError(
                f"a model needs a name, under which its answers are recorded: write {ask} with def"
            )
        self.name, self.identity = name, f"function:{name}"
        self._ask, self._places = ask, asyncio.Semaphore(MOST)

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Call the function once for each sample, several at a time.

        Raises:
            ModelError: it raised an exception, returned no answer, or cannot do what is asked.
        """
        if isinstance(prompt, str) or sampling.grammar:
            what = "continue a text" if isinstance(prompt, str) else "follow a grammar"
            raise ModelError(f"{self.name} takes messages: a model that is a function cannot {what}")
        tasks = [asyncio.create_task(self._one(prompt, sampling, index)) for index in indices]
        try:
            for each in asyncio.as_completed(tasks):
                yield await each
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Do nothing: nothing is held."""

    async def _one(self, prompt: Prompt, sampling: Sampling, index: int) -> tuple[int, Completion]:
        messages = [{"role": m.role, "content": m.content} for m in prompt if not isinstance(m, str)]
        seed = None if sampling.seed is None else sampling.request_seed(index)
        async with self._places:
            began = time.monotonic()
            try:
                asked = self._ask(messages, replace(sampling, seed=seed))
                answer = _read(await _awaitable(asked, self.name))
            except SharpenError:
                raise
            except Exception as error:  # the user's code may raise anything
                raise ModelError(f"{self.name} raised {type(error).__name__}: {error}") from error
        counts = answer.prompt_tokens, 0, answer.completion_tokens
        seconds = time.monotonic() - began
        return index, Completion(answer.text, *counts, answer.finish_reason, self.name, seconds)


def as_model(given: Model | Ask, name: str = "") -> Model:
    """Return a model object as it is, and a function as a model of this name, or of its own.

    Raises:
        UsageError: the function has no name, or it is neither.
    """
    if all(hasattr(given, name) for name in ("name", "identity", "sample", "close")):
        return cast("Model", given)
    if not callable(given):
        raise UsageError(f"{given!r} is not a model: give a name, a function or an object with `sample`")
    return FunctionModel(given, name)


def _awaitable(asked: Any, name: str) -> Awaitable[Any]:  # noqa: ANN401 - whatever a call of it gave
    if not isawaitable(asked):
        raise ModelError(f"{name} cannot be awaited: write it with async def")
    return asked


def _read(given: Any) -> Answer:  # noqa: ANN401 - whatever the user's function returned
    if isinstance(given, Answer):
        return given
    try:
        choice, usage = given.choices[0], given.usage
        reason = _REASONS.get(choice.finish_reason, "stop")
        text = choice.message.content or ""
        return Answer(text, usage.prompt_tokens, usage.completion_tokens, cast("FinishReason", reason))
    except (AttributeError, IndexError, TypeError) as error:
        raise ModelError(
            f"a function returned {type(given).__name__}: return sharpen.Answer(text, prompt_tokens, "
            "completion_tokens), or a response in OpenAI's form"
        ) from error
