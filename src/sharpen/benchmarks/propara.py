"""ProPara (Dalvi et al. 2018, arXiv 1805.06975): where every participant of a process is after each step.

Read from ProPara's ``sentences.tsv`` and ``answers.tsv`` in a directory, or from a JSONL file as CoCoGen
has it. A process whose states before a step are not those after the step before it is left out, as
CoCoGen does: 4 of the training split (263, 893, 901, 1151).
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise, zip_longest
from pathlib import Path

from pydantic import BaseModel

from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.benchmarks.structures import Item, Structures, distinct
from sharpen.errors import DataError
from sharpen.files.download import sha256_of
from sharpen.graphs.graph import Graph, Table, Vertex

_COCOGEN = "bd38f89955fcb30eaf4f824191d5be902c725966"
_TEST = RemoteFile(
    "propara-test.jsonl",
    _COCOGEN,
    "",
    (f"https://raw.githubusercontent.com/reasoning-machines/CoCoGen/{_COCOGEN}/data/propara/test.jsonl",),
)
_RAW = "https://raw.githubusercontent.com/allenai/aristo-leaderboard/master/propara/data"
_SHA256 = {
    "dev/answers.tsv": "a496afe5bb2b81ad79b0da7a935f81d5d0a6b4cefc89d865ba09fece38a30217",
    "dev/sentences.tsv": "088906d9f64ce15513350b6985d1e843282928ce1eb17737b205883d7a4cabb1",
    "train/answers.tsv": "2f2b014aa071583f9180cd8487c855438821abe1c9aae5474ac685854934e8cd",
    "train/sentences.tsv": "e14ff5f915ced3c5cf068262050e8cd4b830e137129d452dd40b406fa6f03888",
}
_QUESTION = "the location/state of "


class _Question(BaseModel):
    question: str
    answers: list[str]


class ProParaRecord(BaseModel):
    """One process of CoCoGen's file; the first step is called Init."""

    id: int
    steps: list[str]
    questions: list[_Question]


def load(split: str, path: Path | None = None) -> Structures:
    """Return the processes of a split, from a file or directory or downloaded through the cache.

    Raises:
        DataError: the files are not ProPara's.
        FetchError: no source could be reached.
    """
    where = path or (obtain(_TEST) if split == "test" else _obtain_split(split))
    items, source = _from_directory(where) if where.is_dir() else _from_jsonl(where, path is None)
    return Structures(f"propara/{split}".removesuffix("/test"), "states", distinct(items, where), source)


def _obtain_split(split: str) -> Path:
    paths = [
        obtain(RemoteFile(f"propara-{name}", "master", digest, (f"{_RAW}/{name}",)))
        for name, digest in _SHA256.items()
        if name.startswith(f"{split}/")
    ]
    return paths[0].parent


def _from_jsonl(path: Path, is_known: bool) -> tuple[Iterable[Item], str]:
    records, provenance = read_records(path, ProParaRecord, _TEST if is_known else None)
    return map(_of_record, records), f"{provenance['source']} sha256:{provenance['sha256']}"


def _of_record(record: ProParaRecord) -> Item:
    participants = tuple(question.question.removeprefix(_QUESTION) for question in record.questions)
    columns = [question.answers for question in record.questions]
    if any(len(column) != len(record.steps) for column in columns):
        raise DataError(f"process {record.id}: every participant needs a state for each of its steps.")
    return _item(str(record.id), record.steps[1:], participants, columns)


def _from_directory(folder: Path) -> tuple[Iterable[Item], str]:
    sentences, answers = folder / "sentences.tsv", folder / "answers.tsv"
    return _of_tables(sentences, answers), f"{answers} sha256:{sha256_of(answers)}"


def _of_tables(sentences: Path, answers: Path) -> Iterator[Item]:
    steps: dict[str, list[str]] = {}
    for identity, _, sentence in _rows(sentences, 3):
        steps.setdefault(identity, []).append(sentence)
    states: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for identity, _, participant, _, before, after in _rows(answers, 6):
        states.setdefault(identity, {}).setdefault(participant, []).append((before, after))
    for identity, table in states.items():
        if identity not in steps:
            raise DataError(f"{sentences} lacks process {identity}, which {answers} has.")
        if all(_consistent(rows) for rows in table.values()):
            columns = [[rows[0][0], *(after for _, after in rows)] for rows in table.values()]
            yield _item(identity, steps[identity], tuple(table), columns)


def _rows(path: Path, width: int) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                if len(row) != width:
                    raise DataError(f"{path}, line {number} has {len(row)} fields, not {width}.")
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error


def read_predictions(path: Path) -> dict[str, Table]:
    """Return the states by process that a ``predictions.tsv`` of ProPara's leaderboard gives.

    Raises:
        DataError: the file cannot be read, or a line has another number of fields.
    """
    columns: dict[str, dict[str, list[str]]] = {}
    for identity, _, participant, _, before, after in _rows(path, 6):
        column = columns.setdefault(identity, {}).setdefault(participant, [before])
        column.append(after)
    return {
        identity: Table(tuple(rows), tuple(zip_longest(*rows.values(), fillvalue="")))
        for identity, rows in columns.items()
    }


def _consistent(rows: list[tuple[str, str]]) -> bool:
    return all(after == before for (_, after), (before, _) in pairwise(rows))


def _item(identity: str, steps: list[str], participants: tuple[str, ...], columns: list[list[str]]) -> Item:
    if any(len(column) != len(steps) + 1 for column in columns):
        raise DataError(f"process {identity} has {len(steps)} steps and another number of states.")
    nodes = tuple(Vertex(f"step{number}", step) for number, step in enumerate(steps, 1))
    reference = Graph((), nodes, (), Table(participants, tuple(zip(*columns, strict=True))))
    given = replace(reference, table=Table(participants, ()))
    return Item(identity, given, reference, " ".join(steps))
