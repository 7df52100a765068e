"""Imports of optional libraries, at their first use."""

import logging
import os
from importlib import import_module
from types import ModuleType
from typing import Any

from sharpen.errors import UsageError


def extra(module: str, group: str) -> ModuleType:
    """Return a module that ``sharpen[group]`` installs.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise UsageError(f"this needs {library}: run pip install 'sharpen[{group}]'") from error


def start(ray: Any) -> None:  # noqa: ANN401 - an optional library
    """Connect Ray to a running cluster, or start one on this machine.

    Raises:
        UsageError: neither works.
    """
    os.environ.setdefault(
        "RAY_USAGE_STATS_ENABLED", "0"
    )  # no usage statistics are uploaded unless the user asks for it
    try:
        ray.init(include_dashboard=False, logging_level=logging.WARNING)
    except Exception as error:  # Ray raises no exception class of its own here
        raise UsageError(f"no Ray cluster can be reached or started: {error}") from error
