"""Options of the command line, made from the fields of a pydantic model: one field, one option."""

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import Parameter as Argument
from inspect import Signature, signature
from typing import Annotated, Any, get_origin

from cyclopts import Group, Parameter
from pydantic import BaseModel
from pydantic.fields import FieldInfo

NAMES: Mapping[str, tuple[str, ...]] = {
    "model": ("--model", "-m"),
    "n": ("--n", "-n"),
    "trials": ("--trials", "-t"),
    "n_p": ("--n-p", "--np"),
    "n_f": ("--n-f", "--nf"),
    "n_r": ("--n-r", "--nr"),
    "n_fr": ("--n-fr", "--nfr"),
    "repairs": ("--repairs", "--repair"),
}
"""Options that have a short name beside their own."""


GROUPS: Mapping[str, Group] = {
    name: group
    for group, names in (
        (Group("Model", sort_key=2), ("model", "temperature", "top_p", "max_tokens", "seed")),
        (Group("Problems", sort_key=3), ("limit", "ids", "shard", "concurrency", "sandbox")),
        (Group("Server", help="Requests to OpenAI-compatible servers.", sort_key=6), ("server",)),
    )
    for name in names
}
"""Where help shows the options that all methods have; a method's own come first."""


def arguments(model: type[BaseModel], group: Group, without: Collection[str] = ()) -> list[Argument]:
    """Return a keyword argument for every field of ``model``, with its help, default and names."""
    return [
        _argument(name, field, GROUPS.get(name, group) if "model" in model.model_fields else group)
        for name, field in model.model_fields.items()
        if name not in without
    ]


def _argument(name: str, field: FieldInfo, group: Group) -> Argument:
    default = Argument.empty if field.is_required() else field.get_default(call_default_factory=True)
    parameter = Parameter(
        name=NAMES.get(name),
        group=group,
        help=field.description,
        negative="",
        consume_multiple=get_origin(field.annotation) is tuple,
        show_default=not (default is False or default in ((), "", None)),
    )
    annotation: Any = Annotated[field.annotation, parameter]
    return Argument(name, Argument.KEYWORD_ONLY, default=default, annotation=annotation)


def with_options(verb: Callable[..., int], options: Sequence[Argument]) -> Callable[..., int]:
    """Return ``verb``, whose last argument is ``**options``, with these options in its place."""
    own = [each for each in signature(verb).parameters.values() if each.kind is not Argument.VAR_KEYWORD]
    listed = [*own, *options]

    def call(*values: Any, **named: Any) -> int:  # noqa: ANN401
        return verb(*values, **named)

    call.__signature__ = Signature(listed, return_annotation=int)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in listed} | {"return": int}
    call.__name__, call.__doc__ = verb.__name__, verb.__doc__
    return call
