"""Rewards for trainers: 1 where a program passes its tests, 0 where it does not, None where nobody knows.

::

    from sharpen.rewards import Reward

    trainer = GRPOTrainer(model, reward_funcs=Reward("humaneval"), train_dataset=rows, ...)

``rows`` are those of ``sharpen export RUN rl``, or any with ``prompt`` and ``id``, the problem's. Without a
benchmark the tests come with the rows, in the columns ``tests``, ``entry_point`` and ``context``. None, which
TRL leaves out of the advantage, means that the sandbox itself failed: it says nothing about the program.

Programs run in this process's sandbox, at most one for each processor at a time, or in the service
(``sharpen sandbox serve``), in batches.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.registry import load
from sharpen.counts import batched, plural
from sharpen.errors import DataError, SandboxError
from sharpen.execution import one_error, run_sync
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.serve import wire
from sharpen.serve.judging import RequestJudge
from sharpen.serve.options import read_token

BATCH = 64
"""Programs of one request to the service."""
REQUESTS = 4
"""Requests to the service at once."""
HERE = 16 + 4 * (os.cpu_count() or 1)
"""Programs in this process's sandbox or waiting for it; the next are made ready meanwhile."""
SECONDS = 600.0
"""After which a service that does not answer is given up."""

Completion = str | Sequence[Mapping[str, Any]]
"""An answer: its text, or messages of which the last one is the answer."""
Body = Mapping[str, Any]
"""A request of the service as plain data: a program with its tests, or an answer to a benchmark's problem."""

_REQUEST: TypeAdapter[wire.OwnTests | wire.BenchmarksTests] = TypeAdapter(wire.Request)
_FULL, _BUSY = 429, 503
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Reward:
    """A reward function, for TRL's ``GRPOTrainer`` and what calls functions in the same way.

    Attributes:
        benchmark: whose hidden tests decide; empty where tests come with the rows.
        service: the address of a service; empty for this process. Its token is in ``SHARPEN_TOKEN``.
    """

    __name__ = "passes"
    """How trainers call it in their logs."""

    def __init__(
        self, benchmark: str = "", *, service: str = "", workers: int | None = None, trust_tests: bool = False
    ) -> None:
        """Open the sandbox, or check that there is a token for the service.

        Args:
            benchmark: its word; the service must have loaded it too.
            service: ``http://host:port``.
            workers: programs at a time in this process; one for each processor if not given.
            trust_tests: run assertions of rows out of their programs' reach, which is outside of the sandbox.
                Without it a program can fool those that do more than compare. Only for tests of people.

        Raises:
            UsageError: there is no such benchmark, or no token.
        """
        self.benchmark, self.service = benchmark, service.rstrip("/")
        self._token = read_token(None) if service else ""
        self._sandbox = None if service else ProcessSandbox(workers)
        if self._sandbox:
            known = {benchmark: load(benchmark)} if benchmark else {}
            self._judge = RequestJudge(self._sandbox, Limits(), known, trust_tests=trust_tests)

    def __call__(
        self,
        prompts: Sequence[Any] = (),
        completions: Sequence[Completion] = (),
        **columns: Any,  # noqa: ANN401 - those of any data set
    ) -> list[float | None]:
        """Return the reward of each completion; the columns are those of its row.

        Raises:
            DataError: a row has no tests, or none that can be read.
            SandboxError: the service cannot be reached, or refuses.
        """
        del prompts
        return run_sync(self.rewards(self.requests(completions, columns)))

    def requests(
        self, completions: Sequence[Completion], columns: Mapping[str, Sequence[Any]]
    ) -> Iterator[Body]:
        """Return what is judged for each completion, made when it is its turn.

        Raises:
            DataError: a column is missing, or (at its turn) a row's tests are none.
        """
        answers = [text_of(completion) for completion in completions]
        if self.benchmark:
            problems = _column(columns, "problem" if "problem" in columns else "id", len(answers))
            named = zip(problems, answers, strict=True)
            return ({"benchmark": self.benchmark, "problem": str(p), "completion": a} for p, a in named)
        tests = _column(columns, "tests", len(answers))
        points, contexts = (
            _column(columns, name, len(answers)) if columns.get(name) else [""] * len(answers)
            for name in ("entry_point", "context")
        )
        rows = zip(answers, tests, points, contexts, strict=True)
        return (own_tests(*row) for row in rows)

    async def rewards(self, requests: Iterable[Body]) -> list[float | None]:
        """Return the reward of each request, in their order; the errors are those of a call."""
        return [verdict.reward if verdict else None for verdict in await self.verdicts(requests)]

    async def verdicts(self, requests: Iterable[Body]) -> list[wire.RewardResponse | None]:
        """Return the whole verdict of each request, in their order; None where the service gave none."""
        if self._sandbox:
            return list(await _each(self._here, iter(requests), HERE))
        headers = {"Authorization": f"Bearer {self._token}"}
        async with httpx2.AsyncClient(
            base_url=self.service, headers=headers, timeout=SECONDS, trust_env=False
        ) as client:
            judged = await _each(lambda batch: _there(client, batch), batched(requests, BATCH), REQUESTS)
        return [verdict for verdicts in judged for verdict in verdicts]

    def close(self) -> None:
        """End the sandbox's processes."""
        if self._sandbox:
            run_sync(self._sandbox.close())

    async def _here(self, request: Body) -> wire.RewardResponse:
        try:
            judged = self._judge.prepare(_REQUEST.validate_python(request))
        except ValidationError as error:
            raise DataError(f"a row cannot be judged: {wire.sentence(error)}") from error
        except ValueError as error:
            raise DataError(f"a row cannot be judged: {error}") from error
        return wire.RewardResponse.of(await judged())


def text_of(completion: Completion) -> str:
    """Return an answer's text."""
    return completion if isinstance(completion, str) else str(completion[-1]["content"])


def own_tests(answer: str, tests: Any, entry_point: str | None, context: str | None) -> Body:  # noqa: ANN401
    """Return the request for an answer whose tests are in its row, as a list or as JSON."""
    try:
        listed = json.loads(tests) if isinstance(tests, str) else tests
        asked = [_without_blanks(test) for test in listed]
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(
            "a row cannot be judged: tests: no list as sharpen export RUN rl writes it"
        ) from error
    point = entry_point or ""
    program = extract(answer, starter="", entry_point=point).code
    facts = {"entry_point": point, "context": context or ""}
    return {"program": program, "tests": asked, **facts}


def _without_blanks(test: Mapping[str, Any]) -> dict[str, Any]:
    """Return a test without the keys of other forms, which a table of rows fills with None."""
    calls = test.get("form") == "call"
    return {key: value for key, value in test.items() if value is not None or (calls and key == "expected")}


def _column(columns: Mapping[str, Sequence[Any]], name: str, length: int) -> Sequence[Any]:
    column = columns.get(name)
    if column is None:
        there = ", ".join(columns) or "none"
        raise DataError(f"a reward needs the column {name}; the rows have {there}: see sharpen export RUN rl")
    if len(column) != length:
        raise DataError(
            f"the column {name} has {plural(len(column), 'row')} for {plural(length, 'completion')}"
        )
    return column


async def _each(
    work: Callable[[_Item], Awaitable[_Result]], items: Iterator[_Item], at_once: int
) -> list[_Result]:
    """Return what ``work`` gives for each item, in their order; the next item is made when one is done.

    What one of them raises is raised, and the others are given up.
    """
    results: dict[int, _Result] = {}
    numbered = enumerate(items)

    async def one_by_one() -> None:
        for number, item in numbered:
            results[number] = await work(item)

    with one_error():
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_by_one())
    return [result for _, result in sorted(results.items())]


async def _there(client: httpx2.AsyncClient, batch: Sequence[Body]) -> Sequence[wire.RewardResponse | None]:
    """Ask the service; wait where its queue is full."""
    while True:
        try:
            reply = await client.post("/v1/judge/batch", json={"programs": batch})
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise SandboxError(f"the service {client.base_url} cannot be reached ({reason})") from error
        if reply.status_code != _FULL:
            break
        await asyncio.sleep(float(reply.headers.get("Retry-After", 1)))
    if reply.status_code == _BUSY:  # it ends, or its sandbox failed: nothing is known about the programs
        return [None] * len(batch)
    if reply.is_error:
        raise SandboxError(f"the service {client.base_url} refuses: {_reason(reply)}")
    return wire.Answers.model_validate_json(reply.content).verdicts


def _reason(reply: httpx2.Response) -> str:
    try:
        return wire.Refusal.model_validate_json(reply.content).error
    except ValidationError:
        return f"status {reply.status_code}"
