"""The libraries that not everybody needs, imported when they are asked for."""

from importlib import import_module
from types import ModuleType

from sharpen.errors import UsageError


def extra(module: str, group: str) -> ModuleType:
    """Return a module of the optional libraries of ``sharpen[group]``.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise UsageError(f"this needs {library}: run pip install 'sharpen[{group}]'") from error
