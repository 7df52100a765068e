"""The libraries that not everybody needs, imported when they are asked for."""

import logging
import os
from importlib import import_module
from types import ModuleType
from typing import Any

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


def start(ray: Any) -> None:  # noqa: ANN401 - a library that need not be there
    """Connect Ray to the cluster that it finds, or start one on this machine.

    Raises:
        UsageError: neither can be done.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is uploaded unless somebody asks
    try:
        ray.init(include_dashboard=False, logging_level=logging.WARNING)
    except Exception as error:  # what Ray raises here has no class of its own
        raise UsageError(f"no Ray cluster can be reached or started: {error}") from error
