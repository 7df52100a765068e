"""ExplaGraphs (Saha et al. 2021, arXiv 2104.07644): why an argument supports or counters a belief.

Read from ExplaGraphs' TSV (belief, argument, stance, graph), plain or gzipped, or from a JSONL as CoCoGen has
it: 396 of the 398 arguments of the development split, where ``stance`` is what the model is told, right or
not, and ``orig_stance`` is the reference one.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from sharpen.benchmarks.store import RemoteFile, obtain, provenance_of, stream_records
from sharpen.benchmarks.structures import Item, Structures, distinct
from sharpen.errors import DataError
from sharpen.files.disk import read_text
from sharpen.graphs.graph import Edge, Graph, Vertex

_RAW = "https://raw.githubusercontent.com/swarnaHub/ExplaGraphs/main/data"
FILES = {
    "dev": RemoteFile("explagraphs-dev.tsv", "main", "", (f"{_RAW}/dev.tsv",)),
    "train": RemoteFile(
        "explagraphs-train.tsv",
        "main",
        "83eb96f38b1d91d0299924f6050c3ec173a7c5c5a7a3921908cc7fd46d27bba3",
        (f"{_RAW}/train.tsv",),
    ),
}
_FIELDS = 4


def load(split: str, path: Path | None = None) -> Structures:
    """Return the arguments of a split, from ``path`` or downloaded through the cache.

    Raises:
        DataError: the file is not ExplaGraphs'.
        FetchError: no source could be reached.
    """
    remote = FILES[split]
    where = path or obtain(remote)
    provenance = provenance_of(where, None if path else remote)
    return Structures(
        name="explagraphs" if split == "dev" else f"explagraphs/{split}",
        task="explanation",
        items=distinct(_of_records(where) if ".jsonl" in where.name else _of_lines(where), where),
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


class ExplaGraphsRecord(BaseModel):
    """One line of CoCoGen's file; the rest of it is not read."""

    belief: str
    argument: str
    stance: str
    orig_stance: str
    graph: str


def _of_records(path: Path) -> Iterator[Item]:
    for number, record in enumerate(stream_records(path, ExplaGraphsRecord), 1):
        item = _item(number, record.belief, record.argument, record.orig_stance, record.graph)
        about = tuple((name, record.stance if name == "stance" else text) for name, text in item.given.about)
        yield replace(item, given=replace(item.given, about=about))


def _of_lines(path: Path) -> Iterator[Item]:
    for number, line in enumerate(read_text(path).rstrip("\n").split("\n"), 1):
        fields = line.removesuffix("\r").split("\t")
        if len(fields) != _FIELDS:
            raise DataError(f"{path}, line {number} has {len(fields)} fields, not {_FIELDS}.")
        yield _item(number, *fields)


def _item(number: int, belief: str, argument: str, stance: str, graph: str) -> Item:
    about = (("belief", belief), ("argument", argument), ("stance", stance))
    edges = tuple(read_edges(graph))
    concepts = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target))
    reference = Graph(about, tuple(Vertex(concept, concept) for concept in concepts), edges)
    return Item(str(number), replace(reference, nodes=(), edges=()), reference, f"{belief} {argument}")


def read_edges(text: str) -> Iterator[Edge]:
    """Yield the edges of ExplaGraphs' ``(concept; relation; concept)(...)``.

    Raises:
        DataError: an edge has not three parts.
    """
    for part in re.split(r"\)\s*\(", text.strip().removeprefix("(").removesuffix(")")):
        ends = [end.strip() for end in part.split(";")]
        if len(ends) != 3:
            raise DataError(f"`({part})` is not an edge (concept; relation; concept).")
        yield Edge(ends[0], ends[2], ends[1])
