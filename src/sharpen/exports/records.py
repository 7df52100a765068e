"""Rows of a run for trainers and tables: verified answers, pairs, tasks with tests, and plain rows.

Of a directory with a data set (``sharpen align select``) its rows are exported. Of any other run:

- ``sft``: every program and repair that passes the hidden tests, and every explanation, reflection or action
  that led to a success; the question holds the failing program and what was said of it, and the loss is on
  the answer alone. Cut answers are left out.
- ``preferences``: a passing and a failing answer to one question, each used once.
- ``rl``: each problem as it was asked, with its hidden tests in the form of :mod:`sharpen.suite_json`.
- ``episodes``: each path of a tree with its reward (:mod:`sharpen.exports.episodes`).
- ``parquet``: a row for each program, explanation and step, whatever became of it.

But for episodes, thoughts are not part of an answer (:mod:`sharpen.answers`), no row is written twice and no
answer is empty. The two answers of a pair differ.

Hidden tests decided: a model that was trained on such rows must not be measured on the same benchmark.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO, get_args

from sharpen.answers import answer_in
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.exports import inspect_log, trainers
from sharpen.exports.episodes import episodes
from sharpen.exports.trainers import Form, Record
from sharpen.files.json_text import json_line
from sharpen.installed import installed
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.registry import method, options_of
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Row
from sharpen.suite_json import write_test
from sharpen.types import Node

What = Literal["sft", "preferences", "rl", "episodes", "parquet", "inspect"]
EXPORTS = ("failures", *get_args(What))
"""What sharpen itself exports."""
Exporter = Callable[[Path], Iterable[Record]]
"""An entry point of ``sharpen.exporters``: returns a run's rows, which are written as JSON lines."""

_LEADS = ("feedback", "reflection", "action")
"""Stages whose rows are worth imitating when a success hangs below them."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of a run's trees, flat.

    Attributes:
        text: the whole answer.
        program: the code in it; empty where it is none.
        passed: whether it passes the hidden tests.
        kind: the verdict's kind; empty where nothing was judged.
        shown: the kind of the verdict on the tests that a prompt may quote.
        message: what the first failure said.
        reward: what an evaluator gave; -1 where nothing was evaluated.
        tokens: completion tokens.
    """

    problem: str
    stage: str
    index: int
    id: str
    parent: str
    author: str
    text: str
    program: str
    passed: bool
    kind: str
    trust: str
    shown: str
    message: str
    reward: float
    prompt_tokens: int
    tokens: int
    seconds: float


def export(
    directory: Path,
    what: What | str,
    form: Form,
    output: Path | None,
    stream: TextIO,
    per_problem: int | None = None,
) -> int:
    """Write ``what`` into ``output``, or into ``stream`` if that is None, and return the number of rows.

    Raises:
        UsageError: Parquet has no output, or rows cannot be kept in such a file.
        JournalError: the directory is not a run.
        DataError: a file of it is not what it should be, or the output cannot be written.
        BrokenPipeError: the reader of the stream has left.
    """
    if what == "parquet":
        return _write_parquet(directory, output)
    if what == "inspect":
        return inspect_log.write(directory, output)
    rows = records(directory, what, form, per_problem)
    if output is None:
        return _write_lines(rows, stream)
    try:
        with output.open("w", encoding="utf-8") as file:
            return _write_lines(rows, file)
    except OSError as error:
        raise DataError(f"cannot write {output}: {error.strerror}; name another place") from error


def _write_lines(rows: Iterable[Record], file: TextIO) -> int:
    count = 0
    for record in rows:
        file.write(json_line(record).encode("utf-8", "replace").decode() + "\n")
        count += 1
    file.flush()
    return count


def records(
    directory: Path, what: What | str, form: Form = "prompt", per_problem: int | None = None
) -> Iterator[Record]:
    """Yield the rows of an export as plain data: each once, and at most ``per_problem`` of a problem.

    Rows of an installed exporter come as it gives them.

    Raises: see :func:`export`.
    """
    if what not in get_args(What):
        read_config(directory, RecordedConfig)  # a sentence where there is no run
        yield from _exporter(what)(directory)
        return
    once = _Once(per_problem, distinct=what != "episodes")
    for problem, record in _all(directory, what, form):
        if once.admits(problem, record):
            yield record


@dataclass(slots=True)
class _Once:
    """Says of each row whether its problem has not enough rows yet, and if it is to be distinct, is new."""

    most: int | None
    distinct: bool
    seen: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def admits(self, problem: str, record: Record) -> bool:
        if self.most is not None and self.counts[problem] >= self.most:
            return False
        if self.distinct:
            content = fingerprint({name: record[name] for name in trainers.CONTENT if name in record})
            if content in self.seen:
                return False
            self.seen.add(content)
        self.counts[problem] += 1
        return True


def _exporter(what: str) -> Exporter:
    exporters = installed("exporters", EXPORTS)
    if what not in exporters:
        there = [*EXPORTS, *exporters]
        near = difflib.get_close_matches(what, there, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"
        raise UsageError(f"nothing is exported as {what}: {hint}")
    exporter: Exporter = exporters[what].load()
    return exporter


def _all(directory: Path, what: str, form: Form) -> Iterator[tuple[str, Record]]:
    """Yield every row with its problem."""
    if is_data_set(directory):
        yield from _of_rows(directory, what, form)
        return
    config = read_config(directory, RecordedConfig)
    if method(config.method).kind == "dataset":
        raise UsageError(
            f"nothing is selected in {directory} yet: run sharpen align validate and sharpen align select"
        )
    if what == "rl":
        rows = tasks(directory)
    elif what == "episodes":
        rows = (row for nodes in _trees(directory) for row in episodes(nodes, config))
    elif what == "sft":
        rows = (row for nodes in _trees(directory) for row in verified(nodes, config, form))
    else:
        rows = (row for nodes in _trees(directory) for row in pairs(nodes, config))
    for row in rows:
        yield row["problem"] if "problem" in row else row["id"], row


def is_data_set(directory: Path) -> bool:
    """Whether a directory holds a selected data set."""
    return (directory / "dataset.jsonl").exists()


def _of_rows(directory: Path, what: str, form: Form) -> Iterator[tuple[str, Record]]:
    rows = stage_files.read(directory / "dataset.jsonl", Row)
    match what:
        case "episodes":
            raise UsageError(f"{directory} holds a data set, whose rows are not episodes: export rl or sft")
        case "sft":
            return trainers.sft(rows, form)
        case "preferences":
            return trainers.preferences(rows, stage_files.read(directory / "rows.rejected.jsonl", Row))
    return trainers.rl(rows)


def verified(nodes: Sequence[Node], config: RecordedConfig, form: Form) -> Iterator[Record]:
    """Yield what is worth imitating in one problem's tree."""
    by_id = {node.id: node for node in nodes}
    judged = any(node.verdict for node in nodes)
    led = set[str]()
    for node in nodes:
        at = node if (node.passed if judged else node.reward == 1) else None
        while at is not None:
            led.add(at.id)
            at = by_id.get(at.parent or "")
    for node in nodes:
        wanted = node.passed or (node.id in led and node.stage in _LEADS)
        whole = node.completion and node.completion.finish_reason == "stop" and node.prompt
        if wanted and whole and (answer := answer_in(node.text)).strip():
            yield _names(node, config) | trainers.trained(node.prompt, answer, form)


def pairs(nodes: Sequence[Node], config: RecordedConfig) -> Iterator[Record]:
    """Yield passing answers with failing ones to the same question, in their order."""
    questions: dict[object, tuple[dict[str, Node], dict[str, Node]]] = {}
    for node in nodes:
        answer = answer_in(node.text)
        # The sandbox's own failure says nothing about a program.
        if node.verdict and node.verdict.kind != "harness_error" and node.prompt and answer.strip():
            passing, failing = questions.setdefault((node.parent, node.prompt), ({}, {}))
            (passing if node.passed else failing).setdefault(answer, node)
    for passing, failing in questions.values():
        for better in passing.keys() & failing.keys():  # judged by luck: neither right nor wrong
            del passing[better], failing[better]
        for (better, node), worse in zip(passing.items(), failing, strict=False):
            yield _names(node, config) | trainers.preferred(node.prompt, better, worse)


def _names(node: Node, config: RecordedConfig) -> Record:
    return {"id": node.id, "benchmark": config.benchmark, "problem": node.problem, "stage": node.stage}


def tasks(directory: Path) -> Iterator[Record]:
    """Yield the problems of a run with their hidden tests.

    Raises:
        DataError: the benchmark cannot be read.
        UsageError: its problems have no tests.
    """
    benchmark = load(options_of(directory).benchmark)
    with Journal.read(directory) as journal:
        recorded = {row.id for row in journal.problems()}
    for problem in benchmark.problems:
        if problem.id not in recorded:
            continue
        if not problem.hidden.tests:
            raise UsageError(f"{benchmark.name} has no tests to be rewarded by: its problems are acted in")
        yield {
            "id": problem.id,
            "benchmark": benchmark.name,
            "prompt": trainers.turns(benchmark.prompt(problem)),
            "entry_point": problem.hidden.entry_point,
            "context": problem.hidden.context,
            "tests": [write_test(test) for test in problem.hidden.tests],
        }


def _trees(directory: Path) -> Iterator[list[Node]]:
    with Journal.read(directory) as journal:
        for problem in journal.problems():
            yield journal.nodes(problem.id)


def _write_parquet(directory: Path, output: Path | None) -> int:
    if output is None or output.suffix != ".parquet":
        raise UsageError("Parquet needs a file: sharpen export RUN parquet -o FILE.parquet")
    if is_data_set(directory):
        return stage_files.write(output, stage_files.read(directory / "dataset.jsonl", Row), Row)
    return stage_files.write(output, recorded_rows(directory), Recorded)


def recorded_rows(directory: Path) -> Iterator[Recorded]:
    """Yield every row of a run's trees. Raises JournalError if the directory is not a run."""
    return (_flat(node) for nodes in _trees(directory) for node in nodes)


def _flat(node: Node) -> Recorded:
    verdict, completion = node.verdict, node.completion
    return Recorded(
        problem=node.problem,
        stage=node.stage,
        index=node.index,
        id=node.id,
        parent=node.parent or "",
        author=node.author,
        text=node.text,
        program=node.program.code if node.program else "",
        passed=node.passed,
        kind=verdict.kind if verdict else "",
        trust=verdict.trust if verdict else "",
        shown=node.shown.kind if node.shown else "",
        message=verdict.message if verdict else "",
        reward=-1.0 if node.reward is None else node.reward,
        prompt_tokens=completion.prompt_tokens if completion else 0,
        tokens=node.tokens,
        seconds=completion.seconds if completion else 0.0,
    )
