"""Run: the one effectful object that a method gets.

It journals, budgets, bounds and sandboxes, so that a method is control flow over awaitables. A run lives
in a directory: ``config.json`` (what was asked, verbatim) and ``journal.db`` (what happened). The same
configuration in the same directory goes on where it stopped.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from sharpen.benchmarks.base import Benchmark, LazySuite
from sharpen.errors import (
    BudgetExhaustedError,
    ContextOverflowError,
    ModelError,
    ModelUnavailableError,
    SandboxError,
    SharpenError,
)
from sharpen.files.disk import read_file
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint, storable, verdict_key
from sharpen.journal.rows import ProblemRow
from sharpen.models.base import Model, check_completion
from sharpen.run.calibration import calibrated, suite_hash
from sharpen.run.config import Budget, RunConfig
from sharpen.run.overflow import Overflows
from sharpen.run.progress import Progress, ProgressCounter
from sharpen.run.resume import keep_run_config
from sharpen.run.spending import Spending
from sharpen.run.subset import select
from sharpen.sandbox.base import Limits, Sandbox, version_for
from sharpen.types import (
    AssertTest,
    Completion,
    Node,
    Problem,
    Program,
    Prompt,
    Sampling,
    Stage,
    Suite,
    Verdict,
)

T = TypeVar("T")


class Run:
    """A method's world: the benchmark's problems, models, the sandbox and the record of it all."""

    def __init__(
        self,
        directory: Path,
        config: RunConfig,
        benchmark: Benchmark,
        models: dict[str, Model],
        sandbox: Sandbox,
        *,
        limits: Limits | None = None,
        budget: Budget | None = None,
        on_progress: Progress | None = None,
        reuse: Sequence[Path] = (),
        reference_seconds: Mapping[str, float] | None = None,
    ) -> None:
        """Open ``directory`` for writing; answers recorded in the runs ``reuse`` are not asked for again.

        ``reference_seconds`` bound the time of programs, by the hash of their tests; see
        :mod:`sharpen.run.calibration`.

        Raises:
            RunLockedError: another process works on it.
            ConfigChangedError: it holds a run of another configuration.
            JournalError: it cannot be written.
            UsageError: ``config.ids`` names a problem that the benchmark does not have.
            DataError: a file of ``config.determining_files`` cannot be read.
        """
        self.directory, self.config, self.benchmark = directory, config, benchmark
        self.problems = select(benchmark.problems, config.limit, config.ids, config.shard)
        self.outcomes = outcome_key(config, sandbox.version)
        self._earlier = [Journal.read(path) for path in reuse]
        budget = budget or Budget()
        prices = budget.prices(sorted(models))
        self.journal = Journal.write(directory)
        try:
            keep_run_config(directory, config, benchmark, models, self.outcomes, prices)
        except SharpenError:
            self.journal.close()
            raise
        self._models, self._sandbox = models, sandbox
        self._limits = limits or Limits(**benchmark.limits)
        self._reference_seconds = reference_seconds or {}
        self._spending = Spending(self.journal, budget, prices)
        self._progress = ProgressCounter(config, len(self.problems), on_progress)
        self._lost: ModelUnavailableError | None = None
        self._overflows = Overflows()
        self.exhausted: str = ""

    # What a method awaits

    async def programs(
        self,
        problem: Problem,
        prompt: Prompt,
        indices: Sequence[int],
        parent: Node | None = None,
        *,
        stage: Stage | None = None,
        sampling: Sampling | None = None,
        before: Sequence[str] = (),
        must_fit: bool = False,
    ) -> list[Node]:
        """Draw programs (repairs, when there is a parent) and judge each as soon as it is there.

        ``stage`` is for those that are neither; ``sampling`` is for prompts that need one of their own (stop
        strings, a grammar, equal questions); ``before`` holds the answers with the parts of the program
        before, where it is asked for in parts.

        Raises:
            ContextOverflowError: the prompt does not fit and ``must_fit`` is set, for a caller who has a
                shorter one. Without it each sample is an empty answer that ended with ``overflow``.
        """
        stage = stage or ("repair" if parent else "program")
        judging: list[asyncio.Task[Node]] = []
        async with asyncio.TaskGroup() as group:
            nodes = self._nodes(
                problem, self.config.model, prompt, indices, stage, parent, sampling, must_fit
            )
            async for node, key in nodes:
                judging.append(group.create_task(self._judged(problem, node, key, before)))
        return sorted((task.result() for task in judging), key=lambda node: node.index)

    async def feedback(
        self,
        problem: Problem,
        model: str,
        prompt: Prompt,
        indices: Sequence[int],
        parent: Node,
        *,
        sampling: Sampling | None = None,
    ) -> list[Node]:
        """Draw explanations of why ``parent`` fails."""
        return await self.draw(problem, "feedback", prompt, indices, parent, model=model, sampling=sampling)

    async def draw(
        self,
        problem: Problem,
        stage: Stage,
        prompt: Prompt,
        indices: Sequence[int],
        parent: Node | None = None,
        *,
        model: str = "",
        sampling: Sampling | None = None,
        must_fit: bool = False,
    ) -> list[Node]:
        """Draw completions as rows of ``stage``, by the run's own model if none is named.

        Raises:
            ContextOverflowError: see :meth:`programs`.
        """
        rows = []
        spec = model or self.config.model
        async for node, key in self._nodes(problem, spec, prompt, indices, stage, parent, sampling, must_fit):
            self.journal.record_node(node, key, None, None)
            rows.append(node)
        return sorted(rows, key=lambda node: node.index)

    async def self_tested(
        self,
        problem: Problem,
        stage: Stage,
        prompt: Prompt,
        indices: Sequence[int],
        parent: Node,
        read: Callable[[Node], tuple[Program, Suite] | None],
        *,
        model: str = "",
        sampling: Sampling | None = None,
        must_fit: bool = False,
    ) -> list[Node]:
        """Draw answers that bring tests of their own, and judge each by those as soon as it is there.

        ``read`` takes the program and its tests out of an answer; where it finds none there is no verdict.

        Raises:
            ContextOverflowError: see :meth:`programs`.
        """
        judging: list[asyncio.Task[Node]] = []
        async with asyncio.TaskGroup() as group:
            spec = model or self.config.model
            nodes = self._nodes(problem, spec, prompt, indices, stage, parent, sampling, must_fit)
            async for node, key in nodes:
                judging.append(group.create_task(self._self_judged(problem, node, key, read(node))))
        return sorted((task.result() for task in judging), key=lambda node: node.index)

    def explained(
        self,
        problem: Problem,
        parent: Node,
        index: int,
        author: str,
        text: str,
        labels: Sequence[str] = (),
    ) -> Node:
        """Record a person's explanation of why ``parent`` fails, with its labels."""
        node = self.note(problem, "feedback", text, index, parent, author=author)
        for number, label in enumerate(labels):
            self.note(problem, "label", label, number, node, author=author)
        return node

    def note(
        self,
        problem: Problem,
        stage: Stage,
        text: str,
        index: int,
        parent: Node | None = None,
        *,
        author: str,
        reward: float | None = None,
    ) -> Node:
        """Record what no model drew: what the world answered, what an evaluator or a person said."""
        text, author = storable(text), str(author)  # an Observer is plain text in the record
        named = () if stage == "feedback" else (stage, index)
        node = Node(
            id=fingerprint("node", problem.id, parent.id if parent else None, *named, author, text),
            parent=parent.id if parent else None,
            problem=problem.id,
            stage=stage,
            index=index,
            author=author,
            text=text,
            reward=reward,
        )
        self.journal.record_node(node, None, None, None)
        if reward == 1 and self.benchmark.environment:
            self._progress.solved.add(problem.id)
        return node

    async def execute(self, program: Program, suite: Suite) -> tuple[Verdict, str]:
        """Return the verdict on ``program``, recorded or new, and its key."""
        program = replace(program, code=storable(program.code))  # as the journal keeps it
        tests = suite_hash(suite)
        limits = calibrated(self._limits, self._reference_seconds.get(tests))
        limits_json = json.dumps(asdict(limits))
        version = version_for(self._sandbox, suite)
        key = verdict_key(program.code, tests, limits_json, version)
        if (verdict := self.journal.verdict(key)) is not None:
            return verdict, key
        self._spending.check(executing=True)
        verdict = await self._sandbox.execute(program, suite, limits)
        verdict = replace(verdict, message=storable(verdict.message))
        if verdict.kind == "harness_error":
            # Not a fact about the program: it must not be remembered as one.
            raise SandboxError(verdict.message)
        self.journal.record_verdict(program.code, tests, limits_json, version, verdict)
        self._spending.add_execution(verdict)
        return verdict, key

    # The runner

    async def map(self, method: Callable[[Problem], Awaitable[None]]) -> None:
        """Apply ``method`` to every problem, a bounded number at a time; skip those that are finished.

        Problems that an earlier process began come first. A problem that fails is recorded with its error
        and asked again when the run is resumed. When the budget is spent no new request is made, what is in
        flight is kept, and ``exhausted`` says why.

        Raises:
            ExceptionGroup: with a ModelUnavailableError, once what was in flight has ended.
        """
        chosen = {problem.id for problem in self.problems}
        outcomes = self.journal.outcomes(self.outcomes)
        finished = {problem for problem, error in outcomes.items() if not error} & chosen
        for position, problem in enumerate(self.benchmark.problems):
            if problem.id in chosen:
                self.journal.record_problem(position, row_of(problem))
        begun = self.journal.begun()
        unfinished = [p for p in self.problems if p.id not in finished]
        todo = iter(sorted(unfinished, key=lambda p: p.id not in begun))
        self._progress.begin(finished, self.journal.solved() & chosen)

        async def worker() -> None:
            for problem in todo:
                if self.exhausted or self._lost:
                    return
                with self._progress.drafts.of(problem.id):
                    await self._apply(method, problem)

        showing = asyncio.create_task(self._progress.keep_showing())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.config.concurrency, len(self.problems))):
                    group.create_task(worker())
        finally:
            showing.cancel()
        if self._lost:
            raise ExceptionGroup("the model is unavailable", [self._lost])

    async def close(self) -> None:
        """Release the journal, its lock, the models and the sandbox."""
        try:
            await self._sandbox.close()
            for model in self._models.values():
                await model.close()
        finally:
            for journal in (self.journal, *self._earlier):
                journal.close()

    async def _apply(self, method: Callable[[Problem], Awaitable[None]], problem: Problem) -> None:
        error, stopped = "", False
        try:
            await self._refuse_unfit(problem)
            await method(problem)
        except* BudgetExhaustedError as group:
            self.exhausted, stopped = first(group), True
        except* ModelUnavailableError as group:
            self._lost, stopped = self._lost or ModelUnavailableError(first(group)), True
        except* (ModelError, SandboxError) as group:
            error = first(group)
        if stopped:
            return
        self.journal.record_outcome(problem.id, self.outcomes, error)
        self._progress.finish(problem.id, error)

    async def _refuse_unfit(self, problem: Problem) -> None:
        """Refuse a problem whose tests can judge no program, before a model is paid for it.

        That is where they pass a program that does nothing, or call what no program can define.

        Raises:
            SuiteError: they cannot.
            SandboxError: the sandbox cannot be used.
        """
        suite = problem.hidden
        if not self._models or isinstance(suite, LazySuite) or suite.language != "python":
            return
        may_check_nothing = all(isinstance(test, AssertTest) for test in suite.tests)
        may_be_undefinable = not suite.entry_point.replace(".", "").isidentifier()
        if suite.entry_point and suite.tests and (may_check_nothing or may_be_undefinable):
            name = suite.entry_point if suite.entry_point.isidentifier() else "_"
            await self._sandbox.execute(Program(f"def {name}(*_, **__): pass\n"), suite, self._limits)

    async def _nodes(
        self,
        problem: Problem,
        spec: str,
        prompt: Prompt,
        indices: Sequence[int],
        stage: Stage,
        parent: Node | None,
        sampling: Sampling | None,
        must_fit: bool,
    ) -> AsyncGenerator[tuple[Node, str], None]:
        sampling = sampling or self.config.sampling
        async with aclosing(self._sample(spec, prompt, indices, sampling, must_fit)) as samples:
            async for index, completion, key in samples:
                node = Node(
                    id=fingerprint("node", problem.id, parent.id if parent else None, stage, key),
                    parent=parent.id if parent else None,
                    problem=problem.id,
                    stage=stage,
                    index=index,
                    author=completion.model,
                    text=completion.text,
                    prompt=prompt,
                    completion=completion,
                )
                yield node, key

    async def _sample(
        self, spec: str, prompt: Prompt, indices: Sequence[int], sampling: Sampling, must_fit: bool
    ) -> AsyncGenerator[tuple[int, Completion, str], None]:
        model = self._models[spec]
        recorded = self.journal.recorded(model.identity, prompt, sampling, indices)
        if recorded and all(known.finish_reason == "overflow" for _, known in recorded.values()):
            self._overflows.add(model.identity, prompt, sampling)
        for index, (key, completion) in recorded.items():
            yield index, completion, key
        missing = [index for index in indices if index not in recorded]
        for earlier in self._earlier:
            for index, completion in earlier.completions(model.identity, prompt, sampling, missing).items():
                if completion.finish_reason == "overflow":
                    continue  # nothing was paid, and the server may have a larger context by now
                key = self.journal.record_completion(model.identity, prompt, sampling, index, completion)
                missing.remove(index)
                yield index, completion, key
        if not missing:
            return
        if self._lost:
            raise ModelUnavailableError(str(self._lost))
        self._spending.check()
        async with aclosing(self._drawn(model, prompt, sampling, missing, must_fit)) as samples:
            async for index, drawn in samples:
                check_completion(drawn, model.name)
                completion = replace(drawn, text=storable(drawn.text))
                key = self.journal.record_completion(model.identity, prompt, sampling, index, completion)
                self._spending.add_answer(completion)
                self._progress.add_answer(completion.completion_tokens)
                yield index, completion, key

    async def _drawn(
        self, model: Model, prompt: Prompt, sampling: Sampling, indices: Sequence[int], must_fit: bool
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Ask the model; an empty answer for each sample whose prompt does not fit, unless it must.

        What goes on from a prompt that did not fit is not asked.
        """
        missing = set(indices)
        try:
            self._overflows.check(model.identity, prompt, sampling)
            async with aclosing(model.sample(prompt, sampling, indices)) as samples:
                async for index, completion in samples:
                    missing.discard(index)
                    yield index, completion
        except ContextOverflowError:
            if len(missing) == len(indices):
                self._overflows.add(model.identity, prompt, sampling)
            if must_fit:
                raise
            for index in sorted(missing):
                yield index, Completion("", 0, 0, 0, "overflow", model.name, 0.0)

    async def _judged(self, problem: Problem, node: Node, key: str, before: Sequence[str] = ()) -> Node:
        # It can take a second where an answer is degenerate: other problems go on meanwhile.
        program = await asyncio.to_thread(self._program, problem, [*before, node.answer])
        suite, shown, shown_key = self._shown_suite(problem), None, None
        if suite.tests:
            shown, shown_key = await self.execute(program, suite)
        verdict, verdict_key = await self.execute(program, problem.hidden)
        node = replace(node, program=program, shown=shown, verdict=verdict)
        self.journal.record_node(node, key, shown_key, verdict_key)
        if verdict.passed and node.stage != "baseline":
            self._progress.solved.add(problem.id)
        self._progress.show()
        return node

    async def _self_judged(
        self, problem: Problem, node: Node, key: str, judged: tuple[Program, Suite] | None
    ) -> Node:
        if judged is None:
            self.journal.record_node(node, key, None, None)
            return node
        verdict, verdict_key = await self.execute(*judged)
        node = replace(node, program=judged[0], verdict=verdict)
        self.journal.record_node(node, key, None, verdict_key)
        if verdict.passed:
            self._progress.solved.add(problem.id)
        self._progress.show()
        return node

    def _program(self, problem: Problem, answers: Sequence[str]) -> Program:
        if self.benchmark.parts:
            return self.benchmark.parts.join(problem, answers)
        (answer,) = answers
        return self.benchmark.with_imports(self.benchmark.extract(problem, answer))

    def _shown_suite(self, problem: Problem) -> Suite:
        """Tests whose errors a prompt may quote: the visible ones, unless the config names the others."""
        match getattr(self.config, "feedback_tests", "visible"):
            case "hidden":
                return problem.hidden
            case "own":  # the model's own: the method runs them
                return Suite(())
            case _:
                return problem.visible


async def together(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """Await all, whatever fails, then raise the first failure: what is paid for is not thrown away."""
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def first(group: BaseExceptionGroup[Any]) -> str:
    """Return the sentence of the first of the errors that came together."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def row_of(problem: Problem) -> ProblemRow:
    """Return what the journal keeps of a problem."""
    return ProblemRow(
        problem.id, problem.statement, problem.starter, problem.difficulty, dict(problem.provenance)
    )


def outcome_key(config: RunConfig, sandbox: str) -> str:
    """Return the key of a problem's outcome: what determines it, and the sandbox's version.

    Under another sandbox a run that resumes judges its recorded programs again.

    Raises:
        DataError: a file whose content determines it cannot be read.
    """
    contents = [hashlib.sha256(read_file(path)).hexdigest() for path in config.determining_files]
    return fingerprint("config", config.method, config.determining, sandbox, *contents)
