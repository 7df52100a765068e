"""Exit codes, and where the command line prints: results on stdout, everything else on stderr."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sharpen.terminal import Console

if TYPE_CHECKING:
    from sharpen.api import Report

DONE, ENDED_EARLY, WRONG_USAGE = 0, 1, 2

Json = Annotated[bool, Parameter(name="--json")]
RunDirectory = Annotated[
    Path | None,
    Parameter(help="The run's directory; the same command finds its run again when this is not given."),
]
Output = Annotated[Path | None, Parameter(alias="-o")]
Several = Parameter(negative="", consume_multiple=True)


def stderr() -> Console:
    """Return the console of everything that is not a result."""
    return Console(stderr=True, soft_wrap=True)


def print_json(value: Any) -> None:  # noqa: ANN401 - plain data
    """Print plain data as one JSON object on a line of stdout; what is not a number is null."""
    from sharpen.reports.figures import plain

    print(json.dumps(plain(value), allow_nan=False))  # noqa: T201


def show(runs: list[Path], page: Path, as_json: bool) -> "Report":
    """Print the report of the runs, write its page, and return it."""
    from sharpen.api import report

    made = report(*runs, output=page)
    if as_json:
        print_json(made.to_json())
    else:
        made.render(Console())
    if made.missing:
        lacking = f"problems of the shards {', '.join(made.missing)} are not in it: report them together"
        stderr().print(lacking, highlight=False, markup=False)
    stderr().print(f"report: {made.page}", highlight=False)
    return made
