"""The prompts of the methods, as text files."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template


@cache
def _template(name: str) -> Template:
    source = (files(__package__) / f"{name}.txt").read_text("utf-8")
    # These are plain-text prompts: escaping for HTML would corrupt the code in them.
    plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701
    return plain.from_string(source)


def render(name: str, /, **values: str | Sequence[str]) -> str:
    """Return the prompt ``name`` with its blanks filled in; a blank without a value is an error."""
    return _template(name).render(values)
