"""The verbs of SelfCodeAlign, one thin function each: ``sharpen align VERB``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

DONE = 0

align_app = App(name="align", help="Make fine-tuning data from a model's own answers (arXiv 2410.24198).")


@align_app.command
def seeds(
    source: str = "installed",
    /,
    *,
    out: Path,
    against: tuple[str, ...] = (),
    words: int = 13,
    threshold: float = 0.5,
    jobs: int = 2,
    limit: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Gather documented functions of real code, and keep what passes the paper's filters.

    Args:
        source: `installed` (the standard library and all that this Python can import), a folder, or git.
        out: The directory of the data set; seeds.jsonl goes there, and beside it what was rejected and why.
        against: The benchmarks that no seed may hold, also NAME@PATH; all that are known if none is named.
        words: Consecutive words that make a copy of a benchmark.
        threshold: The least Jaccard index of word 5-grams of two near duplicates.
        jobs: Processes that read files.
        limit: Documented functions that are looked at, at most.
        as_json: Print the funnel as one JSON object on stdout.
    """
    from sharpen.align.seeds import gather

    funnel, report = gather(source, out, against, words=words, threshold=threshold, jobs=jobs, limit=limit)
    if as_json:
        print(json.dumps(asdict(funnel)))  # noqa: T201
    else:
        Console().print(funnel.table())
    stderr = Console(stderr=True, soft_wrap=True)
    if report.skipped:
        path, reason = report.skipped[0]
        stderr.print(
            f"{len(report.skipped):,} of {report.files:,} files were not read: {path} is {reason}",
            highlight=False,
        )
    stderr.print(f"seeds: {out / 'seeds.jsonl'}", highlight=False)
    return DONE
