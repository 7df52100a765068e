"""What a method is to the rest of the package: it declares itself once, in its own module.

A whole method::

    class Persist(RunConfig):
        method: ClassVar[str] = "persist"
        tries: PositiveInt = 3

    async def persist(problem: Problem, run: Run, cfg: Persist) -> None:
        for index in range(cfg.tries):
            (node,) = await run.programs(problem, run.benchmark.prompt(problem), [index])
            if node.passed:
                return

    METHOD = Method(Persist, each(persist))

:mod:`sharpen.registry` finds it by name; command line, notebook, replay, reports and exports read it there.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from sharpen.benchmarks.base import Benchmark
from sharpen.journal.layout import Layout
from sharpen.run.config import RunConfig
from sharpen.run.run import Run
from sharpen.sandbox.base import Sandbox
from sharpen.types import Problem

Config = TypeVar("Config", bound=RunConfig)
Solve = Callable[[Problem], Coroutine[Any, Any, None]]
"""A method applied to one problem."""
Begin = Callable[[Run, Config], Solve]
"""Prepares a run once, and returns what is applied to every problem."""
Load = Callable[[str], Benchmark]
"""Returns the benchmark of a word."""
World = tuple[Benchmark, Sandbox]
"""What a run asks, and where answers are judged."""
Kind = Literal["programs", "trials", "graphs", "dataset"]
"""Which report shows the rows of a method, and which exports they have."""


def each(coroutine: Callable[[Problem, Run, Config], Coroutine[Any, Any, None]]) -> Begin[Config]:
    """Return the ``begin`` of a method that needs nothing but the problem, the run and its options."""
    return lambda run, cfg: lambda problem: coroutine(problem, run, cfg)


def plain_layout(cfg: RunConfig) -> Layout:
    """Return the layout of a method that declares none: its own options, and no claim about its trees."""
    own = cfg.model_dump(mode="json", exclude=set(RunConfig.model_fields))
    shape = ", ".join(f"{name} = {value}" for name, value in own.items())
    return Layout(title=cfg.method.capitalize(), authors=cfg.model, shape=shape)


@dataclass(frozen=True, slots=True)
class Method(Generic[Config]):
    """A method.

    Attributes:
        config: its options; ``config.method`` is the name of its verb, the class's docstring its help.
        begin: prepares a run once and returns what is applied to every problem.
        layout: what the rows of a run mean to its report.
        kind: which report shows them.
        open_world: opens benchmark and sandbox, and refuses options that do not fit them, before a run has
            a directory; None for a benchmark of programs by its name.
        finish: writes files from the journal when a run has ended; None if there are none.
        in_parts: whether it can ask for a program in parts.
    """

    config: type[Config]
    begin: Begin[Config]
    layout: Callable[[Config], Layout] = plain_layout
    kind: Kind = "programs"
    open_world: Callable[[Config, Load], World] | None = None
    finish: Callable[[Path, Config], None] | None = None
    in_parts: bool = False
