"""The sentences that tell a model what is wrong, and their silence about reference graphs."""

from dataclasses import replace

import pytest

from sharpen.benchmarks import explagraphs, propara
from sharpen.graphs.graph import Edge, Graph, Table, Vertex
from sharpen.graphs.validate import RELATIONS, faults
from tests.graphs import recorded


def script(pairs, texts=("mix", "bake", "eat")):
    nodes = tuple(Vertex(f"step{i}", text) for i, text in enumerate(texts))
    return Graph((("goal", "eat"),), nodes, tuple(Edge(f"step{a}", f"step{b}") for a, b in pairs))


GIVEN = script(())


def explanation(*edges):
    about = (
        ("belief", "War brings great pain"),
        ("argument", "Armies need war money"),
        ("stance", "counter"),
    )
    result = tuple(Edge(source, target, label) for source, label, target in edges)
    concepts = dict.fromkeys(end for edge in result for end in (edge.source, edge.target))
    return Graph(about, tuple(Vertex(concept, concept) for concept in concepts), result)


RIGHT = (("war", "causes", "pain"), ("armies", "desires", "money"), ("war", "made of", "armies"))
ARGUED = explanation(*RIGHT)


@pytest.mark.parametrize("task", ["script", "edges"])
def test_a_chain_is_sound(task):
    assert faults(script([(0, 1), (1, 2)]), task, GIVEN) == ()


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (
            [(0, 1), (1, 0), (1, 2)],
            ["There is a cycle, which no order can have: ", "No step is the first"],
        ),
        (
            [(0, 2), (1, 2)],
            ['One step must be the first, but no edge points to any of step0 ("mix"), step1 ("bake").'],
        ),
        ([(0, 1), (0, 2)], ['but no edge starts from any of step1 ("bake"), step2 ("eat").']),
        (
            [(0, 1)],
            ["must be the first", "must be the last", 'step2 ("eat") is not connected with step0 ("mix")'],
        ),
    ],
)
def test_what_is_wrong_with_an_order_names_the_steps(pairs, said):
    result = faults(script(pairs), "edges", GIVEN)
    assert len(result) == len(said)
    assert all(part in sentence for part, sentence in zip(said, result, strict=True))


def test_a_cycle_is_named_in_order():
    (cycle, *_) = faults(script([(0, 1), (1, 2), (2, 1)]), "script", GIVEN)
    rings = (
        'step1 ("bake") -> step2 ("eat") -> step1 ("bake")',
        'step2 ("eat") -> step1 ("bake") -> step2 ("eat")',
    )
    assert any(ring in cycle for ring in rings)


def test_the_steps_are_those_that_were_given():
    chain = script([(0, 1), (1, 2)])
    longer = script([(0, 1), (1, 2), (2, 3)], ("mix", "bake", "eat", "rest"))
    other = script([(0, 1), (1, 2)], ("mix", "fry", "eat"))
    assert faults(longer, "edges", GIVEN) == ('step3 ("rest") was not given: use the listed steps alone.',)
    assert faults(chain, "edges", longer) == ('step3 ("rest") is missing: use every listed step.',)
    assert faults(other, "edges", GIVEN) == ('step1 ("bake") was changed: leave the steps as they are.',)
    assert faults(longer, "script", GIVEN) == ("It has 4 steps, but 3 were asked for.",)
    assert faults(other, "script", GIVEN) == ()


def test_a_sound_explanation():
    assert faults(ARGUED, "explanation", ARGUED) == ()


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        (RIGHT[1:], ["It has 2 edges: at least 3 are needed.", "1 concept(s) from the belief"]),
        ((*RIGHT, ("pain", "leads to", "money")), ['"leads to" is no relation: use only antonym of, ']),
        ((*RIGHT, ("pain", "is a", "very bad great pain")), ['one to 3 words, unlike "very bad great pain"']),
        ((*RIGHT, ("pain", "is a", "war")), ["There is a cycle"]),
        (
            (*RIGHT, ("sun", "is a", "star")),
            ['"sun", "star" is not connected with "war"'],
        ),
        (
            (("love", "is a", "joy"), ("joy", "is a", "peace"), ("peace", "is a", "rest")),
            ["0 concept(s) from the belief and 0 concept(s) from the argument"],
        ),
    ],
)
def test_what_is_wrong_with_an_explanation(edges, said):
    result = faults(explanation(*edges), "explanation", ARGUED)
    assert len(result) == len(said)
    assert all(part in sentence for part, sentence in zip(said, result, strict=True))


def test_states_need_every_participant_at_every_step():
    steps = (Vertex("step1", "Plants die."), Vertex("step2", "They rot."))
    whole = Graph((), steps, (), Table(("plants", "mud"), (("?", "-"), ("soil", "-"), ("-", "soil"))))
    given = replace(whole, table=Table(("plants", "mud"), ()))
    assert faults(whole, "states", given) == ()
    gaps = replace(whole, table=Table(("plants", "mud"), (("?", ""), ("soil", "-"), ("", ""))))
    assert faults(gaps, "states", given) == (
        'A state is missing before the first step: mud; after step2 ("They rot."): plants, mud.',
    )
    other = replace(whole, table=Table(("plants", "rain"), whole.table.cells))
    assert '"rain" was not given' in faults(other, "states", given)[0]
    fewer = replace(whole, table=Table(("plants",), (("?",), ("-",), ("-",))))
    assert '"mud" is missing' in faults(fewer, "states", given)[0]
    assert "step3" in faults(replace(whole, nodes=(*steps, Vertex("step3", "x"))), "states", given)[0]


def test_nothing_of_an_answer_is_read_from_the_item():
    wrong = script([(2, 1), (1, 0)])
    assert faults(wrong, "edges", GIVEN) == faults(wrong, "edges", script([(0, 1), (1, 2)]))
    bare = replace(ARGUED, nodes=(), edges=())
    assert faults(explanation(), "explanation", ARGUED) == faults(explanation(), "explanation", bare)


def test_nothing_is_wrong_with_recorded_reference_graphs(shared_data):
    for task, name in (("script", "script"), ("edges", "edge")):
        for graph in recorded.scripts(shared_data, name):
            assert faults(graph, task, replace(graph, edges=())) == ()
    for item in propara.load("dev", shared_data / "propara" / "dev").items:
        assert faults(item.reference, "states", item.given) == ()
    for item in explagraphs.load("dev", shared_data / "explagraphs" / "dev_even.tsv").items:
        assert faults(item.reference, "explanation", item.given) == ()


def test_the_relations_are_the_originals(shared_data):
    assert list(RELATIONS) == (shared_data / "explagraphs" / "relations.txt").read_text().splitlines()
