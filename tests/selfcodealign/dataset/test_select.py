"""What is selected: one passing response per instruction, no two alike, the same on every run."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.selfcodealign.dataset.diversity import diversity, entropy
from sharpen.selfcodealign.dataset.select import REASONS, select
from sharpen.selfcodealign.overlap.shapes import shape_of
from sharpen.selfcodealign.rows import Instruction, Row

NAMES = itertools.count()


def row(instruction: str = "", code: str = "", response: str = "", **gates: float) -> Row:
    number = next(NAMES)
    code = code or f"def f{number}(x):\n    return x + {number}"
    return Row(
        id=str(number),
        instruction=instruction or f"Do number {number}.",
        response=response or f"Thus:\n\n```python\n{code}\n```",
        code=code,
        tests="assert True",
        seed="s",
        origin="requests",
        version="1",
        path="a.py",
        licence="MIT",
        verdict="passed",
        gates=gates,
    )


def reasons(*rows: Row, **options) -> list[str]:
    return select(list(rows), **options)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(response="```python\ndef a():\n    # TODO: write it\n    pass\n```"), "placeholder"),
        (row(response="```python\ndef a():\n    raise NotImplementedError\n```"), "placeholder"),
        (row(response="```python\n# your code here\n```"), "placeholder"),
        (row(response="def a(): pass"), "no python block"),
        (row(instruction="word " * 201), "long instruction"),
        (row(code="def f(:"), "code does not parse"),
    ],
)
def test_malformed_rows_go(bad: Row, reason: str) -> None:
    assert reasons(bad, row()) == [reason, ""]


def test_a_word_that_contains_todo_is_none() -> None:
    assert reasons(row(response="```python\ntodos = mastodon\n```")) == [""]


def test_one_response_per_instruction_is_kept_whatever_its_white_space() -> None:
    result = reasons(row("Sort a list."), row("Sort  a\nlist."), row("Sort a tuple."))
    assert sorted(result) == ["", "", "instruction seen"]
    assert result[2] == ""


def test_copies_of_a_response_go() -> None:
    assert sorted(
        reasons(row("A.", response="```python\nx=1```"), row("B.", response="```python\nx = 1```"))
    ) == [
        "",
        "response seen",
    ]


def test_names_are_used_once() -> None:
    def named(code: str) -> Row:
        return row(code=code)

    functions = reasons(named("def sort_list(x): return x"), named("def SortList(y): return y + 1"))
    assert sorted(functions) == ["", "function names seen"]
    classes = reasons(named("class A:\n    def f(s): pass"), named("class A:\n    def g(s): pass"))
    assert sorted(classes) == ["", "class names seen"]
    both = reasons(named("def a(): pass\ndef b(): pass"), named("def a(): pass"))
    assert both == ["", ""]  # the set counts, not each name
    assert reasons(named("x = 1"), named("y = 2")) == ["", ""]  # no names are no set


def test_agreement_takes_the_best_response() -> None:
    weak, strong = row("Do.", codet=4.0, mutation_score=1.0), row("Do.", codet=9.0, mutation_score=0.5)
    assert reasons(weak, strong, choice="agreement") == ["instruction seen", ""]
    assert reasons(strong, weak, choice="agreement") == ["", "instruction seen"]
    plain, tested = row("Do.", codet=4.0), row("Do.", codet=4.0, mutation_score=0.5)
    assert reasons(plain, tested, choice="agreement") == ["instruction seen", ""]


def test_what_is_out_for_what_it_holds_stands_for_nothing() -> None:
    """A row that goes itself takes no other with it."""
    for seed in range(5):
        assert reasons(row("Do."), row("Do."), out={0: "contaminated"}, seed=seed) == ["contaminated", ""]


TEXT = "Write a function that takes a list and returns the longest run of equal items in it, as a {}."


@pytest.mark.parametrize(
    ("twins", "reason"),
    [
        ([row(TEXT.format("numbers")), row(TEXT.format("words"))], "near duplicate: instruction"),
        (
            [
                row(response=f"{TEXT}\n```python\npass\n```"),
                row(response=f"{TEXT} So.\n```python\npass\n```"),
            ],
            "near duplicate: response",
        ),
        (
            [
                row(response=f"{word}\n```python\n```", code=f"def {word}(a, b, c, d):\n{body}")
                for word, body in itertools.product(
                    ["one", "two"],
                    ["    x = a + b * c - d\n    y = x + a / b - c * d\n    return x, y, a, b, c, d, x, y"],
                )
            ],
            "near duplicate: code",
        ),
    ],
)
def test_near_duplicates_go(twins: list[Row], reason: str) -> None:
    assert sorted(reasons(*twins, row())) == ["", "", reason]


ROWS = st.lists(
    st.builds(
        lambda task, name, body, codet: row(
            f"Task {task}.", f"def {name}(x):\n    return x + {body}", codet=float(codet)
        ),
        st.integers(0, 5),
        st.sampled_from("abcdefgh"),
        st.integers(0, 9),
        st.integers(0, 3),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(ROWS, st.sampled_from(["paper", "agreement"]), st.integers(0, 3))
def test_laws_of_selection(rows: list[Row], choice: str, seed: int) -> None:
    result = select(rows, choice, seed=seed)
    assert result == select(rows, choice, seed=seed)
    assert set(result) <= {"", *REASONS}
    kept = [each for each, reason in zip(rows, result, strict=True) if not reason]
    assert len({each.instruction for each in kept}) == len(kept)
    assert len({each.response for each in kept}) == len(kept)
    names = [shape_of(each.code).functions for each in kept]
    assert len(set(names)) == len(names)
    assert bool(kept) == bool(rows)
    assert select(kept, choice, seed=seed) == [""] * len(kept)  # what is selected stays selected


def test_the_draw_depends_on_the_seed() -> None:
    rows = [row("Do.") for _ in range(20)]
    drawn = {select(rows, seed=seed).index("") for seed in range(20)}
    assert len(drawn) > 5


def test_shapes_are_without_names_docstrings_and_the_rest() -> None:
    first = shape_of('import os\ndef Add_Up(a):\n    """Sum."""\n    return a + 1\nprint(2)')
    second = shape_of("import re\ndef total(b):\n    return b + 2\nprint(3)")
    assert first.text == "def Add_Up(a):\n    return a + 1"
    assert first.functions == {"addup"}
    assert first.outline == second.outline != shape_of("def f(x):\n    return -x").outline
    assert shape_of('def f():\n    """Only this."""').text == "def f():\n    pass"


def test_diversity_is_counted() -> None:
    rows = [
        row("A.", "def a(x):\n    return x"),
        row("B.", "def b(y):\n    return y"),
        row("C.", "class C: pass"),
    ]
    tasks = {
        name: Instruction(name, "s", concepts, category, "easy", "python", name)
        for name, concepts, category in [("A.", ("Sets", "lists"), "function"), ("B.", ("sets",), "function")]
    }
    result = diversity(rows, tasks)
    assert (result.rows, result.concepts, result.outlines, result.names, result.origins) == (3, 2, 2, 3, 1)
    assert result.categories == {"function": 2}
    assert result.concept_bits == pytest.approx(0.9183, abs=1e-4)


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 9), max_size=8))
def test_entropy_is_between_none_and_that_of_a_fair_draw(counts: dict[str, int]) -> None:
    import math

    bits = entropy(counts)
    assert -1e-9 <= bits <= (math.log2(len(counts)) if counts else 0) + 1e-9
    shuffled = list(counts.items())
    random.Random(0).shuffle(shuffled)
    assert entropy(dict(shuffled)) == pytest.approx(bits)
