"""S* (Li et al. 2025, arXiv 2502.14382): programs in parallel, debugged, then chosen by what they return.

1. Programs are drawn. Each that fails a visible test sees what failed and is improved, a number of rounds.
2. Of those that fail the fewest visible tests, programs that return the same for calls that the model wrote
   are one group.
3. For each pair of groups the model writes calls on which the two could differ. They are run, not imagined:
   it sees what each returned and says which program is right. The group with most choices wins.

The visible tests are the benchmark's; the own tests of a report are these.

Deviations: a program that got worse by debugging is not kept; at most four groups are compared, each by its
first program; with equal choices the larger group wins. Programs that read and print, and programs in other
languages than Python, are chosen by visible tests alone: only calls of Python return a value.
"""

import ast
import math
import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from sharpen.methods.prompts import render
from sharpen.methods.reflexion.loop import Trial
from sharpen.methods.reflexion.programming import Programming, WrittenTests
from sharpen.methods.reflexion.search import failures
from sharpen.run.run import together
from sharpen.syntax import parse_module
from sharpen.types import CallTest, Message, Problem, Program, Suite

MOST_CALLS, MOST_GROUPS, MOST_SHOWN = 6, 4, 3
_RETURNED = re.compile(r"returned (.*), expected nan\Z", re.DOTALL)
_CHOICE = re.compile(r"\b([AB])\b")
Call = tuple[object, ...]
"""The arguments of one call."""


def visible_tests(problem: Problem) -> WrittenTests:
    """Return the visible tests of a problem, each as a suite of its own."""
    shown = problem.visible
    suites = tuple(
        Suite((test,), shown.entry_point, shown.context, alone=shown.alone, language=shown.language)
        for test in shown.tests
    )
    return WrittenTests(suites, (1,) * len(suites))


async def s_star(coder: Programming, programs: int, rounds: int) -> Trial:
    """Draw, debug and choose a program."""
    trials = await debugged(coder, await coder.drafts(programs), rounds)
    fewest = min(map(failures, trials))
    best = [trial for trial in trials if failures(trial) == fewest]
    suite = coder.problem.hidden
    if len(best) == 1 or not suite.entry_point or suite.language != "python":
        return best[0]
    last = max(trial.outcome.index for trial in trials)
    return await Chooser(coder, last).choose(best)


async def debugged(coder: Programming, trials: Sequence[Trial], rounds: int) -> list[Trial]:
    """Improve each program that fails a visible test, and keep the better one of the two."""
    current, number = list(trials), len(trials)
    for _ in range(rounds):
        failing = [place for place, trial in enumerate(current) if not trial.ended]
        improved = await together(
            coder.improved(number + at, current[place]) for at, place in enumerate(failing)
        )
        number += len(failing)
        for place, trial in zip(failing, improved, strict=True):
            current[place] = min(trial, current[place], key=failures)
    return current


class Chooser:
    """Chooses between programs by what they return for calls that the model writes."""

    def __init__(self, coder: Programming, number: int) -> None:
        """Record what is drawn under ``number``, that of the last program: it is part of the whole cost."""
        self.coder, self.number = coder, number
        self.suite = coder.problem.hidden

    async def choose(self, trials: Sequence[Trial]) -> Trial:
        """Return the first program of the group that wins most comparisons."""
        calls = await self.calls("inputs", trials[0])
        answers = await together(self.answers(trial, calls) for trial in trials)
        groups: dict[tuple[str, ...], list[Trial]] = {}
        for trial, values in zip(trials, answers, strict=True):
            groups.setdefault(tuple(values), []).append(trial)
        largest = sorted(groups.values(), key=len, reverse=True)[:MOST_GROUPS]
        wins = [0] * len(largest)
        for a, b in combinations(range(len(largest)), 2):
            winner = await self.compare(largest[a][0], largest[b][0], calls)
            if winner is not None:
                wins[(a, b)[winner]] += 1
        return largest[max(range(len(largest)), key=lambda place: (wins[place], -place))][0]

    async def compare(self, a: Trial, b: Trial, known: Sequence[Call]) -> int | None:
        """Return 0 or 1, which of two programs is right; None where the model does not say."""
        written = await self.calls("differ", a, first=code(a), second=code(b))
        calls = list(dict.fromkeys(map(repr, [*written, *known])))
        tried = [ast.literal_eval(call) for call in calls]
        values = await together(self.answers(trial, tried) for trial in (a, b))
        rows = zip(tried, *values, strict=True)
        differing = [row for row in rows if row[1] != row[2]][:MOST_SHOWN]
        if not differing:
            return None
        name = called(self.suite.entry_point)
        given = [", ".join(map(repr, call)) for call, *_ in differing]
        shown = [
            f"{name}({arguments})\nA: {value_a}\nB: {value_b}"
            for arguments, (_, value_a, value_b) in zip(given, differing, strict=True)
        ]
        question = self.ask("choose", first=code(a), second=code(b), outputs=shown)
        draw = self.coder.run.draw
        (answer,) = await draw(self.coder.problem, "feedback", question, [self.number], a.outcome)
        choice = _CHOICE.search(answer.answer)
        return "AB".index(choice[1]) if choice else None

    async def calls(self, prompt: str, trial: Trial, **values: str) -> list[Call]:
        """Have the model write calls, and return those that can be read."""
        question = self.ask(prompt, **values)
        draw = self.coder.run.draw
        (answer,) = await draw(self.coder.problem, "tests", question, [self.number], trial.outcome)
        return list(calls_in(answer.answer, called(self.suite.entry_point)))[:MOST_CALLS]

    async def answers(self, trial: Trial, calls: Sequence[Call]) -> list[str]:
        """Return what a program returns for each call, or how it fails, as text."""
        return await together(self.value(trial, call) for call in calls)

    async def value(self, trial: Trial, call: Call) -> str:
        """Run a program on one call: nothing equals what the test expects, so its message holds the value."""
        program = trial.steps[0].program or Program("")
        test = CallTest("input", call, math.nan)
        suite = Suite((test,), self.suite.entry_point, self.suite.context)
        verdict, _ = await self.coder.run.execute(program, suite)
        if returned := _RETURNED.search(verdict.message):
            return str(returned[1])
        return verdict.message.strip().rpartition("\n")[2] or verdict.kind

    def ask(self, prompt: str, **values: str | Sequence[str]) -> tuple[Message, ...]:
        """Return the question of a prompt about this problem."""
        problem = self.coder.problem
        given = "" if problem.starter.strip() in problem.statement else problem.starter.strip()
        facts = {
            "statement": problem.statement.strip(),
            "starter": given,
            "entry_point": called(self.suite.entry_point),
        }
        text = render(f"reflexion/{prompt}", self.coder.cfg.prompts, **(facts | values))
        return (Message("user", text.strip()),)


def code(trial: Trial) -> str:
    """Return the text of a trial's program."""
    program = trial.steps[0].program
    return program.code.strip() if program else ""


def called(entry_point: str) -> str:
    """Return the name that a call has: the last of an entry point such as ``Solution().total``."""
    return str(re.findall(r"\w+", entry_point)[-1])


def calls_in(text: str, name: str) -> Iterator[Call]:
    """Yield the arguments of each call of ``name`` in an answer, once, where all are plain values."""
    seen = set[str]()
    for line in text.split("\n"):
        try:
            nodes = list(ast.walk(parse_module(line.strip().removeprefix("assert "))))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in nodes:
            if not isinstance(node, ast.Call) or node.keywords or _name(node.func) != name:
                continue
            try:
                arguments = tuple(map(ast.literal_eval, node.args))
            except (ValueError, TypeError, SyntaxError):
                continue
            if repr(arguments) not in seen:
                seen.add(repr(arguments))
                yield arguments


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
