"""Laws of every form: nothing is lost, the prompt is a prefix, and any text at all decodes to something."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharpen.errors import DataError, UsageError
from sharpen.graphs.codec import FORMATS, Decoded, decode, encode, format_of, names
from sharpen.graphs.formats.trees import IN_TOPOLOGICAL_ORDER
from sharpen.graphs.graph import Edge, Graph, Table, Vertex
from tests.graphs.hostile import GRAPHS

EVERY = pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: f"{form.task}-{form.name}")
AFTER = ["", "\n# END\n\nclass Other:\n    x = 1\n", "\n```\nThis is my graph.", "\n\nInput = You want more."]


def examples(count):
    """So many examples, however slowly a busy machine makes them."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow])


def given_of(graph, task):
    """What the task gives of a graph, as an item of a benchmark has it."""
    if task == "script":
        return replace(graph, nodes=tuple(Vertex(node.id, "") for node in graph.nodes), edges=())
    if task == "states":
        return replace(graph, table=Table(graph.table.participants, ()))
    return replace(graph, nodes=(), edges=()) if task == "explanation" else replace(graph, edges=())


def without_order(decoded, form):
    """What was read, with edges in any order where the format writes them in topological order."""
    if form.name not in IN_TOPOLOGICAL_ORDER or form.task == "explanation":
        return decoded
    edges = sorted(decoded.graph.edges, key=lambda edge: (edge.source, edge.target))
    return replace(decoded, graph=replace(decoded.graph, edges=tuple(edges)))


@EVERY
@examples(25)
@given(data=st.data())
def test_no_graph_loses_anything(form, data):
    graph = data.draw(GRAPHS[form.task])
    decoded = decode(encode(graph, form), form)
    assert without_order(decoded, form) == without_order(Decoded(graph, "whole"), form)


@EVERY
@examples(12)
@given(data=st.data())
def test_the_prompt_is_a_strict_prefix_that_reads_nothing_of_the_answer(form, data):
    graph = data.draw(GRAPHS[form.task])
    text, prompt = encode(graph, form), encode(graph, form, prompt_only=True)
    assert text.startswith(prompt) and text != prompt
    assert prompt == encode(given_of(graph, form.task), form, prompt_only=True)


@EVERY
@examples(12)
@given(data=st.data(), after=st.sampled_from(AFTER))
def test_what_comes_after_the_first_graph_does_not_count(form, data, after):
    graph = data.draw(GRAPHS[form.task])
    decoded = decode(encode(graph, form) + after, form)
    assert without_order(decoded, form) == without_order(Decoded(graph, "whole"), form)


@EVERY
@examples(25)
@given(data=st.data())
def test_a_text_that_was_cut_keeps_what_is_given_or_says_why(form, data):
    graph = data.draw(GRAPHS[form.task])
    text, prompt = encode(graph, form), encode(graph, form, prompt_only=True)
    decoded = decode(text[: data.draw(st.integers(len(prompt), len(text) - 1))], form)
    assert (decoded.graph is None) == (decoded.status == "unparsed")
    assert bool(decoded.reason) == (decoded.status != "whole")
    if decoded.graph is not None:
        assert decoded.graph.about == graph.about
        assert set(decoded.graph.pairs) <= {
            (a.id, b.id) for a in decoded.graph.nodes for b in decoded.graph.nodes
        }


@EVERY
@examples(15)
@given(data=st.data(), garbage=st.text() | st.text(alphabet="ab01 \n\t()[]{}\"'#.=,:;->_\\\0\ud800"))
def test_any_text_decodes_to_something(form, data, garbage):
    assert isinstance(decode(garbage, form), Decoded)
    prompt = encode(data.draw(GRAPHS[form.task]), form, prompt_only=True)
    decoded = decode(prompt + garbage, form)
    assert (decoded.graph is None) == (decoded.status == "unparsed")


@EVERY
def test_a_prompt_without_an_answer_is_unparsed(form):
    graph = Graph((), (), (), Table(("x",), (("?",),)))
    if form.task != "states":
        about = ("goal",) if form.task in ("script", "edges") else ("belief", "argument", "stance")
        graph = Graph(tuple((name, "bake") for name in about), (Vertex("bake", "bake"),), ())
    decoded = decode(encode(graph, form, prompt_only=True), form)
    assert decoded.status == "unparsed" and decoded.reason


@EVERY
def test_texts_without_end_are_told_apart_from_graphs(form):
    for text in (
        "(" * 5000,
        "class X:\n" + "    x = " + "-" * 20000 + "1\n",
        "{" * 5000,
        "\0",
        "class X:\n" * 500,
    ):
        assert decode(text, form).status == "unparsed"


def test_an_unknown_format_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean `literal`"):
        format_of("edges", "litral")
    assert {"literal", "tree"} <= set(names("script"))


STEP = Vertex("step0", "bake")


@pytest.mark.parametrize(
    ("task", "graph", "reason"),
    [
        ("script", Graph((), ()), "is about goal"),
        ("edges", Graph((("goal", ""),), (STEP, STEP)), "same id"),
        ("edges", Graph((("goal", ""),), (STEP,), (Edge("step0", "oven"),)), "`oven`, which is not a node"),
        ("edges", Graph((("goal", ""),), (STEP,), (Edge("step0", "step0", "is a"),)), "no labels"),
        ("script", Graph((("goal", ""),), (), (), Table((), ())), "has no table"),
        ("states", Graph((), ()), "has a table"),
        ("states", Graph((), (STEP,), (), Table((), ())), "called step1"),
        ("states", Graph((), (), (), Table(("a", "a"), (("", ""),))), "same name"),
        ("states", Graph((), (), (), Table(("a",), ())), "a row before the first step"),
        ("explanation", Graph((("goal", ""),), ()), "is about belief, argument, stance"),
    ],
)
def test_what_is_no_graph_of_the_task_is_refused(task, graph, reason):
    for name in names(task):
        with pytest.raises(DataError, match=reason):
            encode(graph, format_of(task, name))


CLASSES = [form for form in FORMATS.values() if form.name in IN_TOPOLOGICAL_ORDER and form.task == "edges"]


@pytest.mark.parametrize("form", CLASSES, ids=lambda form: form.name)
@examples(25)
@given(data=st.data())
def test_edges_are_written_in_topological_order_whatever_order_they_are_listed_in(form, data):
    size = data.draw(st.integers(2, 7))
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    chosen = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))))
    nodes = tuple(Vertex(f"step{number}", f"word {number}") for number in range(size))
    graph = Graph((("goal", "go"),), nodes, tuple(Edge(f"step{a}", f"step{b}") for a, b in chosen))
    written = decode(encode(graph, form), form).graph.edges
    ends = [edge.target for edge in written] if form.name == "dep" else [edge.source for edge in written]
    place = {end: number for number, end in reversed(list(enumerate(ends)))}
    links = [edge for edge in written if edge.source in place and edge.target in place]
    assert all(place[edge.source] < place[edge.target] for edge in links)
