"""Writes ``src/sharpen/verbs.pyi``: ``make stubs``, after the options of a method have changed.

The verbs of methods are made from their options when they are used. The stub gives editors and type checkers
the same signatures.
"""

import subprocess
import sys
import types
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from sharpen.models.function import AnyModel
from sharpen.registry import METHODS
from sharpen.verbs import signature

HEAD = """# The verbs of methods, for editors and type checkers; `make stubs` writes it.
# ruff: noqa: A002, PYI001, PYI021 - an option may be called format; the site and editors show the docstrings

from collections.abc import Callable, Coroutine, Sequence
from inspect import Signature
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import ValidationError

{imports}

Config = TypeVar("Config", bound=RunConfig)
Verb: TypeAlias = Callable[..., Coroutine[Any, Any, Results]]

def verb(entry: MethodEntry) -> Verb: ...
def signature(method: Method[Any]) -> Signature: ...
def configure(kind: type[Config], options: dict[str, Any]) -> Config: ...
def sentence(error: ValidationError) -> str: ...
"""


OURS = {
    "Budget": "sharpen.run.config",
    "Method": "sharpen.run.method",
    "MethodEntry": "sharpen.registry",
    "Progress": "sharpen.run.run",
    "Results": "sharpen.results",
    "RunConfig": "sharpen.run.config",
}
"""Classes that the head of the stub names, and their modules."""


PLAIN = (str, int, float, tuple, type(None))
"""Types of defaults that a stub can show."""


def stub() -> str:
    """Return the text of ``verbs.pyi``."""
    homes, parts = dict(OURS), []
    for entry in METHODS.values():
        if not entry.path.startswith("sharpen."):  # of an installed package
            continue
        parameters = signature(entry.load()).parameters.values()
        first, *options = [_parameter(each, homes) for each in parameters]
        listed = "".join(f"    {each},\n" for each in (first, "*", *options))
        parts.append(f'async def {entry.name}(\n{listed}) -> Results:\n    """{entry.about}"""\n')
    by_module: dict[str, list[str]] = {}
    for name, module in sorted(homes.items()):
        by_module.setdefault(module, []).append(name)
    imports = [f"from {module} import {', '.join(names)}" for module, names in sorted(by_module.items())]
    return HEAD.replace("{imports}", "\n".join(imports)) + "".join(parts)


def _parameter(parameter: Parameter, homes: dict[str, str]) -> str:
    written = f"{parameter.name}: {_words(parameter.annotation, homes)}"
    default = parameter.default
    if default is Parameter.empty:
        return written
    return f"{written} = {default!r}" if isinstance(default, PLAIN) else f"{written} = ..."


def _words(annotation: Any, homes: dict[str, str]) -> str:  # noqa: ANN401 - any type
    """Return a type as source; classes of our own are added to ``homes``."""
    if annotation in (AnyModel, AnyModel | None):
        homes["AnyModel"] = "sharpen.models.function"
        return "AnyModel" if annotation == AnyModel else "AnyModel | None"
    origin, within = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return "None"
    if origin is Annotated:
        return _words(within[0], homes)
    if origin in (Union, types.UnionType):
        return " | ".join(_words(each, homes) for each in within)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, within))}]"
    if origin is not None:
        listed = ["..." if each is ... else _words(each, homes) for each in within]
        return f"{origin.__name__}[{', '.join(listed)}]"
    if annotation.__module__.startswith("sharpen."):
        homes[annotation.__name__] = annotation.__module__
    name: str = annotation.__name__
    return name


if __name__ == "__main__":
    path = Path(__file__).parents[1] / "src" / "sharpen" / "verbs.pyi"
    path.write_text(stub(), "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
