"""Prompts that did not fit into a model's context: what goes on from one of them does not fit either."""

from sharpen.errors import ContextOverflowError
from sharpen.types import Prompt, Sampling


class Overflows:
    """The prompts of a run that a model refused as too long."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, int], set[Prompt]] = {}

    def add(self, model: str, prompt: Prompt, sampling: Sampling) -> None:
        """Remember a prompt that ``model`` refused; room for the answer was part of what did not fit."""
        self._refused.setdefault((model, sampling.max_tokens), set()).add(prompt)

    def check(self, model: str, prompt: Prompt, sampling: Sampling) -> None:
        """Let a prompt pass that is none of these and goes on from none.

        Raises:
            ContextOverflowError: it need not be sent: the model would refuse it.
        """
        refused = self._refused.get((model, sampling.max_tokens))
        if not refused:
            return
        if isinstance(prompt, str):
            too_long = any(isinstance(each, str) and prompt.startswith(each) for each in refused)
        else:
            too_long = any(prompt[:length] in refused for length in range(1, len(prompt) + 1))
        if too_long:
            raise ContextOverflowError(
                "the prompt goes on from one that did not fit into the model's context"
            )
