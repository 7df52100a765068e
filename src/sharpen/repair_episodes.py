"""Repair as episodes of a trainer: a program, what the visible tests say of it, a repair, and a reward.

::

    episodes = RepairEpisodes("mbpp")
    messages = episodes.prompt(problem)
    ...                                            # the model answers
    question = await episodes.observe(problem, answer)  # None where there is nothing to repair
    reward = await episodes.reward(problem, answer)     # of the last answer, by the hidden tests

The questions are those of ``sharpen repair`` in its joint form. :mod:`sharpen_verifiers` plays them in
``verifiers``.
"""

from collections.abc import Sequence

from sharpen.benchmarks.registry import load
from sharpen.errors import SandboxError, UsageError
from sharpen.exports.trainers import turns
from sharpen.methods.prompts import CHAT, render
from sharpen.methods.repair import facts
from sharpen.rewards import Body, Reward
from sharpen.serve.wire import RewardResponse
from sharpen.suite_json import write_test
from sharpen.types import Problem


class RepairEpisodes:
    """A benchmark's problems as episodes; programs run here or in a service.

    Attributes:
        problems: in the benchmark's order.
    """

    def __init__(self, benchmark: str, *, service: str = "", workers: int | None = None) -> None:
        """Load the benchmark and open the sandbox; the arguments are those of :class:`Reward`.

        Raises:
            UsageError: there is no such benchmark, its problems have no tests, or there is no token for the
                service.
        """
        self._benchmark = load(benchmark)
        self.problems: Sequence[Problem] = self._benchmark.problems
        if self._benchmark.environment:
            raise UsageError(f"{benchmark} has no tests to be rewarded by: its problems are acted in")
        # The only tests that are sent with a request are the benchmark's visible ones.
        self._judge = Reward(benchmark, service=service, workers=workers, trust_tests=True)

    def prompt(self, problem: Problem) -> list[dict[str, str | bool]]:
        """Return the messages that ask for a program."""
        return turns(self._benchmark.prompt(problem))

    async def observe(self, problem: Problem, answer: str) -> str | None:
        """Return the question that asks for a repair.

        None where the program passes the visible tests, or where the problem has none.

        Raises:
            SandboxError: the sandbox failed, or the service cannot be asked.
        """
        if not problem.visible.tests:
            return None
        verdict = await self._verdict(problem, self._visible(problem, answer))
        if verdict.reward:
            return None
        values = facts(problem) | {"error": verdict.message}
        return render("explain_and_repair", prompts=CHAT, **values).strip()

    async def reward(self, problem: Problem, answer: str) -> float:
        """Return 1 where the program in the answer passes the hidden tests, else 0.

        Raises:
            SandboxError: the sandbox failed, or the service cannot be asked: this is not a reward of 0.
        """
        request = {"benchmark": self._judge.benchmark, "problem": problem.id, "completion": answer}
        return float((await self._verdict(problem, request)).reward or 0)

    def close(self) -> None:
        """End the sandbox's processes."""
        self._judge.close()

    async def _verdict(self, problem: Problem, request: Body) -> RewardResponse:
        (verdict,) = await self._judge.verdicts([request])
        if verdict is None or verdict.reward is None:
            reason = verdict.message if verdict else "the service ends or its sandbox failed"
            raise SandboxError(f"nothing is known of the answer to {problem.id}: {reason}")
        return verdict

    def _visible(self, problem: Problem, answer: str) -> Body:
        program = self._benchmark.with_imports(self._benchmark.extract(problem, answer))
        suite = problem.visible
        return {
            "program": program.code,
            "tests": [write_test(test) for test in suite.tests],
            "entry_point": suite.entry_point,
            "context": suite.context,
            "language": suite.language,
        }
