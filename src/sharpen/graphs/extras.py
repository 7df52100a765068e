"""The libraries that only some figures of graphs need, imported when such a figure is asked for."""

from importlib import import_module
from types import ModuleType

from sharpen.errors import UsageError


def extra(module: str) -> ModuleType:
    """Return a module of the optional libraries: nltk, rouge_score or sacrebleu.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise UsageError(f"this figure needs {library}: run pip install 'sharpen[graphs]'") from error
