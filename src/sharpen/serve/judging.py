"""From a request to a verdict: which program, which tests, which limits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace

from sharpen.benchmarks.base import Benchmark
from sharpen.errors import SuiteError, ToolchainError
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.serve.wire import BenchmarksTests, Caps, OwnTests
from sharpen.types import Program, Suite, Verdict

_HELD_CHARACTERS = 1 << 22
"""Of tests that are kept, so that programs with equal tests share one suite and the sandbox reads it once."""


class RequestJudge:
    """Turns requests into calls of the sandbox.

    ``limits`` is what a program with tests of its own may use at most; a benchmark's programs have the
    benchmark's. With ``trust_tests`` assertions that come with a request may run outside of the sandbox.
    """

    def __init__(
        self, sandbox: Sandbox, limits: Limits, benchmarks: Mapping[str, Benchmark], *, trust_tests: bool
    ) -> None:
        self._sandbox, self._limits, self._trust_tests = sandbox, limits, trust_tests
        self._suites: dict[str, Suite] = {}
        self._characters = 0
        self._benchmarks = {
            name: (benchmark, {problem.id: problem for problem in benchmark.problems})
            for name, benchmark in benchmarks.items()
        }

    def prepare(self, request: OwnTests | BenchmarksTests) -> Callable[[], Awaitable[Verdict]]:
        """Return what judges the request when it is called.

        Raises:
            ValueError: the request names what is not here or asks for more than it may have.
        """
        return self._own(request) if isinstance(request, OwnTests) else self._benchmarks_own(request)

    def _own(self, request: OwnTests) -> Callable[[], Awaitable[Verdict]]:
        suite = self._suite(request)
        limits = self._within(request.limits)
        return lambda: self._judged(Program(request.program), suite, limits)

    def _suite(self, request: OwnTests) -> Suite:
        """Return the request's tests: one object for equal tests, as of all answers to one problem."""
        facts = request.entry_point, request.context, request.alone, request.every, request.language
        name = repr((request.tests, facts))
        if name not in self._suites:
            self._characters += len(name)
            if self._characters > _HELD_CHARACTERS:
                self._suites.clear()
                self._characters = len(name)
            self._suites[name] = replace(request.suite, trusted="all" if self._trust_tests else "nothing")
        return self._suites[name]

    def _within(self, caps: Caps) -> Limits:
        for name, most in asdict(self._limits).items():
            value = getattr(caps, name)
            if value is not None and value > most:
                raise ValueError(f"limits.{name}: {value:,} is more than the service gives ({most:,})")
        return caps.over(self._limits)

    def _benchmarks_own(self, request: BenchmarksTests) -> Callable[[], Awaitable[Verdict]]:
        if request.benchmark not in self._benchmarks:
            there = ", ".join(self._benchmarks) or "none"
            raise ValueError(f"benchmark: the service has no {request.benchmark}; it has {there}")
        benchmark, problems = self._benchmarks[request.benchmark]
        if request.problem not in problems:
            like = next(iter(problems))
            raise ValueError(f"problem: {benchmark.name} has no {request.problem}; its ids look like {like}")
        problem, limits = problems[request.problem], Limits(**benchmark.limits)

        async def judged() -> Verdict:
            answer = request.completion
            program = benchmark.with_imports(await asyncio.to_thread(benchmark.extract, problem, answer))
            return await self._judged(program, problem.hidden, limits)

        return judged

    async def _judged(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        """Return the verdict; tests that can judge no program, or not here, say nothing of this one."""
        try:
            return await self._sandbox.execute(program, suite, limits)
        except (SuiteError, ToolchainError) as error:
            return Verdict("harness_error", message=str(error))
