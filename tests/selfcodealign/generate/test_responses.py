"""Answers taken apart: whatever a model writes is a response with a reason, or one that can be run."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sharpen.selfcodealign.generate import concepts, instructions, responses
from sharpen.selfcodealign.generate.bank import load_examples
from sharpen.selfcodealign.rows import Instruction

TASK = Instruction("i", "s", ("loops",), "function", "easy", "Python", "Write `f`.")
PIECES = [
    "<response>", "</response>", "<tests>", "```python\n", "```\n", "\n", "assert f(1) == 2\n", "def f(x):\n",
    "    return x + 1\n", "# Example", "\x00", "\udc80", "    ", "Ünïcode ", "class A: pass\n", "assert (\n",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=14).map("".join)
WHOLE = (
    "<response>\nAdd one.\n\n```python\ndef f(x):\n    return x + 1\n```\n</response>\n\n<tests>\n"
    "```python\nassert f(1) == 2\n```\n"
)


@given(TEXTS, st.sampled_from(["stop", "length"]))
@example(WHOLE, "stop")
def test_every_text_is_a_response_with_a_reason_or_can_be_run(text, finish):
    response = responses.read(TASK, 0, text, finish)
    reason = responses.fault(response, ())
    assert reason in {"", *responses.REASONS}
    assert response.text == text
    result = responses.program_and_tests(response, ())
    assert not (reason and result)
    if not reason:
        assert response.code and "assert" in response.tests
        assert "<tests>" not in responses.solution(text)


@given(TEXTS)
def test_every_text_is_a_list_of_concepts_or_none(text):
    result = concepts.read("s", text, "stop")
    assert all(0 < len(name) <= concepts.LONGEST and "," not in name for name in result.concepts)
    assert len(set(result.concepts)) == len(result.concepts)
    assert result.fault in {"", *concepts.REASONS}


@given(TEXTS)
def test_every_text_is_a_task_or_none(text):
    wanted = instructions.properties("s", ("loops",), 0)
    task = instructions.read("s", wanted, text)
    assert instructions.fault(task, "stop", ()) in {"", *instructions.REASONS}
    assert task == instructions.read("s", wanted, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (WHOLE, ""),
        (WHOLE.replace("</response>\n\n", ""), ""),
        (WHOLE.replace("```python", "```"), ""),
        (WHOLE.replace("<tests>", ""), "not response and tests"),
        (WHOLE + "\n<tests>\n", "not response and tests"),
        (WHOLE.replace("def f(x):\n    return x + 1", ""), "no code"),
        (WHOLE.replace("assert f(1) == 2", "print(f(1))"), "no asserts"),
        (WHOLE.removesuffix("```\n"), "no asserts"),
    ],
)
def test_why_a_response_cannot_be_run(text, reason):
    assert responses.fault(responses.read(TASK, 0, text, "stop"), ()) == reason


def test_what_was_cut_off_is_said_first():
    assert responses.fault(responses.read(TASK, 0, WHOLE, "length"), ()) == "cut off"


def test_what_copies_an_example_is_rejected():
    shown = load_examples()[3]
    text = f"<response>\n{shown.response}\n</response>\n\n<tests>\n```python\n{shown.tests}\n```\n"
    assert responses.fault(responses.read(TASK, 0, text, "stop"), load_examples()) == "copy of an example"
    assert responses.program_and_tests(responses.read(TASK, 0, text, "stop"), load_examples()) is None
    task = replace(TASK, text=shown.instruction)
    assert instructions.fault(task, "stop", load_examples()) == "copy of an example"


def test_a_long_task_ends_before_its_responses():
    assert instructions.fault(replace(TASK, text="word " * 201), "stop", ()) == "long task"


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("from your_module import f", False),
        ("from solution import (\n    f,\n)", False),
        ("from your_module import f, g", True),
        ("from your_module import f as g", True),
        ("from math import sqrt", True),
        ("import your_module", True),
    ],
)
def test_tests_do_not_import_the_solution_that_stands_before_them(line, stays):
    text = WHOLE.replace("assert f(1)", f"{line}\nassert f(1)")
    assert (line in responses.read(TASK, 0, text, "stop").tests) == stays


def test_several_blocks_are_one_program():
    text = WHOLE.replace("Add one.", "First:\n```python\nimport math\n```\nthen")
    assert responses.read(TASK, 0, text, "stop").code == "import math\n\ndef f(x):\n    return x + 1"


def test_a_solution_is_what_stands_before_the_tests():
    assert responses.solution(WHOLE) == "Add one.\n\n```python\ndef f(x):\n    return x + 1\n```"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("loops, recursion", ("loops", "recursion")),
        ("### Concepts\n loops ,loops, ", ("loops",)),
        ("- loops\n- `recursion`\n", ("loops", "recursion")),
        (
            "This function walks through all of the elements of the list that it was given and adds them up",
            (),
        ),
    ],
)
def test_concepts_are_read_from_lists_of_any_shape(text, found):
    assert concepts.read("s", text, "stop").concepts == found
