"""Shards: a part of a run's problems each, worked on anywhere, and made one run again.

``--shard 3/16`` takes every sixteenth problem, from the third. :func:`merge` puts the journals of shards
together: each is verified first, no record comes twice, and what differs is named.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sharpen import registry
from sharpen.errors import JournalError, UsageError
from sharpen.files.disk import write_json
from sharpen.journal.directory import MIGRATIONS, VERSION, RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import is_same_model
from sharpen.run.config import Shard

MERGED = "merged_shards"
"""Of which shards a run was merged, in its ``config.json``; a run that is worked on itself loses it."""
MOST_NAMED = 1_000
"""Shards that are named as missing."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What was merged.

    Attributes:
        run: the directory of the whole run.
        shards: how many there were.
        problems: of the run, with a record.
        missing: the shards (``3/16``) that would make the run whole, the first thousand of them.
        differing: one sentence for each record that two shards have with another content; the first is kept.
    """

    run: Path
    shards: int
    problems: int
    missing: tuple[str, ...]
    differing: tuple[str, ...]


def merge(shards: Sequence[Path], run: Path) -> Merged:
    """Make one run of its shards, or of some of them. Merging again adds what shards have recorded since.

    Raises:
        UsageError: there is no shard, or two are not of one run; the option that differs is named.
        JournalError: a shard is damaged, or ``run`` cannot be written.
    """
    if not shards:
        raise UsageError("sharpen merge needs the directories of shards: sharpen merge SHARD ... --run RUN")
    if run in shards:
        raise UsageError(f"{run} is one of the shards: give another --run")
    for shard in shards[1:]:
        _check_same(shards[0], shard)
    differing: list[str] = []
    with Journal.write(run) as whole:
        _keep_config(shards[0], run)
        for shard in shards:
            with Journal.read(shard) as journal:
                _check_sound(journal, shard)
                differing += (f"{shard}: {sentence}" for sentence in whole.absorb(journal))
        problems = sum(1 for _ in whole.problems())
        parts = {part for each in (run, *shards) for part in _parts(each)}
        _write_config(run, run, sorted(parts))
    return Merged(run, len(shards), problems, _missing(parts), tuple(differing))


@contextmanager
def joined(runs: Sequence[Path]) -> Iterator[Sequence[Path]]:
    """Give one run in place of several that are shards; any other runs as they are.

    Raises: see :func:`merge`.
    """
    if len(runs) < 2 or not all(_shard(run) for run in runs):
        yield runs
        return
    with tempfile.TemporaryDirectory(prefix="sharpen-shards-") as scratch:
        whole = Path(scratch) / f"{len(runs)} shards"
        merge(runs, whole)
        yield [whole]


def missing(runs: Sequence[Path]) -> tuple[str, ...]:
    """Return the shards (``3/16``) that would make these one whole run, the first thousand of them.

    Raises:
        JournalError: a directory is not a run.
    """
    return _missing(part for run in runs for part in _parts(run))


def _shard(run: Path) -> str:
    return str(read_config(run, RecordedConfig).model_dump().get("shard") or "")


class _Parts(BaseModel):
    """Of a run's configuration, which shard it is, or of which it was merged."""

    shard: Shard = ""
    merged_shards: list[Shard] | None = None


def _parts(run: Path) -> Sequence[str]:
    """Return the shards that a run is, or was merged of; ``1/1`` is a whole run."""
    config = read_config(run, _Parts)
    return [
        part or "1/1" for part in ([config.shard] if config.merged_shards is None else config.merged_shards)
    ]


def _missing(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the fewest shards of one size that make these a whole run."""
    there: dict[int, set[int]] = {}
    for part in parts:
        number, _, count = part.partition("/")
        there.setdefault(int(count), set()).add(int(number))
    size, numbers = min(there.items(), key=lambda each: each[0] - len(each[1]))
    lacking = (f"{place}/{size}" for place in range(1, size + 1) if place not in numbers)
    return tuple(islice(lacking, MOST_NAMED))


def _check_same(first: Path, other: Path) -> None:
    """Raise UsageError unless two shards ask the same of the same problems with the same sandbox."""
    paths = first, other
    one, two = (read_config(path, RecordedConfig) for path in paths)
    options = [_determining(path) for path in paths]
    for name in sorted(options[0].keys() | options[1].keys()):
        ours, theirs = (option.get(name) for option in options)
        if ours != theirs and not (name.endswith("model") and _one_model(name, one, two)):
            raise UsageError(
                f"{first} and {other} are shards of different runs: {name} is {ours!r} and {theirs!r}"
            )
    if one.outcomes != two.outcomes:
        raise UsageError(
            f"{first} and {other} were judged by different versions of the sandbox or of Python: run one"
            " of them again where the other ran; recorded answers are kept"
        )


def _determining(run: Path) -> dict[str, Any]:
    recorded, options = read_config(run, RecordedConfig), registry.options_of(run).determining
    source = str(recorded.benchmark_source).rpartition("sha256:")[2]
    return options | {"method": recorded.method, "benchmark": source}


def _one_model(name: str, one: RecordedConfig, two: RecordedConfig) -> bool:
    """Whether an option names one model by two addresses."""
    identities = []
    for config in (one, two):
        facts = config.model_dump()
        identities.append(str(facts.get("identities", {}).get(facts.get(name), facts.get(name))))
    return is_same_model(*identities)


def _check_sound(journal: Journal, shard: Path) -> None:
    damage = next(journal.verify(), "")
    if damage:
        raise JournalError(f"{shard} is damaged ({damage}): see sharpen verify {shard}, or leave it out")


def _keep_config(shard: Path, run: Path) -> None:
    """Give the whole run its shards' configuration, and their problems where these were made in memory."""
    if (run / "config.json").is_file():
        _check_same(shard, run)
        return
    _write_config(shard, run, [])
    if (shard / registry.PROBLEMS).is_file():
        shutil.copyfile(shard / registry.PROBLEMS, run / registry.PROBLEMS)


def _write_config(source: Path, run: Path, merged: Sequence[str]) -> None:
    """Write the whole run's configuration: that of ``source``, and of which shards it was merged."""
    config = read_config(source, RecordedConfig).model_dump(mode="json")
    write_json(run / "config.json", config | {"shard": "", MERGED: merged, VERSION: len(MIGRATIONS)})
