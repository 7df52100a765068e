"""The file of ``--config``: TOML with a table for each verb, or the ``config.json`` of a run."""

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from cyclopts import App
from cyclopts.config import Dict

from sharpen.cli.fields import NAMES
from sharpen.errors import UsageError
from sharpen.registry import METHODS, method, options_of


def read(path: Path, app: App, tokens: Sequence[str]) -> Dict:
    """Return the options in a file, for the verbs of ``app``.

    In the table of a method, a list of values for an option that takes one is a sweep: ``n_p = [1, 2, 4]``.

    Args:
        path: NAME.toml, or a run's config.json.
        app: the command line.
        tokens: the words of the command line, of which the first is the verb. Its options come before those
            of the file.

    Raises:
        UsageError: the file cannot be read, or holds something that is not an option of a verb.
    """
    verb = tokens[0] if tokens else ""
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
    if verb in METHODS and verb in tables:
        tables[verb] = _with_sweep(path, verb, tables[verb], tokens)
    return Dict(tables, source=str(path))


def _with_sweep(path: Path, verb: str, table: Mapping[str, Any], tokens: Sequence[str]) -> dict[str, Any]:
    """Return the table of a method with its lists of values as ``--sweep`` has them."""
    fields = method(verb).config.model_fields
    lists = {
        name: values
        for name, values in table.items()
        if isinstance(values, list)
        and (field := fields.get(name.replace("-", "_")))
        and get_origin(field.annotation) is not tuple
    }
    given = {_plain(token.partition("=")[0]) for token in tokens if token.startswith("-")}
    swept = {name: values for name, values in lists.items() if given.isdisjoint(_names(name))}
    if swept and "sweep" in given:
        raise UsageError(
            f"{path} sweeps {', '.join(swept)} and so does --sweep: write all of it in one place"
        )
    for name, values in swept.items():
        if not values or any(isinstance(value, list | dict) or "," in str(value) for value in values):
            raise UsageError(
                f"{path}: {name} is not a list of values that a sweep can take, each without a comma"
            )
    rest = {name: value for name, value in table.items() if name not in lists}
    sweep = [f"{name}={','.join(map(str, values))}" for name, values in swept.items()]
    return rest | ({"sweep": [*rest.get("sweep", ()), *sweep]} if sweep else {})


def _names(option: str) -> set[str]:
    name = option.replace("-", "_")
    return {_plain(each) for each in (name, *NAMES.get(name, ()))}


def _plain(name: str) -> str:
    """Return an option's name as ``--np``, ``--n-p`` and ``n_p`` all mean it."""
    return name.replace("-", "").replace("_", "")


def _check(path: Path, tables: Mapping[str, Any], app: App) -> None:
    """Refuse what is not a table of a verb; the verbs themselves refuse unknown keys."""
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
    try:
        method = json.loads(text)["method"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not the config.json of a run: give one, or a TOML file") from error
    if method not in METHODS:
        raise UsageError(
            f"{path} holds a run of {method}, which is not a verb: give another run's config.json"
        )
    options = options_of(path.parent).model_dump(mode="json", exclude_defaults=True)
    if method == "align":
        raise UsageError(f"{path} holds a run of align, which resumes by its directory: give --run instead")
    if method != verb:
        raise UsageError(f"{path} holds a run of {method}: sharpen {method} --config {path}")
    return {method: options}
