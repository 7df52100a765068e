"""Templates and files of the viewer's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sharpen.journal.rows import ProblemRow
from sharpen.journal.steps import TreeRow, TreeRows
from sharpen.reports import words
from sharpen.reports.draw.listing import Listing, difference, listing

ASSETS = {
    "page.css": "text/css",
    "view.css": "text/css",
    "theme.js": "text/javascript",
    "runs.js": "text/javascript",
    "run.js": "text/javascript",
    "compare.js": "text/javascript",
    "problem.js": "text/javascript",
    "explain.js": "text/javascript",
}
"""The files that pages load, with their types; ``page.css`` is the reports' own."""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with its code highlighted: the program, and for a repair what it changed."""

    step: TreeRow
    program: Listing | None
    change: Listing | None


@dataclass(frozen=True, slots=True)
class ShownSteps:
    """A problem's steps, ready for a page."""

    problem: ProblemRow
    steps: Sequence[ShownStep]


def shown(rows: TreeRows) -> ShownSteps:
    """Return a problem's steps with their code highlighted."""
    return ShownSteps(rows.problem, tuple(map(_shown, rows.steps)))


def _shown(step: TreeRow) -> ShownStep:
    change = difference(step.before, step.program) if step.before and step.program else None
    return ShownStep(step, listing(step.program) if step.program else None, change)


def render(template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """Return a page made from a template."""
    return HTMLResponse(_environment().get_template(template).render(**values), status)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("sharpen.viewer", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["words"] = words
    return made


@cache
def asset(name: str) -> bytes:
    """Return one of the files of ``ASSETS``."""
    package = "sharpen.reports" if name == "page.css" else "sharpen.viewer"
    return (files(package) / "page" / name).read_bytes()
