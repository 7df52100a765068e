"""Runs written through the journal, so that reports read what a real run leaves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.journal.rows import ProblemRow
from sharpen.types import Completion, Message, Node, Outcome, Program, Sampling, Verdict

SUITE, LIMITS, SANDBOX = "suite", "{}", "test"


@dataclass
class Feedback:
    """A text and the repairs below it; ``author`` makes it a person's."""

    repairs: Sequence["Attempt"]
    text: str = "The loop ends one element early."
    author: str = ""
    tokens: int = 10


@dataclass
class Attempt:
    """A program or a repair, with what hangs below it."""

    kind: str = "wrong_answer"
    below: Sequence["Attempt | Feedback"] = ()
    tokens: int = 20
    shown: str = ""
    text: str = ""
    code: str = ""
    message: str = "f([3, 1]) returned [3, 1], expected [1, 3]"
    finish: str = "stop"
    trust: str = "isolated"


@dataclass
class Task:
    """One problem of a run; ``error`` None leaves it unfinished."""

    id: str
    programs: Sequence[Attempt] = ()
    difficulty: str = ""
    error: str | None = ""
    statement: str = "def f(xs):\n    '''Sort xs.'''\n"


@dataclass
class RunWriter:
    directory: Path
    config: dict[str, object]
    model: str = "small"

    def write(self, tasks: Sequence[Task]) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "config.json").write_text(json.dumps(self.config))
        with Journal.write(self.directory) as journal:
            for position, task in enumerate(tasks):
                row = ProblemRow(task.id, task.statement, "def f(xs):", task.difficulty, {"source": "test"})
                journal.record_problem(position, row)
                for index, attempt in enumerate(task.programs):
                    self._attempt(journal, task.id, None, index, attempt, "program")
                if task.error is not None:
                    journal.record_outcome(task.id, str(self.config["outcomes"]), task.error)
        return self.directory

    def _attempt(self, journal, problem, parent, index, attempt, stage) -> None:
        node_id = fingerprint(problem, parent, index, stage)
        code = attempt.code or f"def f(xs):\n    # {stage} {index} of {node_id[:6]}\n    return xs\n"
        text = attempt.text or f"I think this is right.\n\n```python\n{code}```\n"
        key, completion = self._answer(journal, node_id, index, text, attempt.tokens, attempt.finish)
        verdict = self._verdict(journal, code, "hidden", attempt.kind, attempt)
        shown = self._verdict(journal, code, "visible", attempt.shown or attempt.kind, attempt)
        node = Node(
            node_id, parent, problem, stage, index, self.model, text, (), completion, Program(code, "fence")
        )
        journal.record_node(node, key, shown, verdict)
        for number, child in enumerate(attempt.below):
            if isinstance(child, Feedback):
                self._feedback(journal, problem, node_id, number, child)
            else:
                self._attempt(journal, problem, node_id, number, child, "repair")

    def _feedback(self, journal, problem, parent, index, feedback) -> None:
        node_id = fingerprint(problem, parent, index, "feedback", feedback.author)
        key, completion = None, None
        if not feedback.author:
            key, completion = self._answer(journal, node_id, index, feedback.text, feedback.tokens, "stop")
        author = feedback.author or self.model
        node = Node(node_id, parent, problem, "feedback", index, author, feedback.text, (), completion)
        journal.record_node(node, key, None, None)
        for number, repair in enumerate(feedback.repairs):
            self._attempt(journal, problem, node_id, number, repair, "repair")

    def _answer(self, journal, node_id, index, text, tokens, finish):
        completion = Completion(text, 100, 60, tokens, finish, self.model, 0.5)
        prompt = (Message("user", node_id),)
        key = journal.record_completion("sha256:feed", prompt, Sampling(), index, completion)
        return key, completion

    def _verdict(self, journal, code, suite, kind, attempt) -> str:
        message = "" if kind == "passed" else attempt.message
        verdict = Verdict(kind, (Outcome("test_0", kind),), message, 0.01, 0.02, 1 << 20, attempt.trust)
        return journal.record_verdict(code, suite, LIMITS, SANDBOX, verdict)


def write_run(
    directory: Path, tasks: Sequence[Task], name: str = "run", model: str = "small", **config: object
) -> Path:
    """Write a run from tasks and return its directory; keywords go into its configuration."""
    defaults = {
        "method": "repair", "outcomes": "key", "benchmark": "humaneval", "model": model, "n_p": 2,
        "stop_at_success": False, "baseline": "none", "format": 2, "feedback_tests": "visible", "order": "batch", "rounds": 1,
        "temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "seed": 0,
        "visible_tests": "the examples in the docstring", "sharpen": "0.1.0",
        "machine": {"system": "Linux", "cpus": 2},
    }  # fmt: skip
    return RunWriter(directory / name, defaults | config, model).write(tasks)


def passing(**more: object) -> Attempt:
    return Attempt("passed", **more)


def failing(*below: Attempt | Feedback, **more: object) -> Attempt:
    return Attempt(below=below, **more)
