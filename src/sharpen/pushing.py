"""Pushing a run, a data set or a trained model to the Hugging Face hub, or into a folder, with a card.

``sharpen push RUN hf://datasets/OWNER/NAME``. A repository that is made is private unless ``public`` is set.
Nothing is uploaded by any other verb.

- A run is its ``config.json``, a copy of its journal, ``rows.jsonl`` (every program, explanation and step,
  which ``datasets`` loads) and its report. With the first two it can be reported, replayed and resumed.
- A data set (``sharpen align select``) is ``dataset.jsonl``, its figures and its card.
- A model (``sharpen align train``, ``sharpen improve``) is ``tuned.json``, the file that it names, the
  adapter in the hub's format too, the rows that it learned from, and a card with commands and figures.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from sharpen import model_card
from sharpen.counts import plural
from sharpen.errors import DataError, UsageError
from sharpen.exports.records import Recorded, is_data_set, recorded_rows
from sharpen.files import hub
from sharpen.files.disk import write_whole
from sharpen.files.download import sha256_of
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.models import finetuned
from sharpen.models.weights import locate
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.hub_adapter import write_hub_adapter

What = Literal["run", "data set", "model"]
_TARGET = re.compile(r"hf://(?P<kind>datasets|models)/(?P<name>[\w.-]+/[\w.-]+)/?")
_KINDS: Mapping[What, hub.Kind] = {"run": "dataset", "data set": "dataset", "model": "model"}
_OF_A_DATA_SET = ("dataset.jsonl", "diversity.json", "README.md")


def push(directory: Path, target: str, *, public: bool = False) -> str:
    """Write what belongs to a directory into a folder or a repository, and return where it is.

    Args:
        directory: a run's, a data set's, or a trained model's.
        target: ``hf://datasets/OWNER/NAME``, ``hf://models/OWNER/NAME``, or a folder.
        public: whether a repository that is made is open to everybody.

    Raises:
        UsageError: the target does not fit, or there is no token.
        JournalError: the directory is none of these, or its journal cannot be read.
        DataError: a file cannot be read or written.
        FetchError: the hub cannot be reached or refuses.
    """
    what = what_is(directory)
    if not target.startswith("hf:"):
        _write(what, directory, Path(target))
        return target
    place = _TARGET.fullmatch(target)
    kind = _KINDS[what]
    if place is None or place["kind"] != f"{kind}s":
        raise UsageError(f"a {what} is pushed to hf://{kind}s/OWNER/NAME or into a folder, not to {target}")
    with tempfile.TemporaryDirectory() as scratch:
        _write(what, directory, Path(scratch))
        return hub.upload(kind, place["name"], Path(scratch), public=public, message=f"sharpen: a {what}")


def what_is(directory: Path) -> What:
    """Return what a directory holds; what is none of the others is taken for a run."""
    if finetuned.directory_of(str(directory)) or _hub_folder(directory):
        return "model"
    return "data set" if is_data_set(directory) else "run"


def _write(what: What, directory: Path, folder: Path) -> None:
    writers: Mapping[What, Callable[[Path, Path], None]] = {
        "run": _write_run,
        "data set": _write_data_set,
        "model": _write_model,
    }
    if what == "run":
        read_config(directory, RecordedConfig)  # a sentence where there is no run, before anything is made
    if folder.exists() and folder.resolve() == directory.resolve():
        raise UsageError(f"{folder} is the directory itself: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writers[what](directory, folder)
    except OSError as error:
        raise DataError(f"{directory} cannot be written to {folder}: {error}") from error


def _write_run(run: Path, folder: Path) -> None:
    from sharpen.reports import publish  # loads what the other verbs do not need

    for name in ("config.json", "problems.jsonl"):
        if (run / name).exists():
            shutil.copyfile(run / name, folder / name)
    with Journal.read(run) as journal:  # also while it is written: the copy is of one moment
        journal.copy(folder / "journal.db")
    stage_files.write(folder / "rows.jsonl", recorded_rows(folder), Recorded)
    publish.write([folder], folder / "report.html")
    write_whole(folder / "README.md", _card_of_run(folder).encode())


def _write_data_set(directory: Path, folder: Path) -> None:
    for name in _OF_A_DATA_SET:
        if (directory / name).exists():
            shutil.copyfile(directory / name, folder / name)


def _write_model(directory: Path, folder: Path) -> None:
    if finetuned.directory_of(str(directory)):
        tuned = finetuned.read(directory)
        for name in (finetuned.RECORD, tuned.adapter or tuned.merged):
            shutil.copyfile(directory / name, folder / name)
        if tuned.adapter:
            base = locate(tuned.base).path
            write_hub_adapter(folder, directory / tuned.adapter, base, model_card.hub_name(tuned.base))
    elif made := _hub_folder(directory):
        shutil.copytree(made, folder, dirs_exist_ok=True)
    rows = _copy_rows(directory, folder)
    write_whole(folder / "README.md", model_card.card(directory, rows).encode())


def _hub_folder(directory: Path) -> Path | None:
    """Return the folder in the hub's format that a training made; None where there is none."""
    training = tune.read(directory)
    names = [name for what, name in training.made.items() if what.endswith("_folder")] if training else []
    return directory / names[0] if names else None


def _copy_rows(training: Path, folder: Path) -> Path | None:
    """Copy the rows of a training if its file is still the one that was trained on, and return the copy."""
    if tune.read(training) is None:
        return None
    recorded = tune.read_recorded(training)
    if not recorded.rows.is_file() or sha256_of(recorded.rows) != recorded.rows_sha256:
        return None
    copy = folder / recorded.rows.name
    shutil.copyfile(recorded.rows, copy)
    return copy


def _card_of_run(run: Path) -> str:
    config = read_config(run, RecordedConfig)
    with Journal.read(run) as journal:
        counts, spent, seal = journal.tallies(), journal.spent(), journal.last_seal
    solved = sum(count.passed > 0 for count in counts)
    programs = sum(count.programs for count in counts)
    return f"""---
tags:
- sharpen
- code-generation
configs:
- config_name: default
  data_files: rows.jsonl
---

# {config.method} of {config.benchmark} by {config.model}

{plural(len(counts), "problem")}, {solved:,} with a program that passes the hidden tests;
{plural(programs, "program")}, {plural(spent.completions, "completion")},
{plural(spent.prompt_tokens, "prompt token")}, {plural(spent.completion_tokens, "completion token")}.
`report.html` has the figures with their intervals, `config.json` all options and versions.

`rows.jsonl` has a row for each program, explanation and step. `journal.db` is the whole record, and its chain
of checksums ends with `{seal}`: `sharpen verify` compares it, `sharpen report` and `replay` read it.

Hidden tests decided what passes: a model that is trained on this must not be measured on {config.benchmark}.
"""
