"""The worked examples: all of them are what prompts say they are."""

import asyncio
from collections import Counter

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.generate import bank, concepts, instructions, responses
from sharpen.selfcodealign.rows import Instruction
from sharpen.selfcodealign.validate.gates import STANDARD, Bench, Finding, examine
from sharpen.types import Message

ITEMS = [f"item {number}" for number in range(60)]


def test_every_response_passes_its_tests_and_the_tests_every_gate():
    """In the real sandbox, as a model's would: no stub passes, every check is reached and heeded."""

    async def examined() -> dict[str, Finding]:
        sandbox = ProcessSandbox()
        bench = Bench(sandbox, ProcessSandbox(hash_seed=1), sandbox, Limits(), STANDARD)
        try:
            codes = {example.name: responses.code_in(example.response) for example in bank.bank()}
            found = [examine(codes[example.name], example.tests, bench) for example in bank.bank()]
            return dict(zip(codes, await asyncio.gather(*found), strict=True))
        finally:
            await bench.sandbox.close()
            await bench.other.close()

    found = asyncio.run(examined())
    assert {name: finding.reason for name, finding in found.items() if finding.reason} == {}
    assert {finding.verdict for finding in found.values()} == {"passed"}
    assert min(finding.gates["checks"] for finding in found.values()) == 2


def test_seeds_are_documented_functions():
    for example in bank.bank():
        names: dict[str, object] = {}
        exec(example.seed, names)
        assert any(callable(value) and value.__doc__ for value in names.values()), example.name


def test_the_bank_holds_as_many_kinds_as_it_says():
    found = bank.bank()
    assert Counter(example.category for example in found) == {"function": 11, "class": 5, "program": 5}
    assert Counter(example.difficulty for example in found) == {"easy": 7, "medium": 8, "hard": 6}
    assert len({example.name for example in found}) == 21


def test_eight_examples_leave_room_in_a_small_context():
    """At about four characters a token; 4,096 tokens hold the seed and the answer too."""
    longest = sorted(bank.bank(), key=lambda example: len(example.seed), reverse=True)[:8]
    (*turns, _) = concepts.prompt("", longest, completion=False)
    assert sum(len(turn.content) for turn in turns) / 4 < 1200


def test_a_draw_depends_on_the_item_alone():
    draws = {item: bank.drawn("concepts", item, 0, 8, 0) for item in ITEMS}
    assert all(bank.drawn("concepts", item, 0, 8, 0) == draws[item] for item in reversed(ITEMS))
    assert len({tuple(example.name for example in draw) for draw in draws.values()}) == len(ITEMS)
    assert {example.name for draw in draws.values() for example in draw} == {
        example.name for example in bank.bank()
    }
    assert bank.drawn("concepts", "item 1", 1, 8, 0) != draws["item 1"]
    assert bank.drawn("instruction", "item 1", 0, 8, 0) != draws["item 1"]


def test_decks_are_so_many_draws():
    draws = {tuple(e.name for e in bank.drawn("concepts", item, 0, 8, 4)) for item in ITEMS}
    assert len(draws) == 4


def test_a_smaller_draw_is_the_beginning_of_a_larger_one():
    assert bank.drawn("response", "x", 0, 2, 0) == bank.drawn("response", "x", 0, 5, 0)[:2]


def test_half_of_the_tasks_are_functions_and_difficulties_are_even():
    many = [instructions.properties(str(number), ("loops",), 0) for number in range(4000)]
    categories = Counter(wanted.category for wanted in many)
    shares = {"function": 0.5, "class": 0.25, "program": 0.25}
    assert all(abs(categories[name] / 4000 - share) < 0.03 for name, share in shares.items())
    difficulties = Counter(wanted.difficulty for wanted in many)
    assert all(abs(number / 4000 - 1 / 3) < 0.03 for number in difficulties.values())


def test_a_base_model_goes_on_with_one_text():
    shots = bank.bank()[:2]
    prompt = concepts.prompt("def f(x):\n    return x", shots, completion=True)
    assert isinstance(prompt, str)
    assert prompt.count("## Example") == 3
    assert prompt.endswith("```python\ndef f(x):\n    return x\n```\n\n### Concepts\n")


def test_a_chat_model_is_shown_turns():
    prompt = responses.prompt("Write `f`.", bank.bank()[:1], completion=False)
    assert [turn.role for turn in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[-1] == Message("user", "<instruction>\nWrite `f`.\n</instruction>")


@pytest.mark.parametrize("example", bank.bank(), ids=lambda example: example.name)
@pytest.mark.parametrize("completion", [True, False])
def test_an_example_is_read_as_it_was_written(example, completion):
    """What a prompt shows as an answer is what the reader of answers expects."""
    if completion:
        text = (
            responses.prompt("", [example], completion=True).split("</tests>")[0].split("<response>\n", 1)[1]
        )
    else:
        text = responses.prompt("", [example], completion=False)[2].content.split("</tests>")[0]
    task = Instruction("i", "s", example.concepts, example.category, example.difficulty, "Python", "t")
    response = responses.read(task, 0, text, "stop")
    assert responses.fault(response) == ""
    assert response.code == responses.code_in(example.response)
    assert response.tests == example.tests
    assert responses.solution(text) == example.response
