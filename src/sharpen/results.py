"""The results of a run, read from its directory."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sharpen import registry
from sharpen.errors import TruncatedTreesError, UsageError
from sharpen.estimate import Estimator, Order, Tree, pass_at_t, rate_interval
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.trees import full_size, read_trees
from sharpen.terminal import Console
from sharpen.types import Node, Prompt

if TYPE_CHECKING:
    from sharpen.reports.figures import Estimates, Rate
    from sharpen.reports.reflexion.accounting import AccountingLine, SuccessDifference, TrialSummary

HTML_COLUMNS = 100
"""Width of a run's tables in a notebook."""
HTML = '<pre style="line-height: 1.2; white-space: pre">{code}</pre>'


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the pass@t plane, with the 95 % interval of a bootstrap over problems.

    Attributes:
        pass_rate: mean over problems of the chance that a tree holds a passing program.
        low, high: the interval.
        tokens: mean completion tokens of a tree.
        samples: programs and repairs of a tree, counted whether they are drawn or not: the paper's k.
    """

    pass_rate: float
    low: float
    high: float
    tokens: float
    samples: int


class Results:
    """A run that is over, or as far as it came: a reader of its directory."""

    def __init__(self, directory: Path | str, exhausted: str = "") -> None:
        self.directory, self.exhausted = Path(directory), exhausted

    def table(self) -> None:
        """Print what the terminal shows, as one output of a notebook."""
        here = Console()
        text = io.StringIO()
        console = Console(file=text, width=here.width, force_terminal=here.is_terminal, force_jupyter=False)
        self._render(console)
        print(text.getvalue(), end="")  # noqa: T201

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the run: the tables of the terminal."""
        console = Console(file=io.StringIO(), width=HTML_COLUMNS, record=True, force_jupyter=False)
        self._render(console)
        return console.export_html(code_format=HTML, inline_styles=True)

    def _render(self, console: Console) -> None:
        from sharpen.reports.publish import render

        render([self.directory], console)

    def pass_at_t(
        self,
        n_p: int,
        n_fr: int = 1,
        n_r: int = 1,
        *,
        order: Order = "batch",
        estimator: Estimator = "unbiased",
    ) -> Point:
        """Return the pass@t point of n_p programs with n_fr explanations each and n_r repairs of each.

        Raises:
            TruncatedTreesError: the run stopped at success, or its method draws no trees.
            EstimateError: more is asked for than was sampled.
        """
        trees = Tree.stack(list(full_trees(self.directory).values()))
        points = pass_at_t(trees, n_p, n_fr, n_r, order, estimator=estimator)
        rate = rate_interval(points.pass_rate)
        samples = n_p * (1 + n_fr * n_r)
        return Point(
            float(rate.value), float(rate.low), float(rate.high), float(points.tokens.mean()), samples
        )

    def estimates(self, difficulty: str = "") -> "Estimates":
        """Return the curves and the heat maps of a run of repair trees, of all problems or of one difficulty.

        Raises:
            TruncatedTreesError: the run has no trees of one size.
            UsageError: it has no such difficulty.
        """
        from sharpen.reports.repair.summary import summarise

        summary = summarise(self.directory)
        if difficulty:
            if difficulty not in summary.by_difficulty:
                known = ", ".join(summary.by_difficulty) or "none"
                raise UsageError(
                    f"{summary.name} has no difficulty {difficulty} with trees: there are {known}"
                )
            return summary.by_difficulty[difficulty]
        if summary.estimates is None:
            full_size(summary.name, summary.layout)
            raise TruncatedTreesError(
                f"{summary.name} has no finished problem, so there is nothing to estimate"
            )
        return summary.estimates

    def accountings(self, *baselines: Path | str) -> "tuple[AccountingLine, ...]":
        """Return the figures of a Reflexion run by accounting, each beside i.i.d. sampling at equal tokens.

        Args:
            baselines: directories of ``sample`` runs, or of Reflexion's strategy ``simple``.

        Raises:
            UsageError: it is not a Reflexion run.
        """
        return self._trials(*baselines).lines

    def by_trial(self) -> "dict[str, tuple[Rate, ...]]":
        """Return the share of problems that a Reflexion run has solved after each trial, by accounting.

        Raises:
            UsageError: it is not a Reflexion run.
        """
        from sharpen.reports.reflexion.wording import by_trial

        return by_trial(self._trials())

    def difference(self, other: Path | str) -> "SuccessDifference":
        """Return the paired difference of two Reflexion runs, this one minus ``other``, on common problems.

        Raises:
            UsageError: one is not a Reflexion run, or they have no problem in common.
        """
        from sharpen.reports.reflexion.accounting import summarise

        self._trials()
        _, pairs = summarise([self.directory, Path(other)])
        if not pairs:
            raise UsageError(f"{self.directory} and {other} are not two Reflexion runs with common problems")
        return pairs[0]

    def _trials(self, *baselines: Path | str) -> "TrialSummary":
        from sharpen.reports.reflexion.accounting import summarise

        name = read_config(self.directory, RecordedConfig).method
        if registry.method(name).kind != "trials":
            raise UsageError(f"{self.directory} is a run of {name}, not of reflexion: it has no trials")
        return summarise([self.directory, *map(Path, baselines)])[0][0]

    @property
    def errors(self) -> int:
        """How many problems ended with an error, and will be asked again when the run goes on."""
        with Journal.read(self.directory) as journal:
            return sum(
                map(bool, journal.outcomes(read_config(self.directory, RecordedConfig).outcomes).values())
            )

    def nodes(self) -> Iterator[Node]:
        """Yield every program, explanation and repair."""
        with Journal.read(self.directory) as journal:
            for problem in journal.problems():
                yield from journal.nodes(problem.id)

    def samples(self) -> list[dict[str, object]]:
        """Return one flat row per program or repair.

        ``prompt`` is the conversation as one text, ``feedback`` the explanation that the repair followed,
        ``labels`` what people called that, ``error`` what a prompt may quote of the program's own failure,
        ``message`` what the hidden tests say.
        """
        nodes = list(self.nodes())
        texts = {node.id: node.answer.strip() for node in nodes if node.stage == "feedback"}
        labels: dict[str | None, list[str]] = {}
        for node in nodes:
            if node.stage == "label":
                labels.setdefault(node.parent, []).append(node.text)
        return [
            {
                "problem": node.problem,
                "stage": node.stage,
                "index": node.index,
                "id": node.id,
                "parent": node.parent,
                "model": node.author,
                "prompt": _as_text(node.prompt),
                "feedback": texts.get(node.parent or "", ""),
                "labels": labels.get(node.parent, []),
                "answer": node.answer,
                "program": node.program.code,
                "passed": node.passed,
                "kind": node.verdict.kind,
                "error": node.error,
                "message": node.verdict.message,
                "tokens": node.tokens,
            }
            for node in nodes
            if node.program and node.verdict
        ]

    def to_pandas(self) -> Any:  # noqa: ANN401 - pandas is optional
        """Return :meth:`samples` as a pandas DataFrame.

        Raises:
            UsageError: pandas is not installed.
        """
        return _library("pandas").DataFrame(self.samples())

    def to_polars(self) -> Any:  # noqa: ANN401 - polars is optional
        """Return :meth:`samples` as a polars DataFrame.

        Raises:
            UsageError: polars is not installed.
        """
        return _library("polars").DataFrame(self.samples(), infer_schema_length=None)


def _as_text(prompt: Prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(f"{message.role}: {message.content}" for message in prompt)


def _library(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(f"to_{name} needs {name}: run pip install {name}") from error


def full_trees(run: Path) -> dict[str, Tree]:
    """Return the full tree of every finished problem of a run, by problem.

    Raises:
        TruncatedTreesError: the run's trees have no fixed size, or one lacks a row.
        JournalError: the run cannot be read.
    """
    outcomes = read_config(run, RecordedConfig).outcomes
    return read_trees(run, registry.layout_of(run), outcomes)
