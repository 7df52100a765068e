"""The self-repair paper's released results as trees: its heat maps on both axes, by either estimator.

    python bench/released.py FILE.jsonl

The files are those of the paper's repository (theoxo/self-repair, ``paper/data``), unpacked: one task a line,
with ``completions`` that have ``tokens_generated``, ``binary``, ``fault`` and ``repairs``. The tokens of a
repair count its explanation. A failing completion with a single repair, where others have more, stands for
one that passed when it was run again, as in the paper's code.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sharpen.errors import DataError
from sharpen.estimate import IidBaseline, Tree
from sharpen.files.disk import read_jsonl
from sharpen.journal.layout import Size
from sharpen.reports.figures import Estimates, Mode, estimates
from sharpen.reports.words import decimal

Completion = Mapping[str, Any]
MODES: tuple[Mode, ...] = ("samples-paper", "samples", "tokens-paper", "tokens")


def main() -> None:
    """Print the heat maps of one file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    estimates = read(parser.parse_args().file)
    print(f"{estimates.problems} tasks, {estimates.baseline.points[-1].n_p} programs each")
    for mode in MODES:
        print(f"\npass rate over that of i.i.d. samples, {mode}")
        print("\n".join(lines(estimates, mode)))


def read(path: Path) -> Estimates:
    """Return the curves and heat maps of a file.

    Raises:
        DataError: the file is not what the paper's repository describes.
    """
    tasks = [list(completions(row, f"{path}, line {number}")) for number, row in read_jsonl(path)]
    if not tasks:
        raise DataError(f"{path} holds no task")
    n_p = min(map(len, tasks))
    repairs = [len(c["repairs"]) for task in tasks for c in task if not passes(c)]
    n_fr = min(repairs, default=0)
    tree = Tree.stack([grown(task[:n_p], n_fr) for task in tasks])
    baseline = IidBaseline(Tree.of_programs(tree.passed, tree.tokens))
    return estimates(tree, Size(n_p, n_fr, 1, joint=True), baseline, path.name)


def completions(row: object, where: str) -> Iterator[Completion]:
    """Yield the completions of one line."""
    for each in row.get("completions", ()) if isinstance(row, dict) else ():
        if not {"tokens_generated", "binary", "fault", "repairs"} <= each.keys():
            raise DataError(f"{where} has a completion without tokens_generated, binary, fault or repairs")
        yield each


def passes(completion: Completion) -> bool:
    """Whether a completion passed, at once or when it was run again."""
    again = completion["repairs"] is not None and len(completion["repairs"]) == 1
    return bool(completion["binary"]) or completion["fault"] == "passed" or again


def grown(task: Sequence[Completion], n_fr: int) -> Tree:
    """Return the tree of one task."""
    passed = np.array([passes(completion) for completion in task])
    below = np.zeros((len(task), n_fr, 1))
    right, tokens = below.astype(bool), below
    for i, completion in enumerate(task):
        for j, repair in enumerate([] if passed[i] else completion["repairs"][:n_fr]):
            right[i, j], tokens[i, j] = bool(repair["binary"]), repair["tokens_generated"]
    return Tree(
        passed=passed,
        tokens=np.array([float(completion["tokens_generated"]) for completion in task]),
        repairable=~passed,
        feedback_tokens=np.zeros(below.shape[:-1]),
        repair_passed=right,
        repair_tokens=tokens,
    )


def lines(estimates: Estimates, mode: Mode) -> Iterator[str]:
    """Yield one heat map, a row for each n_p."""
    columns = list(dict.fromkeys(cell.n_f for cell in estimates.cells))
    yield "n_p   " + "  ".join(f"n_fr={n_f:<3}" for n_f in columns)
    for n_p in dict.fromkeys(cell.n_p for cell in estimates.cells):
        row = [cell.shown(mode).value for cell in estimates.cells if cell.n_p == n_p]
        yield f"{n_p:<4}  " + "  ".join(f"{decimal(value, 2):<8}" for value in row)


if __name__ == "__main__":
    main()
