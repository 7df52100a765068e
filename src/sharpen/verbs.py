"""The verbs of methods: ``sharpen.verbs.NAME`` is made for every method of the registry.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``

In place of a benchmark's name they take ``problems``, in place of a model's name a function or an object
(:mod:`sharpen.models.function`).
Their parameters are the method's options, with :class:`RunOptions` for the run itself. ``verbs.pyi`` lists
them for editors and type checkers; ``make stubs`` writes it, and a test compares it.
"""

import difflib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sharpen import registry
from sharpen.benchmarks.base import Benchmark
from sharpen.errors import UsageError, first_fault
from sharpen.execution import MODELS, execute
from sharpen.models.base import Model
from sharpen.models.function import AnyModel, as_model
from sharpen.models.spec import open_model
from sharpen.progress import notebook_progress
from sharpen.registry import MethodEntry
from sharpen.results import Results
from sharpen.run.config import Budget, RunConfig
from sharpen.run.method import Load, Method
from sharpen.run.progress import Progress
from sharpen.tracking import TrackerName
from sharpen.types import Problem

Config = TypeVar("Config", bound=RunConfig)
ANY_MODEL: Mapping[str, Any] = {
    "model": AnyModel,
    "feedback_model": AnyModel | None,
    "reflection_model": AnyModel | None,
    "evaluator_model": AnyModel | None,
    "response_model": AnyModel,
}
"""The types of options that name a model, where an object is as good."""
Verb = Callable[..., Coroutine[Any, Any, Results]]


def __getattr__(name: str) -> Verb:
    if name not in registry.METHODS:
        raise AttributeError(f"no method is called {name}")
    return verb(registry.METHODS[name])


def verb(entry: MethodEntry) -> Verb:
    """Return a method's verb."""
    method = entry.load()
    kind = method.config

    async def call(
        benchmark: str = "",
        *,
        problems: Sequence[Problem] = (),
        run: Path | str | None = None,
        budget: Budget | None = None,
        reuse: Sequence[Path | str] = (),
        on_progress: Progress | None = None,
        track: TrackerName | None = None,
        **options: Any,  # noqa: ANN401 - the signature has their types
    ) -> Results:
        word, load = _benchmark_of(entry.name, str(benchmark), problems)
        objects = _objects(options)
        named = {name: model.name for name, model in objects.items()}
        config = configure(kind, {"benchmark": word, **options, **named})
        opener = partial(_opened, {model.name: model for model in objects.values()}, config)
        directory, earlier = Path(run) if run else None, [Path(path) for path in reuse]
        shown = on_progress or notebook_progress(entry.name)
        return await execute(config, directory, budget, shown, opener, earlier, load, track)

    call.__name__, call.__qualname__ = entry.name, entry.name
    call.__doc__ = f"{entry.about}\n\nThe options are the fields of :class:`{kind.__name__}`."
    call.__signature__ = signature(method)  # type: ignore[attr-defined]
    return call


def _benchmark_of(verb: str, benchmark: str, problems: Sequence[Problem]) -> tuple[str, Load | None]:
    """Return the word of what is asked, and what loads it where it is in memory."""
    if bool(benchmark) == bool(problems):
        raise UsageError(f"{verb} takes a benchmark's name or problems=[...]: give one of them")
    if benchmark:
        return benchmark, None
    from sharpen.benchmarks import own  # loads what --help does not need

    given: Benchmark = own.in_memory(problems)
    return given.name, lambda _: given


def _objects(options: dict[str, Any]) -> dict[str, Model]:
    """Return the models that were given as objects or functions, by option."""
    given = {name: options[name] for name in MODELS if options.get(name) is not None}
    return {name: as_model(value) for name, value in given.items() if not isinstance(value, str)}


def _opened(objects: Mapping[str, Model], config: RunConfig, spec: str) -> Model:
    return objects.get(spec) or open_model(spec, server=config.server)


def signature(method: Method[Any]) -> Signature:
    """Return the signature of a method's verb."""
    kind = method.config
    problems = [("problems", Sequence[Problem], ())] if method.kind in ("programs", "trials") else []
    run = [
        *problems,
        ("run", Path | str | None, None),
        ("budget", Budget | None, None),
        ("reuse", Sequence[Path | str], ()),
        ("on_progress", Progress | None, None),
        ("track", TrackerName | None, None),
    ]
    options = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            annotation=ANY_MODEL.get(name, field.annotation),
            default=Parameter.empty if field.is_required() else field.get_default(call_default_factory=True),
        )
        for name, field in kind.model_fields.items()
        if name != "benchmark"
    ]
    others = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, annotation, default in run
    ]
    first = Parameter("benchmark", Parameter.POSITIONAL_OR_KEYWORD, annotation=str, default="")
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
        raise UsageError(first_fault(error)) from error
