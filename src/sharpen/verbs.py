"""The verbs of methods: ``sharpen.verbs.NAME`` is made for every method of the registry.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``

Their parameters are the method's options, with :class:`RunOptions` for the run itself. ``verbs.pyi`` lists
them for editors and type checkers; ``make stubs`` writes it, and a test compares it.
"""

import difflib
from collections.abc import Callable, Coroutine, Sequence
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sharpen import registry
from sharpen.errors import UsageError
from sharpen.execution import execute
from sharpen.progress import notebook_progress
from sharpen.registry import MethodEntry
from sharpen.results import Results
from sharpen.run.config import Budget, RunConfig
from sharpen.run.run import Progress

Config = TypeVar("Config", bound=RunConfig)
Verb = Callable[..., Coroutine[Any, Any, Results]]


def __getattr__(name: str) -> Verb:
    if name not in registry.METHODS:
        raise AttributeError(f"no method is called {name}")
    return verb(registry.METHODS[name])


def verb(entry: MethodEntry) -> Verb:
    """Return a method's verb."""
    kind = entry.load().config

    async def call(
        benchmark: str,
        *,
        run: Path | str | None = None,
        budget: Budget | None = None,
        reuse: Sequence[Path | str] = (),
        on_progress: Progress | None = None,
        **options: Any,  # noqa: ANN401 - the signature has their types
    ) -> Results:
        config = configure(kind, {"benchmark": str(benchmark), **options})
        directory = Path(run) if run else None
        shown = on_progress or notebook_progress(entry.name)
        return await execute(config, directory, budget, shown, reuse=[Path(path) for path in reuse])

    call.__name__, call.__qualname__ = entry.name, entry.name
    call.__doc__ = f"{entry.about}\n\nThe options are the fields of :class:`{kind.__name__}`."
    call.__signature__ = signature(kind)  # type: ignore[attr-defined]
    return call


def signature(kind: type[RunConfig]) -> Signature:
    """Return the signature of the verb of a method with these options."""
    run = [
        ("run", Path | str | None, None),
        ("budget", Budget | None, None),
        ("reuse", Sequence[Path | str], ()),
        ("on_progress", Progress | None, None),
    ]
    options = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            annotation=field.annotation,
            default=Parameter.empty if field.is_required() else field.get_default(call_default_factory=True),
        )
        for name, field in kind.model_fields.items()
        if name != "benchmark"
    ]
    others = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, annotation, default in run
    ]
    first = Parameter("benchmark", Parameter.POSITIONAL_OR_KEYWORD, annotation=str)
    return Signature([first, *options, *others], return_annotation=Coroutine[Any, Any, Results])


def configure(kind: type[Config], options: dict[str, Any]) -> Config:
    """Return a method's options, checked.

    Raises:
        UsageError: an option is unknown or has a value that it cannot have.
    """
    for name in options:
        if name not in kind.model_fields:
            near = difflib.get_close_matches(name, kind.model_fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(kind.model_fields)}"
            raise UsageError(f"{kind.method} has no option {name}: {hint}")
    try:
        return kind(**options)
    except ValidationError as error:
        raise UsageError(sentence(error)) from error


def sentence(error: ValidationError) -> str:
    """Return the first thing that is wrong with options, in one sentence."""
    detail = error.errors()[0]
    where = ".".join(map(str, detail["loc"]))
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
