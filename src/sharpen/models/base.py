"""The one thing a model must do: draw samples for a prompt."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from sharpen.types import Completion, Prompt, Sampling


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
