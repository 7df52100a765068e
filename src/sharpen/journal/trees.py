"""From a run's journal to the arrays of :mod:`sharpen.estimate`.

The journal holds rows that name their parent; the estimators want full arrays of one size. Between the
two stands one rule: only trees whose growth did not depend on what passed may be estimated. A program is
grown when it fails the hidden tests and also fails the tests it was shown; everything else has no
repairs by nature, not by stopping. A tree that lacks a row it should have is refused by name.

1. The joint form (the paper's n_fr) is n_f = n_fr texts of no tokens with one repair each.
2. Only the first round of repairs is read: deeper rounds hang under repairs, and the paper has none.
3. A person's feedback costs no tokens, and is read only where a model wrote too little.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from sharpen.errors import JournalError, TruncatedTreesError
from sharpen.estimate import Tree
from sharpen.journal.journal import Journal
from sharpen.types import Node


class RecordedConfig(BaseModel):
    """What a run's ``config.json`` says, as far as trees and reports read it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    method: Literal["sample", "repair", "reflexion", "structure", "align"]
    benchmark: str
    model: str
    feedback_model: str | None = None
    outcomes: str = ""
    n: int = 1
    n_p: int = 1
    n_f: int | None = None
    n_r: int | None = None
    n_fr: int | None = None
    rounds: int = 1
    order: Literal["batch", "sequential"] = "batch"
    collect: bool = False
    feedback_tests: Literal["visible", "hidden"] = "visible"
    feedback_from: str | None = None
    strategy: str = ""
    trials: int = 1
    memory: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    server: Mapping[str, Any] = {}
    benchmark_source: str | Mapping[str, Any] | None = None
    visible_tests: str = ""
    sharpen: str = ""
    machine: Mapping[str, Any] = {}

    @property
    def benchmark_name(self) -> str:
        """What was asked, without where its file is."""
        word = self.benchmark.partition("@")[0]
        return Path(word).name if word.endswith((".jsonl", ".jsonl.gz")) else word

    @property
    def size(self) -> "Size":
        """The size of every full tree of the run."""
        if self.method == "sample":
            return Size(self.n, 0, 0)
        if self.n_f or self.n_r or self.feedback_model or self.feedback_from:
            return Size(self.n_p, self.n_f or 1, self.n_r or 1)
        return Size(self.n_p, self.n_fr or 1, 1, joint=True)


@dataclass(frozen=True, slots=True)
class Size:
    """The widths of a tree.

    Attributes:
        n_p: programs.
        n_f: feedback texts per failing program; n_fr in the joint form.
        n_r: repairs per feedback text; 1 in the joint form.
        joint: whether one completion holds the feedback and its repair.
    """

    n_p: int
    n_f: int
    n_r: int
    joint: bool = False


def read_config(run: Path) -> RecordedConfig:
    """Return what the run in directory ``run`` was asked to do.

    Raises:
        JournalError: there is no ``config.json``, or it is not a run's.
    """
    path = run / "config.json"
    try:
        data = json.loads(path.read_text())
        if isinstance(data, dict) and data.get("method") == "score":
            raise JournalError(
                f"{run} holds verdicts on somebody's samples and no trees: "
                "sharpen score prints its figures, there is nothing to report"
            )
        return RecordedConfig.model_validate(data)
    except FileNotFoundError as error:
        raise JournalError(f"{run} is not a run: it has no config.json; give a run's directory") from error
    except (OSError, ValueError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise JournalError(f"{path} cannot be read as a run's configuration: {reason}") from error


def read_trees(run: Path, problems: Iterable[str] | None = None) -> dict[str, Tree]:
    """Return the full tree of every finished problem of a run, by problem.

    Args:
        run: the run's directory.
        problems: the problems to read; all that went well when None.

    Raises:
        TruncatedTreesError: the run stopped its trees at the first success, or a tree lacks a row.
        JournalError: the run cannot be read.
    """
    config = read_config(run)
    require_collected(run.name, config)
    with Journal.read(run) as journal:
        chosen = finished(journal, config) if problems is None else problems
        return {problem: grow(journal.nodes(problem), config.size, run.name, problem) for problem in chosen}


def finished(journal: Journal, config: RecordedConfig) -> list[str]:
    """Return the problems that went well, in the benchmark's order."""
    errors = journal.outcomes(config.outcomes)
    return [row.id for row in journal.problems() if errors.get(row.id) == ""]


def require_collected(run: str, config: RecordedConfig) -> None:
    """Refuse a run whose trees were not grown to one fixed size.

    Raises:
        TruncatedTreesError: saying which run and what to do.
    """
    if config.method == "repair" and not config.collect:
        raise TruncatedTreesError(
            f"the trees of {run} were cut short at the first program that passed, which biases every "
            "estimate; run it again with --collect"
        )


def grow(nodes: Sequence[Node], size: Size, run: str, problem: str) -> Tree:
    """Return one problem's rows as a tree of (n_p,), (n_p, n_f) and (n_p, n_f, n_r) arrays.

    Raises:
        TruncatedTreesError: a program, feedback text or repair is missing.
    """
    children = _by_parent(nodes)
    programs = [node for node in children.get(None, []) if node.stage == "program"]
    _require(len(programs), size.n_p, "programs", run, problem)
    texts = np.zeros((size.n_p, size.n_f))
    passed = np.zeros((size.n_p, size.n_f, size.n_r), dtype=bool)
    tokens = np.zeros(passed.shape)
    for i, program in enumerate(programs[: size.n_p]):
        if not size.n_f or not is_repairable(program):
            continue
        below = _texts(program, children, size)
        _require(len(below), size.n_f, "repairs" if size.joint else "feedback texts", run, problem)
        for j, (cost, repairs) in enumerate(below[: size.n_f]):
            _require(len(repairs), size.n_r, "repairs", run, problem)
            texts[i, j] = cost
            passed[i, j] = [repair.passed for repair in repairs[: size.n_r]]
            tokens[i, j] = [repair.tokens for repair in repairs[: size.n_r]]
    chosen = programs[: size.n_p]
    parts = Counter[int]()
    for node in nodes:
        parts[node.index] += node.tokens if node.stage == "part" else 0
    return Tree(
        passed=np.array([program.passed for program in chosen], dtype=bool),
        tokens=np.array([program.tokens + parts[program.index] for program in chosen], dtype=float),
        repairable=np.array([is_repairable(program) for program in chosen], dtype=bool) & (size.n_f > 0),
        feedback_tokens=texts,
        repair_passed=passed,
        repair_tokens=tokens,
    )


def is_repairable(program: Node) -> bool:
    """Whether a failing program has an error to show: it also fails the tests that a prompt may quote."""
    blind = program.shown is None or program.shown.passed
    return not program.passed and not blind


def _by_parent(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    children: dict[str | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.index):
        children.setdefault(node.parent, []).append(node)
    return children


def _texts(
    program: Node, children: Mapping[str | None, list[Node]], size: Size
) -> list[tuple[int, list[Node]]]:
    below = children.get(program.id, [])
    if size.joint:
        return [(0, [repair]) for repair in below if repair.stage == "repair"]
    texts = [text for text in below if text.stage == "feedback"]
    # People explain some programs only, so a model's texts come first where both have written.
    texts.sort(key=lambda text: text.completion is None)
    return [(text.tokens, children.get(text.id, [])) for text in texts]


def _require(found: int, wanted: int, what: str, run: str, problem: str) -> None:
    if found < wanted:
        raise TruncatedTreesError(
            f"the tree of {problem} in {run} has {found} of {wanted} {what} in one place: trees cut short "
            "bias every estimate; finish the run with --collect"
        )
