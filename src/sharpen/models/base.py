"""The one thing a model must do: draw samples for a prompt."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, get_args

from sharpen.errors import ModelError
from sharpen.types import Completion, FinishReason, Prompt, Sampling


class Model(Protocol):
    """A model that completes prompts.

    One call draws several samples of one prompt, so that an engine can evaluate the prompt once; each
    sample is still a request of its own, with its own seed and its own token count. Calls run
    concurrently; the model bounds what is in flight.
    """

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        ...

    @property
    def identity(self) -> str:
        """What determines the answers: the weights' SHA-256, or ``served:`` and a server's name for them."""
        ...

    def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Draw the samples numbered ``indices`` and yield each, with its number, as soon as it is whole.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: no server is there, or no weights are.
            ModelError: the model failed on this prompt.
        """
        ...

    async def close(self) -> None:
        """Release processes, connections and memory. Nothing is in flight any more."""
        ...


def check_completion(completion: Completion, model: str) -> None:
    """Refuse what a journal cannot hold, from a model that is a user's own.

    Raises:
        ModelError: the text is none, a number of tokens is no whole number, or the answer's end has no name.
    """
    if not isinstance(completion.text, str):
        raise ModelError(f"{model} answered with a {type(completion.text).__name__} in place of a text")
    for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):
        value = getattr(completion, name)
        if not isinstance(value, int) or value < 0:
            raise ModelError(f"{model} answered with {name} {value!r}: give a whole number, 0 or more")
    if completion.finish_reason not in get_args(FinishReason):
        known = ", ".join(get_args(FinishReason))
        raise ModelError(
            f"{model} answered with finish_reason {completion.finish_reason!r}: give one of {known}"
        )
