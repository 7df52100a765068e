"""Exact edit distances of reference scripts against networkx's ``graph_edit_distance`` with its time limit.

Random pairs of reference graphs of proScript (7 to 9 nodes), unlabelled and unit costs. networkx is asked as
CoCoGen's evaluation asks it, with 3 seconds a pair, after which it returns the best way it has seen. It
has proven its answer when it ends before. Both run one after the other in this process, on the same pairs.
sharpen's memory of isomorphism classes is emptied before each pair.

Times are CPU seconds of this single thread. networkx is given the same clock for its limit, so that a busy
machine does not cut its search short; on an idle one this is the limit that it would have anyway.

    python bench/ged.py PROSCRIPT.jsonl[.gz] [--pairs 40] [--limit 3] [--seed 0]
"""

import argparse
import gzip
import json
import random
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
from networkx.algorithms import similarity

from sharpen.graphs import canonical, edit_distance
from sharpen.graphs.graph import Edge, Graph, Vertex


def scripts(path: Path) -> list[Graph]:
    """Return the reference graphs of a file of CoCoGen's proScript records."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line)["reference_graph"] for line in lines]
    return [script(record) for record in records]


def script(record: dict[str, Any]) -> Graph:
    nodes = tuple(Vertex(*step.split(": ", 1)) for step in record["schema"])
    return Graph((), nodes, tuple(Edge(*relation.split(" -> ")) for relation in record["relations"]))


def as_networkx(graph: Graph) -> nx.MultiDiGraph:
    other = nx.MultiDiGraph()
    other.add_nodes_from(node.id for node in graph.nodes)
    other.add_edges_from((edge.source, edge.target) for edge in graph.edges)
    return other


def ours(left: Graph, right: Graph) -> tuple[edit_distance.Distance, float]:
    for cached in (canonical._form, edit_distance._distance):  # noqa: SLF001
        cached.cache_clear()
    start = time.process_time()
    result = edit_distance.edit_distance(left, right, labelled=False)
    return result, time.process_time() - start


def theirs(left: Graph, right: Graph, limit: float) -> tuple[float, bool, float]:
    graphs = as_networkx(left), as_networkx(right)
    start = time.process_time()
    value = nx.graph_edit_distance(*graphs, timeout=limit)
    seconds = time.process_time() - start
    return value, seconds < limit, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Exact graph edit distance against networkx.")
    parser.add_argument("path", type=Path, help="proScript records of CoCoGen, JSONL, plain or gzipped")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--limit", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    similarity.time = SimpleNamespace(perf_counter=time.process_time)
    reference, draw = scripts(args.path), random.Random(args.seed)
    pairs = [draw.sample(reference, 2) for _ in range(args.pairs)]
    ours(*pairs[0])  # imports and first calls are not what is measured
    mine = [ours(left, right) for left, right in pairs]
    other = [theirs(left, right, args.limit) for left, right in pairs]

    exact = [result.exact for result, _ in mine]
    proven = [ended for _, ended, _ in other]
    wrong = [
        position
        for position, ((result, _), (value, ended, _)) in enumerate(zip(mine, other, strict=True))
        if result.exact and (value < result.value or (ended and value != result.value))
    ]
    above = sum(value > result.value for (result, _), (value, _, _) in zip(mine, other, strict=True))
    seconds = np.array([spent for _, spent in mine]), np.array([spent for *_, spent in other])
    print(f"{len(pairs)} pairs of {len(reference)} references, seed {args.seed}, networkx {nx.__version__}")
    for name, done, spent in (("sharpen", exact, seconds[0]), ("networkx", proven, seconds[1])):
        print(
            f"{name:9} proven {sum(done):4} of {len(done)}, CPU seconds: total {spent.sum():8.3f},"
            f" median {np.median(spent):.4f}, largest {spent.max():.3f}"
        )
    print(f"networkx's answer is not the optimum for {above} pairs; {len(wrong)} contradictions {wrong}")
    print(f"partial assignments bounded: {sum(result.expansions for result, _ in mine)}")
    print(f"sharpen is {seconds[1].sum() / seconds[0].sum():.1f} times faster in total")


if __name__ == "__main__":
    main()
