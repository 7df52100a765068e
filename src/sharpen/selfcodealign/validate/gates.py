"""Gates: checks of whether a response's own tests can fail. Each can be left out.

The paper keeps a response whose tests end with status 0. Here the tests must pass in the sandbox, and then
these gates, the cheapest first:

- ``secrets``: neither the response nor its tests hold a secret or personal data.
- ``liveness``: no assertion is true whatever the program does; every check is reached, and if it fails the
  run fails.
- ``coverage``: the tests run enough lines of the response's functions.
- ``flakiness``: they pass again with other hashes and another random seed.
- ``stubs``: they fail when all functions return None, raise, or echo their argument.
- ``mutation``: they fail on enough mutants of the code that they can reach.
- ``agreement``: a measure only; every response to a task is run on every other's tests (:mod:`.validate`).

Measures: the number of ``checks``; ``coverage``, a share; the number of ``mutants`` and ``mutation_score``,
the share on which the tests fail; ``trust``, which is ``isolated`` if the judge could confirm the pass from
values.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sharpen.errors import SandboxError
from sharpen.mutants import mutants, spread, stubs
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.selfcodealign.rows import Gates
from sharpen.selfcodealign.validate.checks import MarkedTests
from sharpen.selfcodealign.validate.dead_code import dead_lines
from sharpen.selfcodealign.validate.sensitive import sensitive
from sharpen.selfcodealign.validate.suites import ANOTHER_SEED, apart, beside, checks_of
from sharpen.types import Program, Suite, Trust, Verdict

Gate = Literal["secrets", "liveness", "coverage", "flakiness", "stubs", "mutation", "agreement"]
GATES: tuple[Gate, ...] = get_args(Gate)

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python's parser raises on texts that are not a program."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which gates there are, and their thresholds.

    Attributes:
        without: gates that are left out.
        coverage: share of the response's function lines that its tests must run.
        mutants: how many are run, at most.
        mutation_score: share of them on which the tests must fail.

    The thresholds exclude only the worst tests: higher ones cost rows and do not make the remaining rows
    right more often (docs/align.md).
    """

    without: frozenset[Gate] = frozenset()
    coverage: float = 0.5
    mutants: int = 30
    mutation_score: float = 0.5


STANDARD = Rules()


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of validating one response.

    Attributes:
        verdict: the kind of the verdict on its own tests; empty if they were not run.
        reason: why it is rejected; empty if it passed every gate.
        gates: the measures, up to the gate that rejected it.
    """

    verdict: str
    reason: str = ""
    gates: Gates = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValidationRules:
    """Where responses are run, and by which rules they are judged.

    Attributes:
        sandbox: runs responses; the stage's records its verdicts.
        other: the same with another hash seed.
        copies: runs broken copies and other responses, whose many verdicts are not recorded.
        limits: of one run.
        rules: the gates.
    """

    sandbox: Sandbox
    other: Sandbox
    copies: Sandbox
    limits: Limits
    rules: Rules

    def has(self, gate: Gate) -> bool:
        """Whether a gate is applied."""
        return gate not in self.rules.without

    async def execute(self, code: str, suite: Suite) -> Verdict:
        """Return the verdict on a program. Raises SandboxError where the sandbox failed."""
        return await _executed(self.sandbox, code, suite, self.limits)

    async def passes(self, code: str, suite: Suite, limits: Limits) -> bool:
        """Return whether a copy or another response passes. Raises SandboxError if the sandbox failed."""
        return (await _executed(self.copies, code, suite, limits)).passed


async def examine(code: str, tests: str, bench: ValidationRules) -> Finding:
    """Run a response on its own tests and apply the gates.

    Raises:
        SandboxError: the sandbox failed.
    """
    try:
        checked = checks_of(code, tests)
    except UNPARSABLE:
        return Finding("", "tests do not parse")
    if bench.has("secrets") and (kind := sensitive(f"{code}\n{tests}")):
        return Finding("", kind)
    return await _Case(code, tests, checked, bench).finding()


class _Case:
    """One response; each gate returns why it is rejected, or an empty string."""

    def __init__(self, code: str, tests: str, checked: MarkedTests, bench: ValidationRules) -> None:
        self.code, self.tests, self.checked, self.bench = code, tests, checked, bench
        self.suite = beside(code, tests, checked)
        self.bound = bench.limits
        self.measured: Mapping[str, float] = {}
        self.figures: dict[str, float | str] = {"checks": len(checked.lines)}

    async def finding(self) -> Finding:
        suite = beside(self.code, self.tests, self.checked, measure=True)
        verdict = await self.bench.execute(self.code, suite)
        if not verdict.passed:
            return Finding(verdict.kind, verdict.kind.replace("_", " "))
        self.measured = verdict.outcomes[0].measured
        self.bound = self.bench.limits.bound_by(verdict.cpu_seconds, verdict.wall_seconds)
        for gate, look in _LOOKS.items():
            if self.bench.has(gate) and (reason := await look(self)):
                return Finding("passed", reason, self.figures)
        self.figures["trust"] = await self.trust()
        return Finding("passed", "", self.figures)

    async def liveness(self) -> str:
        return dead(self.checked, self.measured)

    async def coverage(self) -> str:
        if not self.measured.get("lines"):
            return ""
        covered = self.measured.get("covered", 0) / self.measured["lines"]
        self.figures["coverage"] = round(covered, 4)
        return "untested lines" if covered < self.bench.rules.coverage else ""

    async def flakiness(self) -> str:
        again = beside(self.code, self.tests, self.checked, seed=ANOTHER_SEED)
        verdict = await _executed(self.bench.other, self.code, again, self.bench.limits)
        return "" if verdict.passed else "flaky"

    async def stubs(self) -> str:
        for stub, emptied in stubs(self.code):
            if await self.bench.passes(emptied, self.suite, self.bound):
                return f"passes with stubs: {stub}"
        return ""

    async def mutation(self) -> str:
        dead = dead_lines(self.code, self.tests)
        live = [mutant for mutant in mutants(self.code) if mutant.line not in dead]
        chosen = spread(live, self.bench.rules.mutants)
        if not chosen:
            return ""
        survivors = 0
        for mutant in chosen:
            survivors += await self.bench.passes(mutant.code, self.suite, self.bound)
        score = 1 - survivors / len(chosen)
        self.figures |= {"mutants": len(chosen), "mutation_score": round(score, 4)}
        return "mutants survive" if score < self.bench.rules.mutation_score else ""

    async def trust(self) -> Trust:
        own = apart(self.code, self.tests)
        if own is None:
            return "in_process"
        verdict = await self.bench.execute(self.code, own)
        return verdict.trust if verdict.passed else "in_process"


_LOOKS: Mapping[Gate, Callable[[_Case], Awaitable[str]]] = {
    "liveness": _Case.liveness,
    "coverage": _Case.coverage,
    "flakiness": _Case.flakiness,
    "stubs": _Case.stubs,
    "mutation": _Case.mutation,
}


def dead(checked: MarkedTests, measured: Mapping[str, float]) -> str:
    """Return why tests that passed check nothing: a check is vacuous, not reached, or its failure ignored."""
    if not checked.lines:
        return "no assertion"
    if checked.vacuous:
        return "vacuous assertion"
    if measured.get("reached", 0) < len(checked.lines):  # a program that forges figures may leave some out
        return "assertion not reached"
    return "assertion not heeded" if measured.get("ignored", 1) else ""


async def _executed(sandbox: Sandbox, code: str, suite: Suite, limits: Limits) -> Verdict:
    verdict = await sandbox.execute(Program(code), suite, limits)
    if verdict.kind == "harness_error":
        raise SandboxError(verdict.message)
    return verdict
