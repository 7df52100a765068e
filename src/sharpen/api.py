"""Every verb of the command line as a function: ``sharpen models pull NAME`` is ``models_pull(NAME)``.

The command line parses options, calls these and prints what they return. The verbs of methods (``sample``,
``repair`` ...) are in :mod:`sharpen.verbs`, SelfCodeAlign's in :mod:`sharpen.align_verbs`, and those of
expert iteration in :mod:`sharpen.improve_verbs`. Paths may be given as text.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console

from sharpen.errors import UsageError
from sharpen.execution import default_directory, execute, one_error, open_run, run_sync
from sharpen.results import Point, Results

if TYPE_CHECKING:
    from sharpen.benchmarks.base import Benchmark
    from sharpen.benchmarks.structures import Structures
    from sharpen.evaluate.reflexion_logs import Log
    from sharpen.evaluate.replay import Replayed
    from sharpen.evaluate.score import Scored
    from sharpen.evaluate.score_graphs import ScoredGraphs
    from sharpen.evaluate.validate import Mutants, Validation
    from sharpen.exports.records import What
    from sharpen.exports.trainers import Form
    from sharpen.files.download import DownloadProgress
    from sharpen.journal.steps import TreeRows
    from sharpen.models.weights import LocalModel, Weights
    from sharpen.reports.flips import Compared
    from sharpen.run.progress import Progress
    from sharpen.sandbox.doctor import Diagnosis
    from sharpen.serve.options import Serve
    from sharpen.shards import Merged
    from sharpen.viewer.options import View
    from sharpen.viewer.state import RunState

__all__ = [
    "Listed",
    "Location",
    "Point",
    "Report",
    "Results",
    "Verified",
    "benchmarks_list",
    "benchmarks_pull",
    "benchmarks_show",
    "compare",
    "default_directory",
    "demo",
    "doctor",
    "execute",
    "export",
    "merge",
    "models_list",
    "models_pull",
    "open_run",
    "push",
    "recorded",
    "replay",
    "report",
    "run_sync",
    "runs",
    "sandbox_serve",
    "schema",
    "score",
    "show",
    "validate",
    "verify",
    "view",
]

Location = Path | str
"""A file or a directory."""
Where = Literal["local", "ray"]
"""This machine, or a Ray cluster."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one or several runs.

    Attributes:
        runs: their directories.
        page: the HTML page that was written.
        missing: the shards (``3/16``) whose problems are not in it, where the runs are shards of one.
    """

    runs: tuple[Path, ...]
    page: Path
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the figures as plain data."""
        from sharpen.reports import publish
        from sharpen.shards import joined

        with joined(self.runs) as runs:
            return publish.plain(runs)

    def render(self, console: Console) -> None:
        """Print the tables."""
        from sharpen.reports import publish
        from sharpen.shards import joined

        with joined(self.runs) as runs:
            publish.render(runs, console)

    def save_figures(self, folder: Location) -> list[Path]:
        """Write the charts as SVG, PNG and CSV into a folder, and return the files.

        Raises:
            UsageError: ``sharpen[figures]`` is not installed.
            DataError: a file cannot be written.
        """
        from sharpen.reports import publish
        from sharpen.shards import joined

        with joined(self.runs) as runs:
            return publish.write_figures(runs, Path(folder))


def report(*runs: Location, output: Location | None = None) -> Report:
    """Write the page of one or several runs, and return their report. Shards of one run count as one.

    Args:
        runs: their directories.
        output: the page's file; report.html in the first run's directory if not given.

    Raises:
        UsageError: no run is given, or no report has a place for all these runs.
        JournalError: a directory is not a run or cannot be read, or the page cannot be written.
    """
    from sharpen.reports import publish
    from sharpen.shards import joined, missing

    paths = tuple(Path(run) for run in runs)
    if not paths:
        raise UsageError("sharpen report needs a run's directory: sharpen report RUN [RUN ...]")
    with joined(paths) as shown:
        page = publish.write(shown, Path(output or paths[0] / "report.html"))
        return Report(paths, page, missing(paths))


def merge(*shards: Location, run: Location) -> "Merged":
    """Make one run of the shards that ``--shard`` made, verified, with no record twice.

    Args:
        shards: their directories.
        run: that of the whole run; merging again adds what shards have recorded since.

    Raises:
        UsageError: two are not shards of one run; the option that differs is named.
        JournalError: a shard is damaged, or the run cannot be written.
    """
    from sharpen.shards import merge as merge_shards

    return merge_shards([Path(shard) for shard in shards], Path(run))


def compare(a: Location, b: Location) -> "Compared":
    """Compare two runs of programs: the paired difference a - b, and the problems that only one solves.

    Raises:
        UsageError: they answer different benchmarks, share no finished problem, or write graphs.
        JournalError: a directory is not a run or cannot be read.
    """
    from sharpen.reports import flips

    return flips.compare(Path(a), Path(b))


def runs(folder: Location = "runs") -> "list[RunState]":
    """Return how far all runs below a folder have come."""
    from sharpen.viewer.state import find_runs, read_state

    return [read_state(Path(folder), run) for run in find_runs(Path(folder))]


def show(run: Location, problem: str) -> "TreeRows":
    """Return the steps of one problem of a run: prompts, answers, and what ran.

    Args:
        run: its directory.
        problem: the problem's id, or the end of it.

    Raises:
        JournalError: there is no run.
        UsageError: it has no such problem.
    """
    from sharpen.journal.steps import read_steps

    return read_steps(Path(run), problem)


def view(folder: Location, config: "View", *, on_message: Callable[[str], None] = print) -> None:
    """Show all runs below a folder in the browser, also while they grow, until SIGINT.

    Args:
        folder: the folder that holds the runs.
        config: how they are shown.
        on_message: called with the sentences that say where to look.

    Raises:
        UsageError: ``sharpen[serve]`` is not installed, or an option does not fit.
    """
    from sharpen.extras import extra

    for library in ("starlette", "uvicorn"):
        extra(library, "serve")
    from sharpen.viewer.server import view as view_runs

    view_runs(Path(folder), config, on_message)


def export(
    run: Location,
    what: "What | str",
    *,
    form: "Form" = "prompt",
    per_problem: int | None = None,
    output: Location | None = None,
) -> int:
    """Write a run or a data set as rows for trainers or tables, and return how many rows.

    Args:
        run: its directory.
        what: which rows; see :mod:`sharpen.exports.records`. A word of an installed package is one too.
        form: of fine-tuning rows: ``prompt`` and ``completion``, or ``messages``.
        per_problem: rows of one problem at most; all if not given.
        output: the file; stdout if not given.

    Raises:
        UsageError: rows of that kind cannot be written of this run, or into that file.
        JournalError: the directory is not a run.
        DataError: a file of it is damaged, or the output cannot be written.
    """
    from sharpen.exports import records

    path = Path(output) if output else None
    return records.export(Path(run), what, form, path, sys.stdout, per_problem)


def push(directory: Location, target: str, *, public: bool = False) -> str:
    """Copy a run, a data set or a trained model to the Hugging Face hub or into a folder, with a card.

    Args:
        directory: a run's, that of ``sharpen align select``, or that of ``sharpen align train``.
        target: ``hf://datasets/OWNER/NAME``, ``hf://models/OWNER/NAME`` for a model, or a folder.
        public: whether a repository that is made is open to everybody; it is private if not given.

    Returns:
        Where it is: the commit's address, or the folder.

    Raises:
        UsageError: the target does not fit, or there is no token that may write.
        SharpenError: the directory cannot be read, or the hub cannot be reached or refuses.
    """
    from sharpen.pushing import push as push_directory

    return push_directory(Path(directory), target, public=public)


async def replay(run: Location, *, on_progress: "Progress | None" = None) -> "Replayed":
    """Run and judge the recorded answers of a run again, with no model, and return which verdicts changed.

    Raises:
        JournalError: there is no run, or it is damaged.
        NotRecordedError: the run did not end, and an answer is missing.
    """
    from sharpen.evaluate.replay import replay as replay_run

    with one_error():
        return await replay_run(Path(run), on_progress)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a journal found.

    Attributes:
        damages: one sentence for each record that is damaged or was changed.
        unsealed: records that were made before there were checksums.
        last_seal: the last link of the chain of checksums; empty where there is none.
    """

    damages: tuple[str, ...]
    unsealed: int
    last_seal: str


def verify(run: Location) -> Verified:
    """Check every record of a run's journal.

    Raises:
        JournalError: there is no run.
    """
    from sharpen.journal.journal import Journal

    with Journal.read(Path(run)) as journal:
        return Verified(tuple(journal.verify()), journal.unsealed(), journal.last_seal)


async def score(
    benchmark: str,
    samples: Location,
    *,
    run: Location | None = None,
    format: str = "",  # noqa: A002 - the option's name
    judge: Sequence[str] = (),
    sandbox: Where = "local",
    limit: int | None = None,
    ids: Sequence[str] = (),
    ks: Sequence[int] = (1, 10, 100),
    results: Location | None = None,
    on_progress: "Callable[[Scored], None] | None" = None,
) -> "Scored | ScoredGraphs":
    """Judge a file of samples by the hidden tests of a benchmark, or graphs by those of a structured task.

    Args:
        benchmark: name or PATH.jsonl.
        samples: JSONL with ``task_id`` and ``completion`` or ``solution``; for graphs ``text`` and ``id``.
        run: where verdicts are recorded; found by benchmark and file if not given.
        format: how graphs are written; the paper's own if not given.
        judge: further judges of explanations.
        sandbox: where programs run.
        limit: evenly spaced problems whose samples are judged; all if not given.
        ids: only samples of these problems.
        ks: the k of pass@k.
        results: where each sample's verdict is written: .jsonl, or .json as EvalPlus writes it.
        on_progress: called after each sample.

    Raises:
        DataError: the file cannot be read or holds no sample at all.
        SharpenError: the benchmark or the run's directory cannot be used.
    """
    from sharpen.benchmarks import structures
    from sharpen.evaluate import score as programs
    from sharpen.evaluate import score_graphs as graphs

    if structures.knows(benchmark):
        return graphs.score_graphs(benchmark, Path(samples), format, judge)
    with one_error():
        return await programs.score(
            benchmark,
            Path(samples),
            Path(run) if run else None,
            sandbox,
            limit=limit,
            ids=ids,
            ks=ks,
            results=Path(results) if results else None,
            on_progress=on_progress or (lambda _: None),
        )


def recorded(log: Location, *, iterations: int | None = None) -> "Log":
    """Read one of the logs of Reflexion's own repository: programs, questions or games.

    Args:
        log: the file, plain or gzipped.
        iterations: the ``max_iters`` of the log's run; from its longest chain if not given.

    Raises:
        DataError: the file is not such a log.
    """
    from sharpen.evaluate import reflexion_logs

    return reflexion_logs.read(Path(log), iterations)


async def validate(
    benchmark: str, *, limit: int | None = None, mutants: "Mutants" = "first", calibrate: bool = False
) -> "Validation":
    """Judge a benchmark's reference programs, which must pass, and broken copies of them, which must not.

    Args:
        benchmark: name or PATH.jsonl.
        limit: problems at most, evenly spread.
        mutants: the first mutant of each kind of a program, or all.
        calibrate: record the time of the reference programs, which limits that of candidates in later runs.

    Raises:
        SharpenError: the benchmark cannot be loaded, or the sandbox failed.
    """
    from sharpen.evaluate.validate import validate as check

    with one_error():
        return await asyncio.to_thread(check, benchmark, limit, mutants, calibrate=calibrate)


async def doctor() -> "list[Diagnosis]":
    """Test each claim of the sandbox on this machine, with a program that breaks it where it can."""
    from sharpen.sandbox import doctor as diagnosis

    return await diagnosis.diagnose()


def models_list() -> "list[LocalModel]":
    """Return the local models that can be named."""
    from sharpen.models.weights import STORE

    return list(STORE.values())


def models_pull(name: str, *, on_progress: "DownloadProgress | None" = None) -> "Weights":
    """Download the weights of a local model and verify them; no network is needed afterwards.

    Raises:
        UsageError: no local model is called that.
        FetchError: its weights cannot be had.
    """
    from sharpen.models.weights import pull

    return pull(name, on_progress)


@dataclass(frozen=True, slots=True)
class Listed:
    """A benchmark that can be named: its names, with all variants, and what it is."""

    names: tuple[str, ...]
    about: str


def benchmarks_list() -> list[Listed]:
    """Return the benchmarks and the structured tasks that can be named."""
    from sharpen.benchmarks import registry as benchmarks
    from sharpen.benchmarks import structures

    rows = []
    for entry in benchmarks.entries():
        variants = [*entry.variants, *([entry.open_variants] if entry.open_variants else [])]
        rows.append(Listed((entry.word, *(f"{entry.word}/{v}" for v in variants)), entry.about))
    return rows + [Listed((task.word,), task.about) for task in structures.REGISTRY]


def benchmarks_pull(name: str) -> "Benchmark | Structures":
    """Download a benchmark, verify it and return it; no network is needed afterwards.

    Raises:
        UsageError: no benchmark is called that.
        DataError: a file is not what it should be.
        FetchError: it cannot be had.
    """
    return benchmarks_show(name)


def benchmarks_show(name: str) -> "Benchmark | Structures":
    """Return a benchmark or a structured task, with its problems; the errors are those of the download."""
    from sharpen.benchmarks import registry as benchmarks
    from sharpen.benchmarks import structures

    return structures.load(name) if structures.knows(name) else benchmarks.load(name)


def demo(folder: Location) -> Results:
    """Write the recorded run of `sharpen demo` into a folder and return its results; no model is needed."""
    from sharpen.demonstration import unpack

    return Results(unpack(Path(folder)))


def schema(method: str) -> dict[str, object]:
    """Return the JSON schema of a method's options: of its table in a ``--config`` file.

    Raises:
        UsageError: no method is called that.
    """
    from sharpen import registry

    document: dict[str, object] = registry.method(method).config.model_json_schema()
    return document


def sandbox_serve(config: "Serve", *, on_start: Callable[[str], None] = print) -> None:
    """Answer programs with verdicts and rewards over HTTP, until SIGINT or SIGTERM.

    Args:
        config: how it is served.
        on_start: called with the sentences that say where it listens.

    Raises:
        UsageError: there is no token, an option does not fit, or ``sharpen[serve]`` is not installed.
    """
    from sharpen.serve import start

    start(config, on_start)
