from pathlib import Path

import pytest

from sharpen.benchmarks.structures import REGISTRY, find, load
from sharpen.errors import DataError, UsageError


@pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.word)
def test_examples_are_of_the_same_kind(entry):
    assert find(entry.examples).module == entry.module


@pytest.mark.parametrize(
    ("word", "near"),
    [("proscript/scripts", "proscript/script"), ("propra", "propara"), ("explagraph", "explagraphs")],
)
def test_a_near_miss_is_named(word: str, near: str):
    with pytest.raises(UsageError, match=f"did you mean `{near}`"):
        find(word)


def test_a_missing_file_is_one_sentence():
    with pytest.raises(UsageError, match="There is no benchmark file /nowhere"):
        load("propara@/nowhere")


@pytest.mark.parametrize(
    ("word", "file", "items"),
    [
        ("proscript/script", "proscript_script/dev.jsonl.gz", 543),
        ("proscript/edges", "proscript_edge/dev.jsonl.gz", 543),
        ("propara/dev", "propara/dev", 43),
        ("propara/train", "propara/train", 387),
        ("explagraphs", "explagraphs/dev_even.tsv", 199),
        ("explagraphs/train", "explagraphs/train.tsv.gz", 2368),
    ],
)
def test_what_is_given_is_the_gold_without_the_answer(shared_data: Path, word, file, items):
    structures = load(f"{word}@{shared_data / file}")
    assert structures.name == word
    assert len(structures.items) == items
    for item in structures.items:
        assert item.given.about == item.reference.about
        assert not item.given.edges
        known = {node.id for node in item.reference.nodes}
        assert all({edge.source, edge.target} <= known for edge in item.reference.edges)
        match structures.task:
            case "script":
                assert [node.id for node in item.given.nodes] == [node.id for node in item.reference.nodes]
                assert not any(node.text for node in item.given.nodes)
            case "edges":
                assert item.given.nodes == item.reference.nodes
            case "states":
                assert item.given.nodes == item.reference.nodes
                assert not item.given.table.cells
                assert len(item.reference.table.cells) == len(item.reference.nodes) + 1
            case "explanation":
                assert not item.given.nodes


def test_every_script_is_a_connected_order_from_one_start_to_one_end(shared_data: Path):
    for item in load(f"proscript/edges@{shared_data / 'proscript_edge/dev.jsonl.gz'}").items:
        assert item.reference.order() is not None
        assert item.reference.connected()
        assert len(item.reference.roots()) == len(item.reference.sinks()) == 1
        assert item.reference.sinks() == (item.reference.nodes[-1].id,)


PROCESS = (
    '{"id": 7, "steps": ["Init", "Rain falls."], '
    '"questions": [{"question": "the location/state of rain; water", "answers": ["cloud", "ground"]}]}\n'
)


def test_a_process_in_cocogens_format(tmp_path: Path):
    file = tmp_path / "test.jsonl"
    file.write_text(PROCESS)
    (item,) = load(f"propara@{file}").items
    assert item.id == "7"
    assert [node.text for node in item.reference.nodes] == ["Rain falls."]
    assert item.reference.table.participants == ("rain; water",)
    assert item.reference.table.cells == (("cloud",), ("ground",))


def test_a_process_whose_states_jump_is_left_out(tmp_path: Path):
    (tmp_path / "sentences.tsv").write_text("1\t1\tA.\n1\t2\tB.\n2\t1\tC.\n")
    (tmp_path / "answers.tsv").write_text("1\t1\tx\tMOVE\ta\tb\n1\t2\tx\tMOVE\tc\td\n2\t1\tx\tCREATE\t-\ta\n")
    (item,) = load(f"propara/dev@{tmp_path}").items
    assert item.id == "2"


@pytest.mark.parametrize(
    ("word", "name", "content", "sentence"),
    [
        ("propara", "f.jsonl", PROCESS.replace(', "ground"', ""), "a state for each of its steps"),
        ("propara", "f.jsonl", "", "holds no items|holds no problems"),
        ("propara", "f.jsonl", PROCESS * 2, "holds 7 twice"),
        ("explagraphs", "f.tsv", "a\tb\tsupport\t(x; y)\n", "is not an edge"),
        ("explagraphs", "f.tsv", "a\tb\n", "line 1 has 2 fields, not 4"),
        ("explagraphs", "f.tsv.gz", "a\tb\n", "line 1 has 2 fields, not 4"),
        ("proscript/edges", "f.jsonl", '{"scenario": "x"}', "line 1: reference_graph: it is missing"),
        (
            "proscript/edges",
            "f.jsonl",
            '{"scenario": "x", "reference_graph": {"schema": ["a"], "relations": []}}',
            "must read",
        ),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, word, name, content, sentence):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=sentence):
        load(f"{word}@{tmp_path / name}")


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("1\t1\tx\tMOVE\ta\n", "line 1 has 5 fields, not 6"),
        ("2\t1\tx\tCREATE\t-\ta\n", "lacks process 2"),
        ("1\t1\tx\tCREATE\t-\ta\n1\t2\tx\tNONE\ta\ta\n", "has 1 steps and another number of states"),
    ],
)
def test_damaged_tables_are_one_sentence(tmp_path: Path, answers, sentence):
    (tmp_path / "sentences.tsv").write_text("1\t1\tA.\n")
    (tmp_path / "answers.tsv").write_text(answers)
    with pytest.raises(DataError, match=sentence):
        load(f"propara/dev@{tmp_path}")
