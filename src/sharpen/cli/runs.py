"""The verbs that ask a model: one for every method of the registry.

``sharpen.cli.runs.NAME`` is the verb of the method NAME; it is made when it is first looked up.
"""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from sharpen.cli.fields import arguments, with_options
from sharpen.cli.options import (
    DEFAULT_OPTIONS,
    METHOD_OPTIONS,
    Flat,
    RunOptions,
    carry_out,
)
from sharpen.registry import METHODS, Entry


def __getattr__(name: str) -> Callable[..., int]:
    if name not in METHODS:
        raise AttributeError(f"no method is called {name}")
    return method_verb(METHODS[name])


def method_verb(entry: Entry) -> Callable[..., int]:
    """Return the verb of a method: its benchmark, its options, and those of every run."""
    config = entry.load().config

    def verb(
        benchmark: Annotated[str, Parameter(help=entry.subject)],
        /,
        *,
        options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
        **fields: Any,  # noqa: ANN401 - their types are in the signature that is made below
    ) -> int:
        return carry_out(config(benchmark=benchmark, **fields), options.run, options)

    return with_options(verb, entry.help, arguments(config, METHOD_OPTIONS, without=["benchmark"]))
