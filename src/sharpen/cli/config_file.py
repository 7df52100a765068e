"""The file of ``--config``: TOML with a table for each verb, or the ``config.json`` of a run."""

import difflib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cyclopts import App
from cyclopts.config import Dict

from sharpen.errors import UsageError


def read(path: Path, app: App, verb: str) -> Dict:
    """Return the options in a file, for the verbs of ``app``.

    Args:
        path: NAME.toml, or a run's config.json.
        app: the command line.
        verb: the verb that is called.

    Raises:
        UsageError: the file cannot be read, or holds something that is no option of a verb.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no configuration {path}: give a TOML file or a run's config.json"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read ({error}): give a TOML file or a run's config.json"
        ) from error
    if path.suffix == ".json":
        return Dict(_recorded(path, text, verb), source=str(path))
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    _check(path, tables, app)
    return Dict(tables, source=str(path))


def _check(path: Path, tables: Mapping[str, Any], app: App) -> None:
    """Refuse what is no table of a verb; the verbs themselves refuse unknown keys."""
    verbs = [name for name in app if not name.startswith("-")]
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(
                f"{path}: {name} is outside of a table: put it below the name of a verb, as in [{verbs[0]}]"
            )
        if name not in verbs:
            near = difflib.get_close_matches(name, verbs, n=1)
            hint = f"did you mean [{near[0]}]?" if near else f"there are {', '.join(verbs)}"
            raise UsageError(f"{path}: there is no verb [{name}]: {hint}")


def _recorded(path: Path, text: str, verb: str) -> dict[str, Any]:
    """Return the options of a recorded run as the table of its verb."""
    from sharpen.registry import METHODS, options_of

    try:
        method = json.loads(text)["method"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not the config.json of a run: give one, or a TOML file") from error
    if method not in METHODS:
        raise UsageError(f"{path} holds a run of {method}, which is no verb: give the config.json of a run")
    options = options_of(path.parent).model_dump(mode="json", exclude_defaults=True)
    if method == "align":
        raise UsageError(f"{path} holds a run of align, which resumes by its directory: give --run instead")
    if method != verb:
        raise UsageError(f"{path} holds a run of {method}: sharpen {method} --config {path}")
    return {method: options}
