"""Every method by its name. A method is one file, which declares it (:mod:`sharpen.run.method`).

The command line, the notebook functions, replay, reports, exports and the reader of recorded options find
methods here, and nowhere else. A module is imported when its method is needed. Benchmarks are in
:mod:`sharpen.benchmarks.registry`, models in :mod:`sharpen.models.spec`, exporters in :mod:`sharpen.exports`.
"""

import difflib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sharpen.errors import JournalError, UsageError
from sharpen.installed import Installed, installed

PROBLEMS = "problems.jsonl"
"""In a run's directory: its problems, where no word leads to them again."""

if TYPE_CHECKING:
    from sharpen.journal.layout import Layout
    from sharpen.run.config import RunConfig
    from sharpen.run.method import Load, Method, World


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """Where a method is declared.

    Attributes:
        name: the name of its verb.
        path: ``module:attribute`` of its :class:`~sharpen.run.method.Method`.
        about: one line of help, so that a listing imports no method.
        example: a command that shows it.
        subject: what its first argument is, for help.
        package: the entry point, of a method of another package.
    """

    name: str
    path: str
    about: str
    example: str = ""
    subject: str = "Name or PATH.jsonl; see `sharpen benchmarks list`."
    package: Installed | None = None

    @property
    def help(self) -> str:
        """What its verb's help begins with."""
        return f"{self.about}\n\nExample: `{self.example}`" if self.example else self.about

    def load(self) -> "Method[Any]":
        """Import the module and return the method.

        Raises:
            UsageError: the package that adds it cannot be imported.
        """
        if self.package:
            return cast("Method[Any]", self.package.load())
        module, _, attribute = self.path.partition(":")
        loaded: Method[Any] = getattr(import_module(module), attribute)
        return loaded


METHODS: dict[str, MethodEntry] = {
    entry.name: entry
    for entry in (
        MethodEntry(
            "sample",
            "sharpen.methods.sample:METHOD",
            "Draw n i.i.d. programs per problem and run them.",
            "sharpen sample humaneval -m qwen2.5-coder-0.5b -n 10 --limit 20",
        ),
        MethodEntry(
            "repair",
            "sharpen.methods.repair:METHOD",
            "Generate, run, explain the failure, repair (arXiv 2306.09896).",
            "sharpen repair humaneval -m qwen2.5-coder-0.5b --np 4 --nfr 2 --limit 20",
        ),
        MethodEntry(
            "reflexion",
            "sharpen.methods.reflexion.strategies:METHOD",
            "Try, judge, reflect in words, remember, try again (arXiv 2303.11366).",
            "sharpen reflexion humaneval -m qwen2.5-coder-1.5b -t 3 --limit 20",
        ),
        MethodEntry(
            "structure",
            "sharpen.methods.structure:METHOD",
            "Write graphs as code, read them back, score them (arXiv 2210.07128).",
            "sharpen structure propara@test.jsonl -m qwen2.5-coder-1.5b --shots 3",
            "A structured task, with @PATH for its file; see `sharpen benchmarks list`.",
        ),
        MethodEntry(
            "align",
            "sharpen.selfcodealign.generate.method:METHOD",
            "Write tasks from seeds, solve and test them (arXiv 2410.24198).",
            subject="A stage file of seeds.",
        ),
    )
}
"""By name. Methods of other packages are added to it by their entry points, or by :func:`register`."""


SCORED = MethodEntry("score", "sharpen.evaluate.score:METHOD", "Score a file of samples.")
"""What `sharpen score` records: reports and exports read it like a method's runs. Its verb is its own."""


def register(entry: MethodEntry) -> None:
    """Add a method of this process, as in a notebook.

    Raises:
        UsageError: a method is called that already.
    """
    if entry.name in METHODS:
        raise UsageError(f"there is a method called {entry.name} already: give the new one another name")
    METHODS[entry.name] = entry


def _entry(name: str, point: Installed) -> MethodEntry:
    return MethodEntry(name, point.point.value, point.about, package=point)


METHODS |= {name: _entry(name, point) for name, point in installed("methods", METHODS).items()}


def method(name: str) -> "Method[Any]":
    """Return the method called ``name``.

    Raises:
        UsageError: there is none; the nearest name is given.
    """
    if name == SCORED.name:
        return SCORED.load()
    if name not in METHODS:
        near = difflib.get_close_matches(name, METHODS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(METHODS)}"
        raise UsageError(f"no method is called {name}: {hint}")
    return METHODS[name].load()


def open_world(config: "RunConfig", load: "Load | None" = None) -> "World":
    """Return the benchmark that a run asks and the sandbox that judges its answers.

    Args:
        config: the method's options.
        load: returns the benchmark of a word; that of the registry if not given.

    Raises:
        UsageError: an option does not fit the benchmark, or nothing is called that.
        DataError: a file is not what it should be.
        FetchError: a file is not in the cache and no source could be reached.
    """
    from sharpen.benchmarks import registry as benchmarks
    from sharpen.sandbox.spec import open_sandbox

    loaded, load = method(config.method), load or benchmarks.load
    if loaded.open_world:
        return loaded.open_world(config, load)
    benchmark = load(config.benchmark)
    if benchmark.parts and not loaded.in_parts:
        raise UsageError(
            f"{benchmark.name} asks for a program in parts, which `sharpen {config.method}` cannot do: "
            "choose another variant, or `sharpen sample`"
        )
    return benchmark, open_sandbox(config.sandbox)


def options_of(run: Path) -> "RunConfig":
    """Return the options of a recorded run, as its method's own class.

    Raises:
        JournalError: the directory is not a run, or its options are not those of its method.
        UsageError: its method is not installed.
    """
    from sharpen.journal.directory import RecordedConfig, read_config

    recorded = read_config(run, RecordedConfig)
    config = method(recorded.method).config
    saved = recorded.model_dump()
    if (run / PROBLEMS).is_file():  # they come from memory or from code that replay must not run
        saved["benchmark"] = f"run:{run}"
    try:
        made: RunConfig = config(**{name: saved[name] for name in config.model_fields if name in saved})
    except ValueError as error:
        raise JournalError(
            f"{run / 'config.json'} does not hold the options of {recorded.method} ({error})"
        ) from error
    return made


def layout_of(run: Path) -> "Layout":
    """Return what the rows of a recorded run mean.

    Raises:
        JournalError: the directory is not a run, or its options are not those of its method.
        UsageError: its method is not installed.
    """
    config = options_of(run)
    return method(config.method).layout(config)
