"""proScript (Sakaguchi et al. 2021, arXiv 2104.08251): everyday scripts, as CoCoGen has them.

``script``: from a goal and a number of steps, the steps and their order. ``edges``: from the goal and its
shuffled steps, the order. proScript's file has no training split beside it, so examples for a prompt come
from items that are not asked.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.benchmarks.structures import Item, Structures, distinct
from sharpen.errors import DataError
from sharpen.graphs.graph import Edge, Graph, Vertex

_COMMIT = "bd38f89955fcb30eaf4f824191d5be902c725966"
_RAW = f"https://raw.githubusercontent.com/reasoning-machines/CoCoGen/{_COMMIT}/data"
_FOLDERS = {"script": "proscript_script_generation", "edges": "proscript_edge_prediction"}
FILES: Mapping[str, RemoteFile] = {
    task: RemoteFile(f"{folder}-dev.jsonl", _COMMIT, "", (f"{_RAW}/{folder}/dev.jsonl",))
    for task, folder in _FOLDERS.items()
}


class _Reference(BaseModel):
    schema_: list[str]
    relations: list[str]

    model_config = {"alias_generator": lambda name: name.rstrip("_")}


class ProScriptRecord(BaseModel):
    """One line of proScript's file; the rest of it is not read."""

    scenario: str
    reference_graph: _Reference


def load(task: Literal["script", "edges"], path: Path | None = None) -> Structures:
    """Return the items of ``task``, from ``path`` or downloaded through the cache.

    Raises:
        DataError: the file is not proScript's.
        FetchError: no source could be reached.
    """
    remote = FILES[task]
    where = path or obtain(remote)
    records, provenance = read_records(where, ProScriptRecord, None if path else remote)
    return Structures(
        name=f"proscript/{task}",
        task=task,
        items=distinct((_item(task, number, record) for number, record in enumerate(records)), where),
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def _item(task: Literal["script", "edges"], number: int, record: ProScriptRecord) -> Item:
    identity = f"{task}/{number}"
    try:
        nodes = tuple(Vertex(*step.split(": ", 1)) for step in record.reference_graph.schema_)
        edges = tuple(Edge(*relation.split(" -> ")) for relation in record.reference_graph.relations)
    except TypeError as error:
        raise DataError(
            f"{identity}: a step must read `step0: text` and a relation `step0 -> step1`."
        ) from error
    reference = Graph((("goal", record.scenario),), nodes, edges)
    blank = tuple(Vertex(node.id, "") for node in nodes) if task == "script" else nodes
    return Item(identity, replace(reference, nodes=blank, edges=()), reference, record.scenario)
