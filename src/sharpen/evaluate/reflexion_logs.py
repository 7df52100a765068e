"""Reflexion's own logs (github.com/noahshinn/reflexion), read and scored by our metrics.

- Programs: JSON lines with ``solution``, ``is_solved`` and ``reflections``. Whether a program's own tests
  passed was not logged; a chain that ended before its last iteration had them pass (the reading that gives
  the paper's table 2 to the printed digit). ``sharpen score`` runs the programs again. Uniform-cost search
  (``reflexion-ucs`` in the log's name; its rows have the same fields) reflects on every branch, so its
  reflections say nothing of own tests.
- Questions: the text that each trial printed, agent by agent. Answers are judged by our exact match.
- Games: JSON lines, one a trial, with ``envs`` and their ``is_success``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.benchmarks.hotpotqa import exact_match
from sharpen.errors import DataError
from sharpen.files.disk import read_jsonl, read_text
from sharpen.reports.reflexion.self_test_counts import SelfTestCounts

_TRIAL = re.compile(r"^BEGIN TRIAL \d+$", re.MULTILINE)
_SECTION = re.compile(r"^-+ BEGIN (CORRECT|INCORRECT|HALTED) AGENTS -+$", re.MULTILINE)
_KEY = re.compile(r"^Correct answer: (.*)$", re.MULTILINE)
_QUESTION = re.compile(r"^Question: *(.+)$", re.MULTILINE)
_ACTION = re.compile(r"^(?:Action|Thought)(?: \d+)?: *\S", re.MULTILINE)
_SEARCH = re.compile(r"(?<![a-z])ucs(?![a-z])", re.IGNORECASE)
_FINISH = re.compile(r"^Action(?: \d+)?: Finish\[(.*)\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RecordedProgram:
    """One problem of a log: its final program, the log's verdict, and how often it reflected."""

    problem: str
    solution: str
    solved: bool
    reflections: int


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """One question in one trial.

    Attributes:
        answer: what was given; None where the agent was halted or gave none.
        key: the reference answer.
        called: the log's word: correct, incorrect or halted.
        acted: whether its scratchpad has an action. That of an agent that solved its question is left empty
            in later trials.
    """

    answer: str | None
    key: str
    called: str
    acted: bool = True

    @property
    def right(self) -> bool:
        """Whether it matches by our normalisation; without any action the log's word counts."""
        if not self.acted:
            return self.called == "correct"
        return self.answer is not None and exact_match(self.answer, self.key)


@dataclass(frozen=True, slots=True)
class Log:
    """What a log holds.

    Attributes:
        problems: how many.
        solved: by trial; one figure for programs.
        own_tests: for programs that reflected, what own tests said against the log's verdict.
        disagreements: questions where our match differs from the log's word, over all trials.
    """

    problems: int
    solved: tuple[int, ...]
    own_tests: SelfTestCounts | None = None
    disagreements: int = 0


def read(path: Path, iterations: int | None = None) -> Log:
    """Return the figures of any of the three kinds of log, plain or ``.gz``.

    Args:
        path: the log.
        iterations: Reflexion's ``max_iters`` for programs; one more than the longest chain's reflections if
            not given.

    Raises:
        DataError: the file is none of the three.
    """
    text = read_text(path)
    if _TRIAL.search(text):
        trials = list(answers(text))
        differ = sum(a.right != (a.called == "correct") for trial in trials for a in trial)
        solved = tuple(sum(answer.right for answer in trial) for trial in trials)
        return Log(max(map(len, trials)), solved, disagreements=differ)
    rows = [_object(row, path, number) for number, row in read_jsonl(path)]
    if rows and all("envs" in row for row in rows):
        solved = tuple(sum(bool(env["is_success"]) for env in row["envs"]) for row in rows)
        return Log(len(rows[0]["envs"]), solved)
    if rows and all("is_solved" in row for row in rows):
        programs = [_program(row) for row in rows]
        counts = None if _SEARCH.search(path.name) else own_tests(programs, iterations)
        return Log(len(programs), (sum(p.solved for p in programs),), counts)
    raise DataError(f"{path} is not a log of Reflexion: it has no trials, no envs and no is_solved")


def own_tests(programs: Sequence[RecordedProgram], iterations: int | None = None) -> SelfTestCounts | None:
    """Return what own tests said against the verdicts; None where nothing ever reflected."""
    most = max((program.reflections for program in programs), default=0)
    last = most if iterations is None else iterations - 1
    if not most:
        return None
    passed = [program.solved for program in programs if program.reflections < last]
    failed = [program.solved for program in programs if program.reflections >= last]
    return SelfTestCounts(sum(passed), len(passed) - sum(passed), sum(failed), len(failed) - sum(failed))


def answers(text: str) -> Iterator[list[RecordedAnswer]]:
    """Yield the answers of each trial of a transcript."""
    for trial in _TRIAL.split(text)[1:]:
        pieces = _SECTION.split(trial)[1:]
        sections = zip(pieces[::2], pieces[1::2], strict=True)
        seen: set[tuple[str, str]] = set()
        yield [answer for called, agents in sections for answer in _agents(agents, called.lower(), seen)]


def _agents(text: str, called: str, seen: set[tuple[str, str]]) -> Iterator[RecordedAnswer]:
    """Yield the answers of a section, without those of agents that the trial has ``seen``."""
    start = 0
    for key in _KEY.finditer(text):
        block = text[start : key.start()].strip()
        start = key.end()
        # Chain of thought prints reflections behind the answer, ReAct before the question.
        body = block.split("\nReflections:")[0] if block.startswith("Context:") else block[_last(block) :]
        question = _QUESTION.search(body)
        agent = (question[1].strip() if question else "", key[1])
        if agent[0] and agent in seen:
            continue
        seen.add(agent)
        given = _FINISH.findall(body)
        acted = bool(_ACTION.search(body))
        yield RecordedAnswer(given[-1] if given else None, key[1], called, acted)


def _last(block: str) -> int:
    return max(block.rfind("\nQuestion:"), 0)


def _program(row: dict[str, Any]) -> RecordedProgram:
    name = str(row.get("task_id") or row.get("name") or "")
    solved = bool(row["is_solved"])
    return RecordedProgram(name, row.get("solution", ""), solved, len(row.get("reflections", ())))


def _object(row: Any, path: Path, number: int) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if not isinstance(row, dict):
        raise DataError(f"{path}, line {number} is not a JSON object")
    return row
