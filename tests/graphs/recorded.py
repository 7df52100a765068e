"""Recorded graphs of the structured tasks, read in a few lines and without sharpen's own loaders."""

import gzip
import json
from pathlib import Path
from typing import Any

from sharpen.graphs.graph import Edge, Graph, Vertex


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def scripts(shared_data: Path, name: str) -> list[Graph]:
    """The reference graphs of the shared half (543 of 1085) of proScript dev: of ``edge`` or ``script``."""
    return [
        script(row["reference_graph"]) for row in rows(shared_data / f"proscript_{name}" / "dev.jsonl.gz")
    ]


def script(record: dict[str, Any]) -> Graph:
    nodes = (step.split(": ", 1) for step in record["schema"])
    edges = (relation.split(" -> ") for relation in record["relations"])
    return Graph(
        (("goal", record["title"]),),
        tuple(Vertex(identity, text) for identity, text in nodes),
        tuple(Edge(source, target) for source, target in edges),
    )
