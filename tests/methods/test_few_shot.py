"""The text of a graph in an answer, in every format."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharpen.graphs.codec import FORMATS, decode
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.methods.few_shot import extract
from sharpen.types import Problem, Suite
from tests.graphs.hostile import GRAPHS

EVERY = pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: f"{form.task}-{form.name}")
SOME = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def asked(statement):
    return Problem("p", statement, Suite(()), Suite(()))


@EVERY
@SOME
@given(
    data=st.data(),
    whole=st.booleans(),
    manner=st.sampled_from(["{}", "```\n{}```", "Sure:\n```python\n{}\n```\nDone."]),
)
def test_a_right_answer_is_read_whole_or_as_a_continuation(form, data, whole, manner):
    graph = data.draw(GRAPHS[form.task])
    text, beginning = form.encode(graph), form.prompt(graph)
    written = text if whole else text.removeprefix(beginning)
    telling = next((line for line in beginning.split("\n") if re.search(r"\w", line)), "\n")
    if "```" in text or (not whole and telling.strip() in written):
        return  # a text of the graph looks like a mark of the answer
    program = extract(asked(beginning), manner.format(written))
    assert decode(program.code, form).graph == decode(text, form).graph


@EVERY
@SOME
@given(data=st.data())
def test_of_two_fenced_graphs_the_last_is_the_answer(form, data):
    draft, graph = data.draw(GRAPHS[form.task]), data.draw(GRAPHS[form.task])
    texts = form.encode(draft), form.encode(graph)
    if any("```" in text for text in texts):
        return
    answer = f"```\n{texts[0]}```\nNo, corrected:\n```\n{texts[1]}```"
    read = decode(extract(asked(form.prompt(graph)), answer).code, form).graph
    assert read == decode(texts[1], form).graph


GRAPH = Graph(
    (("goal", "bake"),),
    (Vertex("step0", "mix"), Vertex("step1", "heat"), Vertex("step2", "bake")),
    (Edge("step0", "step2"), Edge("step1", "step2")),
)
DRAFT = replace(GRAPH, edges=(Edge("step0", "step1"), Edge("step1", "step2")))


@pytest.mark.parametrize(
    "form", [each for each in FORMATS.values() if each.task == "edges"], ids=lambda f: f.name
)
@pytest.mark.parametrize(
    "manner",
    [
        "{draft}\n\nWait, corrected:\n\n{text}",
        "{draft}\n</think>\n{text}",
        "<reasoning>\n{draft}\n</reasoning>\n{rest}",
        "~~~\n{text}\n~~~",
        "{text}<|endofmessage|>",
    ],
)
def test_a_graph_behind_a_draft_without_a_fence(form, manner):
    text, beginning = form.encode(GRAPH), form.prompt(GRAPH)
    answer = manner.format(draft=form.encode(DRAFT), text=text, rest=text.removeprefix(beginning))
    graph = decode(extract(asked(beginning), answer).code, form).graph
    assert graph is not None
    assert graph.edges == GRAPH.edges


@pytest.mark.parametrize("answer", ["", "   ", "```", "```\n```", "{", "I do not know."])
def test_an_answer_without_a_graph(answer):
    program = extract(asked('{\n  "goal": "bake",\n'), answer)
    assert program.code.startswith("{") or program.extraction == "none"
