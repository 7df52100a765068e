"""Responses -> rows: runs each response on its own tests and applies the gates (arXiv 2410.24198, 2.3).

``responses.jsonl`` and ``instructions.jsonl`` of a directory, and the seeds, become ``rows.jsonl``, in the
same order, with measures. Rejected rows are in a file of their own with their reasons: those whose tests
failed are the rejected half of preference pairs.

The responses to one instruction are also run on each other's tests
(:mod:`sharpen.selfcodealign.validate.agreement`), and make the calls in all of them
(:mod:`sharpen.selfcodealign.validate.consensus`), if at least one of them passed every gate. Verdicts on
each response's own tests are in the run's journal: those of the run are used again. A stage that was killed
resumes with the responses that it had not validated.
"""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from sharpen.errors import DataError, UsageError
from sharpen.files.disk import read_text
from sharpen.files.json_text import parse_json
from sharpen.selfcodealign.generate.responses import solution
from sharpen.selfcodealign.rows import Instruction, Response, Row, Seed
from sharpen.selfcodealign.stage_files import Funnel, Writer, read, read_funnel
from sharpen.selfcodealign.validate.agreement import FAILS, Standing, fitted, standings
from sharpen.selfcodealign.validate.consensus import MOST, calls_in, consensus, with_names
from sharpen.selfcodealign.validate.gates import Finding, ValidationRules, examine
from sharpen.selfcodealign.validate.suites import answering, beside, checks_of

T = TypeVar("T")

CONCURRENCY = 4
"""Instructions that are validated concurrently on one machine."""

REASONS = (
    "tests do not parse",
    "key or token",
    "password",
    "random string",
    "mail address",
    "syntax",
    "forbidden",
    "exception",
    "wrong answer",
    "memory",
    "timeout",
    "no assertion",
    "vacuous assertion",
    "assertion not reached",
    "assertion not heeded",
    "untested lines",
    "flaky",
    "passes with stubs: none",
    "passes with stubs: raise",
    "passes with stubs: echo",
    "mutants survive",
)
"""Why a response is rejected, in the order of the gates."""


async def validate(
    directory: Path,
    seeds: Path,
    bench: ValidationRules,
    on_progress: Callable[[int], None] | None = None,
    concurrency: int = CONCURRENCY,
) -> Funnel:
    """Validate the responses of a directory and return the funnel.

    Args:
        directory: with ``responses.jsonl`` and ``instructions.jsonl``; ``rows.jsonl`` is written there.
        seeds: the stage file of seeds, for the provenance.
        bench: where responses are run, and by which rules.
        on_progress: called with the number of responses that have just been validated.
        concurrency: instructions whose responses are validated at the same time.

    Raises:
        DataError: a file is damaged, or names a row that is missing.
        UsageError: an unfinished stage in the directory has other rules.
        SandboxError: the sandbox failed; what was validated before stays.
    """
    if _is_done(directory, bench):
        return read_funnel(directory / "rows.jsonl")
    instructions = {row.id: row for row in read(directory / "instructions.jsonl", Instruction)}
    origins = {row.id: row for row in read(seeds, Seed)}
    responses = read(directory / "responses.jsonl", Response)
    with Writer(directory / "rows.jsonl", reasons=REASONS, resume=True) as out:
        todo = _unfinished(responses, out.done)
        async with aclosing(in_order((_judge(group, bench) for group in todo), concurrency)) as groups:
            async for group in groups:
                for response, finding in group:
                    if response.id not in out.done:
                        row = _row(response, finding, instructions, origins)
                        out.reject(row, finding.reason) if finding.reason else out.keep(row)
                if on_progress:
                    on_progress(len(group))
    return out.funnel()


def seeds_of(directory: Path) -> Path:
    """Return the stage file of seeds that a run was given.

    Raises:
        UsageError: it is not there any more.
    """
    config = directory / "config.json"
    given = parse_json(read_text(config), str(config)).get("benchmark", "") if config.exists() else ""
    for path in (directory / "seeds.jsonl", Path(given)):
        if path.is_file():
            return path
    raise UsageError(
        f"the seeds of {directory} are not at {given or directory / 'seeds.jsonl'}: give --seeds FILE"
    )


def _is_done(directory: Path, bench: ValidationRules) -> bool:
    """Return whether these responses were validated by these rules; if not, write down that they will be.

    Raises:
        UsageError: an unfinished stage has others.
    """
    rows, noted = directory / "rows.jsonl", directory / "rows.rules.json"
    begun = rows.with_name("rows.jsonl.partial").exists()
    try:
        with (directory / "responses.jsonl").open("rb") as responses:
            digest = hashlib.file_digest(responses, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: run the stage that writes it first") from error
    rules = asdict(bench.rules) | {"without": sorted(bench.rules.without), "limits": asdict(bench.limits)}
    facts = rules | {"responses": digest, "sandbox": bench.sandbox.version}
    text = json.dumps(facts, indent=2) + "\n"
    same = noted.exists() and noted.read_text() == text
    if begun and noted.exists() and not same:
        raise UsageError(
            f"{rows}.partial was begun with other gates or responses: use the same ones, "
            "or delete it to start again"
        )
    noted.write_text(text)
    return same and rows.exists() and not begun


def _unfinished(responses: Iterable[Response], done: set[str]) -> Iterator[list[Response]]:
    """Yield the responses to each instruction that has one which is not validated yet."""
    for _, group in groupby(responses, attrgetter("instruction")):
        together = list(group)
        if not done.issuperset(response.id for response in together):
            yield together


async def _judge(responses: Sequence[Response], bench: ValidationRules) -> list[tuple[Response, Finding]]:
    """Validate the responses to one instruction."""
    findings = await asyncio.gather(*(examine(row.code, row.tests, bench) for row in responses))
    comparable = [i for i, finding in enumerate(findings) if finding.verdict not in ("", "syntax")]
    passed = any(not finding.reason for finding in findings)
    if bench.has("agreement") and passed and len(comparable) > 1:
        matrix = await _matrix([responses[i] for i in comparable], [findings[i] for i in comparable], bench)
        shared = await _consensus([responses[i] for i in comparable], bench)
        ids = [responses[i].id for i in comparable]
        for i, standing, share, cells in zip(comparable, standings(matrix), shared, matrix, strict=True):
            fails = " ".join(other for other, cell in zip(ids, cells, strict=True) if cell is False)
            measures = _measures(standing, share) | {FAILS: fails}
            findings[i] = replace(findings[i], gates={**findings[i].gates, **measures})
    return list(zip(responses, findings, strict=True))


async def _matrix(
    responses: Sequence[Response], findings: Sequence[Finding], bench: ValidationRules
) -> list[list[bool | None]]:
    """Return whether each code passes each tests."""
    limits = bench.limits.bound_by(0.1, 1.0)

    async def cell(i: int, j: int) -> bool | None:
        if i == j:
            return findings[i].verdict == "passed"
        own = responses[j]
        code = fitted(responses[i].code, own.tests, own.code)
        if code is None:
            return None
        return await bench.passes(code, beside(own.code, own.tests, checks_of(own.code, own.tests)), limits)

    size = range(len(responses))
    return [list(await asyncio.gather(*(cell(i, j) for j in size))) for i in size]


async def _consensus(responses: Sequence[Response], bench: ValidationRules) -> list[float | None]:
    """Return how often each code returns what the others return for the calls in all tests."""
    calls = {call: own.code for own in responses for call in calls_in(own.tests, own.code)}
    chosen = list(calls.items())[:MOST]

    async def ask(code: str) -> dict[int, float]:
        program, can = with_names(code, chosen)
        verdict = await bench.execute(program, answering([chosen[number][0] for number in can]))
        measured = verdict.outcomes[0].measured if verdict.passed else {}
        return {can[int(place)]: value for place, value in measured.items()}

    return consensus(await asyncio.gather(*(ask(response.code) for response in responses)))


def _measures(standing: Standing, share: float | None) -> dict[str, float | str]:
    shares = {
        "agreement": standing.agreement,
        "discrimination": standing.discrimination,
        "consensus": share,
    }
    known: dict[str, float | str] = {
        name: round(share, 4) for name, share in shares.items() if share is not None
    }
    return known | {"codet": standing.score}


def _row(
    response: Response,
    finding: Finding,
    instructions: Mapping[str, Instruction],
    seeds: Mapping[str, Seed],
) -> Row:
    instruction = _row_of(instructions, response.instruction, f"response {response.id}", "instruction")
    seed = _row_of(seeds, instruction.seed, f"instruction {instruction.id}", "seed")
    return Row(
        id=response.id,
        instruction=instruction.text,
        response=solution(response.text),
        code=response.code,
        tests=response.tests,
        seed=seed.id,
        origin=seed.origin,
        version=seed.version,
        path=seed.path,
        licence=seed.licence,
        verdict=finding.verdict,
        gates=finding.gates,
    )


def _row_of(rows: Mapping[str, T], identity: str, whose: str, what: str) -> T:
    if identity not in rows:
        raise DataError(f"{whose} names the {what} {identity}, which is missing: use the files of one run")
    return rows[identity]


async def in_order(jobs: Iterable[Coroutine[None, None, T]], concurrency: int) -> AsyncGenerator[T]:
    """Yield the results of jobs in their order, while up to ``concurrency`` of them run."""
    running: deque[asyncio.Task[T]] = deque()
    try:
        for job in jobs:
            running.append(asyncio.create_task(job))
            if len(running) == concurrency:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
