"""What a run is likely to need: answers and tokens, from its options and from what it has drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.run.config import RunConfig

ANSWER_SHARE = 0.4
"""Of ``max_tokens``: an answer's likely length, before there is one."""
WEIGHT = 3
"""Problems that the guess from the options counts as, beside those that are finished."""


@dataclass
class Forecast:
    """The answers of one process: those drawn, and those that are likely to come.

    Attributes:
        config: the run's options.
        drawn: completions so far.
        tokens: their completion tokens.
    """

    config: RunConfig
    drawn: int = 0
    tokens: int = 0

    def add(self, tokens: int) -> None:
        """Count a completion."""
        self.drawn += 1
        self.tokens += tokens

    @property
    def tokens_per_answer(self) -> float:
        """The likely length of an answer."""
        return max(1.0, self.tokens / self.drawn if self.drawn else ANSWER_SHARE * self.config.max_tokens)

    def answers(self, written: Sequence[int]) -> float:
        """Return the completions so far, with the likely shares of those of which some tokens are written."""
        length = self.tokens_per_answer
        return self.drawn + sum(tokens / (tokens + max(length - tokens, length / 4)) for tokens in written)

    def expected(self, problems: int, done: int, writing: int) -> float:
        """Return the completions that ``problems`` are likely to take when ``done`` of them are finished.

        The problems that are worked on, and the answers that are being written, are taken to be half done.
        """
        working = min(self.config.concurrency, problems - done)
        guess = self.config.answers_per_problem
        if done:
            guess = (WEIGHT * guess + self.drawn + writing / 2) / (WEIGHT + done + working / 2)
        return max(guess * problems, float(self.drawn + writing))
