"""Rules that every right graph of a task keeps, checked without the reference graph.

Each broken rule is a sentence that a prompt may quote. All reference graphs keep the rules: a script is
acyclic and connected with one first and one last step (all of proScript dev); an explanation is a connected
acyclic graph of at least three edges with relations from a closed set, concepts of at most three words, two
of them from the belief and two from the argument (ExplaGraphs, arXiv 2104.07644, section 3).
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from sharpen.graphs.graph import Graph, Table, Task

RELATIONS = (
    ("antonym of", "synonym of")
    + ("at location", "not at location", "capable of", "not capable of", "causes", "not causes")
    + ("created by", "not created by", "is a", "is not a", "desires", "not desires")
    + ("has subevent", "not has subevent", "part of", "not part of", "has context", "not has context")
    + ("has property", "not has property", "made of", "not made of")
    + ("receives action", "not receives action", "used for", "not used for")
)
"""The relations of ExplaGraphs, in the order of ExplaGraphs' file."""

FEWEST_EDGES, MOST_WORDS, FEWEST_ANCHORS = 3, 3, 2
_SHOWN = 5


def faults(graph: Graph, task: Task, given: Graph) -> tuple[str, ...]:
    """Return a sentence for each rule of ``task`` that ``graph`` breaks.

    Args:
        graph: what a model answered.
        task: the task.
        given: the item; goal, steps, participants, belief and argument are read from it, never an answer.
    """
    shape = (cyclic(graph), several_roots(graph), several_sinks(graph), disconnected(graph))
    rules: tuple[str | None, ...]
    match task:
        case "script":
            rules = (wrong_count(graph, given), *shape)
        case "edges":
            rules = (unknown_steps(graph, given), *shape)
        case "explanation":
            concepts = (long_concepts(graph), unknown_relations(graph), unanchored(graph, given))
            rules = (few_edges(graph), *concepts, cyclic(graph), disconnected(graph))
        case "states":
            rules = (unknown_participants(graph, given), unknown_steps(graph, given), missing_states(graph))
    return tuple(filter(None, rules))


def _called(graph: Graph, identity: str) -> str:
    """Return a node for a sentence: its id, and its text where that is another."""
    text = next((node.text for node in graph.nodes if node.id == identity), identity)
    return f'"{identity}"' if text == identity else f'{identity} ("{text}")'


def _listed(graph: Graph, ids: Iterator[str] | tuple[str, ...]) -> str:
    called = [_called(graph, identity) for identity in ids]
    more = f" and {len(called) - _SHOWN} more" if len(called) > _SHOWN else ""
    return ", ".join(called[:_SHOWN]) + more


def cyclic(graph: Graph) -> str | None:
    """Say which nodes form a cycle."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for edge in graph.edges:
        sorter.add(edge.target, edge.source)
    try:
        sorter.prepare()
    except CycleError as error:
        ring = " -> ".join(_called(graph, identity) for identity in error.args[1])
        return f"There is a cycle, which no order can have: {ring}. Take one of its edges out."
    return None


def several_roots(graph: Graph) -> str | None:
    """Say which nodes nothing comes before, when it is not exactly one."""
    roots = graph.roots()
    if not roots:
        return "No step is the first: one must have no edge that points to it."
    if len(roots) > 1:
        return f"One step must be the first, but no edge points to any of {_listed(graph, roots)}."
    return None


def several_sinks(graph: Graph) -> str | None:
    """Say which nodes nothing comes after, when it is not exactly one."""
    sinks = graph.sinks()
    if not sinks:
        return "No step is the last: one must have no edge that starts from it."
    if len(sinks) > 1:
        return f"One step must be the last, but no edge starts from any of {_listed(graph, sinks)}."
    return None


def disconnected(graph: Graph) -> str | None:
    """Say which nodes are apart from the first one's part of the graph."""
    if graph.connected():
        return None
    reached = {graph.nodes[0].id}
    while (
        more := {b for edge in graph.edges for a, b in _both_ways(edge.source, edge.target) if a in reached}
        - reached
    ):
        reached |= more
    apart = tuple(node.id for node in graph.nodes if node.id not in reached)
    first = _called(graph, graph.nodes[0].id)
    return f"{_listed(graph, apart)} is not connected with {first}: every two nodes need a way between them."


def _both_ways(source: str, target: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (source, target), (target, source)


def wrong_count(graph: Graph, given: Graph) -> str | None:
    """Say that a script has the wrong number of steps."""
    wanted, count = len(given.nodes), len(graph.nodes)
    return None if wanted == count else f"It has {count} steps, but {wanted} were asked for."


def unknown_steps(graph: Graph, given: Graph) -> str | None:
    """Say which steps are not those that were given, and which given ones are missing or changed."""
    wanted = {node.id: node.text for node in given.nodes}
    texts = {node.id: node.text for node in graph.nodes}
    unknown = tuple(identity for identity in texts if identity not in wanted)
    if unknown:
        return f"{_listed(graph, unknown)} was not given: use the listed steps alone."
    missing = tuple(identity for identity in wanted if identity not in texts)
    if missing:
        return f"{_listed(given, missing)} is missing: use every listed step."
    changed = tuple(identity for identity in wanted if texts[identity] != wanted[identity])
    return f"{_listed(given, changed)} was changed: leave the steps as they are." if changed else None


def few_edges(graph: Graph) -> str | None:
    """Say that an explanation has fewer than three edges."""
    count = len(graph.edges)
    return None if count >= FEWEST_EDGES else f"It has {count} edges: at least {FEWEST_EDGES} are needed."


def long_concepts(graph: Graph) -> str | None:
    """Say which concepts are empty or longer than three words."""
    wrong = tuple(node.id for node in graph.nodes if not 1 <= len(node.text.split()) <= MOST_WORDS)
    return f"A concept has one to {MOST_WORDS} words, unlike {_listed(graph, wrong)}." if wrong else None


def unknown_relations(graph: Graph) -> str | None:
    """Say which relations are not in the closed set."""
    wrong = dict.fromkeys(edge.label for edge in graph.edges if edge.label.lower() not in RELATIONS)
    named = ", ".join(f'"{label}"' for label in wrong)
    return f"{named} is no relation: use only {', '.join(RELATIONS)}." if wrong else None


def unanchored(graph: Graph, given: Graph) -> str | None:
    """Say that fewer than two concepts are taken from the belief or from the argument, word for word."""
    texts = given.given
    concepts = {node.text.lower() for node in graph.nodes if node.text}
    nodes = {
        name: sorted(concept for concept in concepts if concept in texts[name].lower())
        for name in ("belief", "argument")
    }
    short = [name for name, anchors in nodes.items() if len(anchors) < FEWEST_ANCHORS]
    if not short:
        return None
    counts = " and ".join(f"{len(nodes[name])} concept(s) from the {name}" for name in short)
    return f"It takes {counts}: at least {FEWEST_ANCHORS} must be words of the {' and of the '.join(short)}."


def unknown_participants(graph: Graph, given: Graph) -> str | None:
    """Say which participants were not given and which given ones are missing."""
    wanted, actual = (each.table or Table((), ()) for each in (given, graph))
    for here, there, what in (
        (actual.participants, wanted.participants, "was not given: track the listed participants alone"),
        (wanted.participants, actual.participants, "is missing: track every listed participant"),
    ):
        if names := [f'"{name}"' for name in here if name not in there]:
            return f"{', '.join(names)} {what}."
    return None


def missing_states(graph: Graph) -> str | None:
    """Say after which steps the state of which participants is missing."""
    table = graph.table or Table((), ())
    gaps = []
    for number in range(len(graph.nodes) + 1):
        row = table.cells[number] if number < len(table.cells) else ()
        names = [name for place, name in enumerate(table.participants) if not "".join(row[place : place + 1])]
        when = f"after {_called(graph, f'step{number}')}" if number else "before the first step"
        gaps += [f"{when}: {', '.join(names)}"] * bool(names)
    if not gaps:
        return None
    more = f"; and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
    return f"A state is missing {'; '.join(gaps[:_SHOWN])}{more}."
