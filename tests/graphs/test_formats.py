"""Each format: its very text for a small graph, what it makes of damaged texts, and all recorded graphs."""

import gzip
import json
import re
from pathlib import Path

import pytest

from sharpen.benchmarks import explagraphs, propara
from sharpen.graphs.codec import FORMATS, Decoded, format_of, names
from sharpen.graphs.formats.trees import IN_TOPOLOGICAL_ORDER
from sharpen.graphs.graph import Edge, Vertex
from tests.graphs import recorded
from tests.graphs.texts import ARGUMENT, GRAPHS, PROCESS, SCRIPT, TEXTS

GIVEN_STEPS = [name for name in names("edges") if ("edges", name) not in TEXTS]


@pytest.mark.parametrize(("task", "name"), TEXTS)
def test_the_text_of_a_format(task, name):
    prompt, answer = TEXTS[task, name].split("@")
    form = format_of(task, name)
    assert form.prompt(GRAPHS[task]) == prompt
    assert form.encode(GRAPHS[task]) == prompt + answer


@pytest.mark.parametrize("name", GIVEN_STEPS)
def test_edge_prediction_gives_the_steps_of_a_script(name):
    form = format_of("edges", name)
    text, prompt = form.encode(SCRIPT), form.prompt(SCRIPT)
    assert text == format_of("script", name).encode(SCRIPT)
    assert "bake a cake" in prompt and "step0 ->" not in prompt
    assert all(arrow not in prompt for arrow in ("-->", "add_edge", "[self", '["step0", "step1"]', "-> "))


def answered(task, name, answer):
    """What is read when a model continues a prompt with ``answer``."""
    form = format_of(task, name)
    return form.decode(form.prompt(GRAPHS[task]) + answer)


CUT = {
    "literal": '    def get_relations(self):\n        return [\n            "step0 -> step1",\n            "step1 -> st',
    "networkx": "        graph.add_edge(step0, step1)\n        graph.add_edge(step1, st",
    "object": "    def init_edges(self):\n        self.step0.add_next_steps([self.step1])\n        self.step1.add_ne",
    "hashmap": "    def init_edges(self):\n        self.edges = {\n            self.step0: [self.step1],\n            self.step1: [",
    "tree": "        mix_the_dough.children = [sing_la]\n        sing_la.children = [ba",
    "event": "        mix_the_dough.children = [sing_la]\n        sing_la.children = [ba",
    "task": "        mix_the_dough.on_finish = [sing_la]\n        sing_la.on_finish = [ba",
    "dep": "        sing_la.requires = [mix_the_dough]\n        bake_a_cake.requires = [mi",
    "assert": "        assert mix_the_dough.then([sing_la])\n        assert sing_la.then([ba",
    "method": "    def begin():\n        mix_the_dough()\n\n    def mix_the_dough():\n        sing_la()\n\n    def sing_la(",
    "flat": " step0 -> step1; step1 -> st",
    "dot": "  step0 -> step1;\n  step1 -> st",
    "mermaid": "    step0 --> step1\n    step1 --> st",
    "json": '  "edges": [\n    ["step0", "step1"],\n    ["step1", "st',
}


@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_was_cut_keeps_its_edges(name):
    decoded = answered("edges", name, CUT[name])
    assert decoded.graph.nodes == SCRIPT.nodes
    assert decoded.graph.edges == (Edge("step0", "step1"),)
    assert decoded.status == "repaired" and decoded.reason


WRONG = {
    "literal": '    def get_relations(self):\n        return ["step0->step1", "step1 -> step9", "step2", 7]\n',
    "networkx": "        graph.add_edge(step0, step1)\n        graph.add_edge(step1, step9)\n        graph.draw()\n        print(1)\n",
    "object": "    def init_edges(self):\n        self.step0.add_next_steps([self.step1, self.step9, 7])\n        self.go()\n",
    "hashmap": "    def init_edges(self):\n        self.edges = {self.step0: [self.step1, self.step9], 7: [self.step1, 8]}\n",
    "tree": "        mix_the_dough.children = [sing_la, fry, 7]\n        mix_the_dough.parents = [x]\n",
    "event": "        mix_the_dough.children = [sing_la, fry, 7]\n        mix_the_dough.on_finish = [x]\n",
    "task": "        mix_the_dough.on_finish = [sing_la, fry, 7]\n        mix_the_dough.children = [x]\n",
    "dep": "        sing_la.requires = [mix_the_dough, fry, 7]\n        sing_la.children = [x]\n",
    "assert": "        assert mix_the_dough.then([sing_la, fry, 7])\n        assert mix_the_dough\n",
    "method": "    def begin():\n        mix_the_dough()\n\n    def mix_the_dough():\n        sing_la()\n        fry()\n        x = 1\n        y = 2\n",
    "flat": " step0->step1; step1 -> step9; step2; oh -> dear me",
    "dot": "  step0 -> step1 -> step9;\n  rankdir=LR; node [shape=box];\n}\n",
    "mermaid": "    step0 --> step1 --> step9\n    step1 -.-> step2\n    style step0 fill\n",
    "json": '  "edges": [["step0", "step1"], ["step1", "step9"], ["step1"], {"from": 1}]}',
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant_is_dropped_and_counted(name):
    decoded = answered("edges", name, WRONG[name])
    assert decoded.graph.edges == (Edge("step0", "step1"),)
    assert decoded.status == "repaired" and decoded.dropped == 3


@pytest.mark.parametrize("name", names("edges"))
def test_an_answer_in_prose_is_unparsed(name):
    decoded = answered("edges", name, "I would first mix the dough.\n")
    assert decoded.graph is None and decoded.status == "unparsed" and decoded.reason


def test_a_line_in_the_middle_that_does_not_parse_is_dropped_alone():
    lines = [
        "graph.add_edge(step0, step1)",
        "graph.add_edge(step0 step1)",
        "go on",
        "graph.add_edge(step1, step2)",
    ]
    decoded = answered("edges", "networkx", "".join(f"        {line}\n" for line in lines))
    assert [(edge.source, edge.target) for edge in decoded.graph.edges] == [
        ("step0", "step1"),
        ("step1", "step2"),
    ]
    assert (decoded.status, decoded.dropped) == ("repaired", 2)


def test_a_script_that_was_cut_before_its_edges_keeps_its_steps():
    decoded = answered("script", "literal", '    def step0(self):\n        return "mix"\n\n    def step1(se')
    assert decoded.graph.nodes == (Vertex("step0", "mix"),) and decoded.graph.edges == ()
    assert decoded.status == "repaired" and "before the edges" in decoded.reason


def test_what_a_model_writes_is_not_executed(tmp_path):
    left = tmp_path / "left"
    answer = f"        open({str(left)!r}, 'w')\n        step0.children = [__import__('os')]\n"
    assert answered("edges", "tree", answer).graph is None
    assert not left.exists()


@pytest.mark.parametrize(("task", "name"), TEXTS)
def test_an_answer_that_was_stripped_is_whole(task, name):
    prompt, answer = TEXTS[task, name].split("@")
    assert format_of(task, name).decode(prompt + answer.strip()) == Decoded(GRAPHS[task], "whole")


def test_the_originals_tree_without_articles_is_read():
    text = (
        "class Tree:\n    goal = 'x'\n    def __init__(self):\n        begin = Node()\n        mix_dough = Node()\n"
        "        bake = Node()\n        begin.children = [mix_dough]\n        mix_dough.children = [bake]\n"
        "        bake.children = [end]\n"
    )
    decoded = format_of("script", "tree").decode(text)
    assert decoded.status == "whole"
    assert decoded.graph.nodes == (Vertex("step0", "mix dough"), Vertex("step1", "bake"))


def test_states_that_were_cut_have_empty_cells():
    decoded = answered("states", "function", '\tdef init():\n\t\tstate_0 = "UNK"\n\t\tstate_1 = "the mu')
    assert decoded.graph.table.cells == (("?", "the mu"), ("", ""), ("", ""))
    assert decoded.status == "repaired" and "1 of 3 rows" in decoded.reason


def test_states_are_read_by_position_where_names_are_not_python():
    answer = (
        "\tdef init():\n\t\tstate_0 = 'pot'\n\tdef plant's_well-being():\n\tdef 2_rot():\n\t\tstate_1 = None\n"
        "\t\tstate_7 = None\n\t\tit = 3\n\tdef more():\n\t\tstate_0 = None\n"
    )
    decoded = answered("states", "function", answer)
    assert decoded.graph.table.cells == (("pot", ""), ("", ""), ("", "-"))
    assert (decoded.status, decoded.dropped) == ("repaired", 3)


def test_answers_to_questions_are_found_by_number_and_name():
    answer = (
        "Question 2: after step 2?\nAnswers:\nsoil is located at unknown place\nrain is located at sky\n\n"
        "Question 9: after?\nAnswers:\nsoil does not exist\n"
    )
    decoded = answered("states", "qa", answer)
    assert decoded.graph.table.cells == (("", ""), ("", ""), ("", "?"))
    assert (decoded.status, decoded.dropped) == ("repaired", 3)


@pytest.mark.parametrize("name", names("explanation"))
def test_an_explanation_that_was_cut_keeps_its_edges(name):
    text = format_of("explanation", name).encode(ARGUMENT)
    decoded = format_of("explanation", name).decode(text[: text.rindex("dangerous")])
    assert decoded.graph.edges == ARGUMENT.edges[:1]
    assert decoded.status == "repaired"


@pytest.mark.parametrize("name", ["literal", "bracket"])
def test_brackets_with_other_than_three_parts_are_dropped(name):
    text = "(a; is a; b) (c; d)(b; is a; )(the us (usa); is a; b"
    answer = f'        self.graph = "{text}"\n' if name == "literal" else f" {text}\n"
    decoded = answered("explanation", name, answer)
    assert decoded.graph.edges == (Edge("a", "b", "is a"), Edge("b", "", "is a"))
    assert (decoded.status, decoded.dropped) == ("repaired", 2)


def lossless(form, graph):
    """Whether a graph comes back; in topological order where the format writes it so."""
    decoded = form.decode(form.encode(graph))
    if form.name not in IN_TOPOLOGICAL_ORDER or form.task == "explanation":
        return decoded == Decoded(graph, "whole")
    read = decoded.graph
    same = read.nodes == graph.nodes and sorted(map(str, read.edges)) == sorted(map(str, graph.edges))
    return decoded.status == "whole" and same


@pytest.mark.parametrize(("task", "file"), [("script", "script"), ("edges", "edge")])
def test_recorded_scripts_lose_nothing(shared_data, task, file):
    graphs = recorded.scripts(shared_data, file)
    assert len(graphs) == 543
    for name in names(task):
        form = format_of(task, name)
        assert [graph for graph in graphs if not lossless(form, graph)] == [], name


@pytest.mark.parametrize(("task", "file"), [("script", "script"), ("edges", "edge")])
def test_literal_is_the_originals_text_to_the_byte(shared_data, task, file):
    form = format_of(task, "literal")
    for row in recorded.rows(shared_data / f"proscript_{file}" / "dev.jsonl.gz"):
        graph = recorded.script(row["reference_graph"])
        assert form.encode(graph) == row["reference_code"].rstrip("\n") + "\n"
        assert form.prompt(graph) == row["input_prompt_code"]


@pytest.mark.parametrize("split", ["dev", "train"])
def test_recorded_processes_lose_nothing(shared_data, split):
    items = propara.load(split, shared_data / "propara" / split).items
    for name in names("states"):
        form = format_of("states", name)
        assert [item.id for item in items if not lossless(form, item.reference)] == [], name


@pytest.mark.parametrize("file", ["dev_even.tsv", "train.tsv.gz"])
def test_recorded_explanations_lose_nothing(shared_data, file):
    items = explagraphs.load("dev", shared_data / "explagraphs" / file).items
    for name in names("explanation"):
        form = format_of("explanation", name)
        assert [item.id for item in items if not lossless(form, item.reference)] == [], name


def test_recorded_outputs_of_codex_decode_as_the_original_reads_them(shared_data):
    form = format_of("explanation", "literal")
    with gzip.open(shared_data / "explagraphs_codex" / "dev_output.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        completion = row["codex_response"]["choices"][0]["text"]
        decoded = form.decode(row["input_prompt_code"] + completion)
        assert decoded.status == "whole"
        assert list(decoded.graph.edges) == list(explagraphs.read_edges(row["generated_graph"]["graph"]))
        reference = form.decode(row["reference_code"]).graph
        assert form.encode(reference) == row["reference_code"].rstrip("\n") + "\n"
        assert form.prompt(reference) == row["input_prompt_code"]
    assert len(rows) == 198


def test_every_task_has_its_formats():
    assert set(names("script")) == set(names("edges")) == {*CUT}
    assert {*names("states")} == {"function", "class", "qa"}
    assert {*names("explanation")} == {"literal", "tree", "relation", "bracket", "json"}
    assert len(FORMATS) == 36 and PROCESS.table


def test_the_documents_show_each_format_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "structure.md").read_text()
    shown = re.findall(r"^`(\w+)`\n\n```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    tasks = ["script"] * len(names("script")) + ["states"] * 3 + ["explanation"] * 5
    assert [name for name, _, _ in shown] == [
        name for task in GRAPHS if task != "edges" for name in names(task)
    ]
    for task, (name, language, text) in zip(tasks, shown, strict=True):
        form = format_of(task, name)
        decoded = form.decode(text)
        assert decoded.status == "whole" and language == form.language
        assert form.encode(decoded.graph) == text
