"""Writes report pages from their templates."""

from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sharpen.errors import JournalError
from sharpen.reports import words


def write_page(
    template: str,
    output: Path,
    *,
    journals: int,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    **values: object,
) -> Path:
    """Write a filled template and return its path.

    Args:
        template: its file.
        output: where the page is written.
        journals: how many runs it shows.
        styles: style sheets beside the one that every page has.
        scripts: scripts beside the one that every page has.
        values: what else the template needs.

    Raises:
        JournalError: the page cannot be written.
    """
    frame = {
        "style": _together("page.css", *styles),
        "script": _together("frame.js", *scripts),
        "drawing_style": asset("drawing.css"),
        "version": version("sharpen"),
        "journals": journals,
    }
    pieces = _environment().get_template(template).generate(**frame, **values)
    try:
        with output.open("w", encoding="utf-8") as page:
            page.writelines(pieces)
    except OSError as error:
        raise JournalError(
            f"cannot write {output}: {error.strerror}; choose another with --output"
        ) from error
    return output


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sharpen.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    environment.tests["contains"] = lambda items, item: item in items
    return environment


def _together(*names: str) -> Markup:
    return Markup("\n").join(map(asset, names))


def asset(name: str) -> Markup:
    """Return a style sheet or script of the pages, trusted as markup."""
    return Markup(files("sharpen.reports").joinpath("page", name).read_text("utf-8"))  # noqa: S704
