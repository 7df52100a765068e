"""What a run has paid for, over all the processes that ever worked on it, held against its budget."""

import time
from dataclasses import replace

from sharpen import prices
from sharpen.journal.journal import Journal
from sharpen.prices import Prices
from sharpen.run.config import Budget
from sharpen.types import Completion, Verdict


class Spending:
    """Counts answers and executions, from what the journal holds onwards."""

    def __init__(self, journal: Journal, budget: Budget, known: Prices) -> None:
        """Begin with what is recorded; ``known`` are the prices of models that have any."""
        self._budget, self._prices = budget, known
        self._spent, self._started = journal.spent(), time.monotonic()
        self._usd = prices.cost(known, journal.tokens_by_model())

    def add_answer(self, completion: Completion) -> None:
        """Count an answer that was paid for."""
        if (name := prices.name_of(completion.model)) in self._prices:
            tokens = completion.prompt_tokens, completion.cached_tokens, completion.completion_tokens
            self._usd += self._prices[name].usd(*tokens)
        spent = self._spent
        self._spent = replace(
            spent,
            completions=spent.completions + 1,
            prompt_tokens=spent.prompt_tokens + completion.prompt_tokens,
            cached_tokens=spent.cached_tokens + completion.cached_tokens,
            completion_tokens=spent.completion_tokens + completion.completion_tokens,
        )

    def add_execution(self, verdict: Verdict) -> None:
        """Count a program that was run."""
        self._spent = replace(
            self._spent,
            executions=self._spent.executions + 1,
            cpu_seconds=self._spent.cpu_seconds + verdict.cpu_seconds,
        )

    def check(self, *, executing: bool = False) -> None:
        """Let the run go on, with a program (``executing``) or with a request.

        Raises:
            BudgetExhaustedError: a cap is reached.
        """
        self._budget.check(self._spent, time.monotonic() - self._started, self._usd, executing=executing)
