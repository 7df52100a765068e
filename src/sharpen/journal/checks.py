"""Checks of each record of a journal alone: does it match its key, and is it of the known kinds?"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from sharpen.journal.keys import completion_key, fingerprint, verdict_key
from sharpen.types import (
    Extraction,
    FinishReason,
    Message,
    Prompt,
    Role,
    Sampling,
    Stage,
    Trust,
    VerdictKind,
)

KINDS = frozenset(get_args(VerdictKind))
"""Of verdicts and of the outcomes of tests."""

_COLUMNS = {
    ("verdict", "key", "kind"): KINDS,
    ("verdict", "key", "trust"): frozenset(get_args(Trust)),
    ("completion", "key", "finish_reason"): frozenset(get_args(FinishReason)),
    ("node", "id", "stage"): frozenset(get_args(Stage)),
    ("node", "id", "extraction"): frozenset((*get_args(Extraction), None)),
}
"""Columns of the tables that hold one of a few words, after the column that names the row."""
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def load_prompt(body: str) -> Prompt:
    """Return a recorded prompt. Raises ValueError or TypeError if it is none."""
    value = json.loads(body)
    return value if isinstance(value, str) else tuple(Message(role, text) for role, text in value)


def damages(database: sqlite3.Connection, path: Path) -> Iterator[str]:
    """Yield one sentence for each damaged record, whatever its checksum says."""
    yield from (f"{path}: {fault}" for fault in _faults(database))
    for kind, name in database.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    ):
        yield f"{path} has a {kind} {name!r}, which sharpen does not make: remove it"
    yield from _unknown_words(database)
    for row in database.execute("SELECT plain(hash), plain(body) FROM prompt"):
        yield from _prompt(*row)
    for row in database.execute(
        "SELECT plain(key), plain(model), plain(prompt), plain(sampling), sample FROM completion"
    ):
        yield from _completion(*row)
    for key, *request, outcomes in database.execute(
        """SELECT plain(key), plain(code), plain(suite), plain(limits), plain(sandbox), plain(outcomes)
        FROM verdict"""
    ):
        if verdict_key(*request) != key:
            yield f"verdict {key} does not match its program"
        if not _are_outcomes(outcomes):
            yield f"verdict {key} has outcomes of tests that are none"


def _faults(database: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong; it quotes what is damaged, which need not be UTF-8."""
    database.text_factory = lambda text: text.decode("utf-8", "replace").replace("\n", " ")
    try:
        return [fault for (fault,) in database.execute("PRAGMA integrity_check") if fault != "ok"]
    finally:
        database.text_factory = str


def _unknown_words(database: sqlite3.Connection) -> Iterator[str]:
    for (table, name, column), known in _COLUMNS.items():
        for row, word in database.execute(f"SELECT plain({name}), {column} FROM {table}"):
            if word not in known:
                yield f"{table} {row} has the {column.replace('_', ' ')} {word!r}, which does not exist"


def _prompt(name: str, body: str) -> Iterator[str]:
    try:
        prompt = load_prompt(body)
        known = isinstance(prompt, str) or all(message.role in get_args(Role) for message in prompt)
        if not known or fingerprint(prompt) != name:
            yield f"prompt {name} does not match its text"
    except _BROKEN as error:
        yield f"prompt {name} cannot be read: {error}"


def _completion(key: str, model: str, prompt: str, sampling: str, sample: int) -> Iterator[str]:
    try:
        value = json.loads(sampling)
        parameters = Sampling(**value | {"stop": tuple(value["stop"])})
        if completion_key(model, prompt, parameters, sample) != key:
            yield f"completion {key} does not match its request"
    except _BROKEN as error:
        yield f"completion {key} has sampling parameters that cannot be read: {error}"


def _are_outcomes(text: str) -> bool:
    try:
        rows: Sequence[Any] = json.loads(text)
        return all(isinstance(row[0], str) and row[1] in KINDS and len(row) <= 3 for row in rows)
    except (*_BROKEN, IndexError):
        return False
