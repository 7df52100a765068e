"""The verbs that ask a model: one for every method of the registry.

``sharpen.cli.runs.NAME`` is the verb of the method NAME; it is made when it is first looked up.
"""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from sharpen import registry
from sharpen.cli.fields import arguments, with_options
from sharpen.cli.options import DEFAULT_OPTIONS, METHOD_OPTIONS, Flat, RunOptions, carry_out
from sharpen.cli.output import RunDirectory
from sharpen.registry import MethodEntry
from sharpen.verbs import configure


def __getattr__(name: str) -> Callable[..., int]:
    if name not in registry.METHODS:
        raise AttributeError(f"no method is called {name}")
    return method_verb(registry.METHODS[name])


def method_verb(entry: MethodEntry) -> Callable[..., int]:
    """Return the verb of a method: its benchmark, its options, and those of every run."""
    kind = entry.load().config

    def verb(
        benchmark: Annotated[str, Parameter(help=entry.subject)],
        *,
        run: RunDirectory = None,
        options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
        **fields: Any,  # noqa: ANN401 - their types are in the signature that is made below
    ) -> int:
        return carry_out(configure(kind, {"benchmark": benchmark, **fields}), run, options)

    verb.__doc__ = entry.help
    return with_options(verb, arguments(kind, METHOD_OPTIONS, without=["benchmark"]))
