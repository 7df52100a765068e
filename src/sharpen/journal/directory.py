"""A run's directory: its lock, and ``config.json``, which says what was asked."""

import os
import platform
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from sharpen.errors import ConfigChangedError, DataError, JournalError, RunLockedError, first_fault
from sharpen.files.disk import read_text, write_json
from sharpen.files.json_text import parse_json

LOCK_SECONDS = 1.0
"""How long a lock that is held is tried again before a second writer is refused."""

Options = dict[str, Any]
Agree = Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]


def _rename_decks(options: Options) -> Options:
    """Call the sets of worked examples of ``align`` by their new name."""
    return {"example_sets" if name == "decks" else name: value for name, value in options.items()}


def _stop_at_success(options: Options) -> Options:
    """Give runs of ``repair`` today's options: stopping was the default, and there was no baseline."""
    if options.get("method") != "repair":
        return options
    collected = options.get("collect", False)
    others = {name: value for name, value in options.items() if name != "collect"}
    return {"stop_at_success": not collected, "baseline": "none"} | others


def _whole_feedback(options: Options) -> Options:
    """Say of older runs with a separate feedback model that its explanations were quoted whole."""
    if options.get("method") == "repair" and options.get("feedback_model"):
        return {"cut_feedback": "off"} | options
    return options


def _shared_copies(options: Options) -> Options:
    """Say of older runs of ``repair`` that equal failing programs shared their repairs."""
    return {"copies": "shared"} | options if options.get("method") == "repair" else options


MIGRATIONS: tuple[Callable[[Options], Options], ...] = (
    _rename_decks, _stop_at_success, _whole_feedback, _shared_copies
)  # fmt: skip
"""Numbered by position; ``VERSION`` in config.json says how many it has seen (none where it is absent)."""

VERSION = "config_version"
"""It was called ``format``, and so wrote over the option of ``structure`` that has this name."""


class RecordedConfig(BaseModel):
    """What the ``config.json`` of any run says; a method's own options are extra attributes.

    Attributes:
        method: its name.
        benchmark, model: as they were asked for.
        temperature, top_p, max_tokens, seed: how completions were drawn; None was not sent to the server.
        server: further options of requests to servers.
        prices: of the models, where they are known.
        outcomes: the key of the outcomes of its problems in the journal.
        benchmark_source, visible_tests: facts about the benchmark.
        sharpen, machine: where it was last worked on.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    method: str
    benchmark: str
    model: str
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    server: Mapping[str, Any] = {}
    prices: Mapping[str, Any] = {}
    outcomes: str = ""
    benchmark_source: str | Mapping[str, Any] | None = None
    visible_tests: str = ""
    sharpen: str = ""
    machine: Mapping[str, Any] = {}

    @property
    def benchmark_name(self) -> str:
        """What was asked, without where its file is."""
        return benchmark_name(self.benchmark)


Recorded = TypeVar("Recorded", bound=BaseModel)


def benchmark_name(benchmark: str) -> str:
    """Return what was asked for as a benchmark, without where its file is."""
    word = benchmark.partition("@")[0]
    is_file = word.endswith((".jsonl", ".jsonl.gz", ".toml")) or ".py:" in word
    return Path(word).name if is_file else word


def read_config(run: Path, kind: type[Recorded]) -> Recorded:
    """Return what the run in directory ``run`` was asked to do, as ``kind`` reads it.

    Raises:
        JournalError: there is no ``config.json``, or it is not the one of such a run.
    """
    options = _load(run / "config.json")
    if options is None:
        raise JournalError(f"{run} is not a run: it has no config.json; give a run's directory")
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        raise JournalError(
            f"{run / 'config.json'} cannot be read as a run's configuration: {first_fault(error)}"
        ) from error


def keep_config(
    directory: Path,
    requested: Mapping[str, Any],
    facts: Mapping[str, Any],
    resumable: Collection[str] = (),
    defaults: Mapping[str, Any] | None = None,
    agree: Agree = lambda name, old, new: old.get(name) == new[name],
) -> None:
    """Write ``config.json``: what was asked, and facts about the world in which it was.

    Args:
        directory: the run's.
        requested: the options, as plain data.
        facts: what else is worth recording; it may differ when a run resumes.
        resumable: the options that may differ when a run resumes.
        defaults: of options that an older run may lack.
        agree: whether an option means the same in the recorded and in the new configuration.

    Raises:
        ConfigChangedError: the directory holds a run with another value of an option that is not
            ``resumable``.
        JournalError: the file is damaged.
        DataError: it cannot be written.
    """
    path = directory / "config.json"
    if (old := _load(path)) is not None:
        old = {**(defaults or {}), **old}
        for name, value in requested.items():
            if name not in resumable and not agree(name, old, {**requested, **facts}):
                raise ConfigChangedError(
                    f"{directory} holds a run with {name} = {old.get(name)!r}, not {value!r}: "
                    "use the same options to resume it, or choose another --run"
                )
    machine = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }
    written = {
        **requested,
        **facts,
        VERSION: len(MIGRATIONS),
        "sharpen": version("sharpen"),
        "machine": machine,
    }
    write_json(path, written)


def _load(path: Path) -> Options | None:
    """Return what ``config.json`` holds in today's form, or None where there is no such file."""
    if not os.path.lexists(path):
        return None
    try:
        options: Options = parse_json(read_text(path), "it")
    except DataError as error:
        raise JournalError(f"{path} is damaged ({error}): restore it, or choose another --run") from error
    if not isinstance(options, dict):
        raise JournalError(f"{path} is damaged (it holds no object): restore it, or choose another --run")
    named = "format" if isinstance(options.get("format"), int) else VERSION
    seen = options.pop(named, 0)
    if not isinstance(seen, int) or not 0 <= seen <= len(MIGRATIONS):
        raise JournalError(
            f"{path} has version {seen} and this sharpen reads 0 to {len(MIGRATIONS)}: "
            "use the version that wrote it"
        )
    for migrate in MIGRATIONS[seen:]:
        options = migrate(options)
    return options


def lock_directory(directory: Path) -> FileLock:
    """Make a run's directory if need be, and return the lock that keeps other writers out.

    Raises:
        RunLockedError: another process writes to it.
        JournalError: it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        # a process that was only just killed may hold the lock for a moment
        lock = FileLock(directory / "run.lock", LOCK_SECONDS, 0o644, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise RunLockedError(
            f"another process is writing to {directory}: wait for it, or choose another --run"
        ) from error
    except OSError as error:
        raise JournalError(
            f"cannot write to the run directory {directory}: {error.strerror}; choose another with --run"
        ) from error
    return lock
