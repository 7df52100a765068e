"""The worked examples: all of them are what prompts say they are."""

import asyncio
from collections import Counter

import pytest

from sharpen.errors import UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.generate import bank, concepts, instructions, responses
from sharpen.selfcodealign.rows import Instruction
from sharpen.selfcodealign.validate.gates import STANDARD, Finding, ValidationRules, examine
from sharpen.types import Message

ITEMS = [f"item {number}" for number in range(60)]


def test_every_response_passes_its_tests_and_the_tests_every_gate():
    """In the real sandbox, as a model's would: no stub passes, every check is reached and heeded."""

    async def examined() -> dict[str, Finding]:
        sandbox = ProcessSandbox()
        bench = ValidationRules(sandbox, ProcessSandbox(hash_seed=1), sandbox, Limits(), STANDARD)
        try:
            codes = {example.name: responses.code_in(example.response) for example in bank.load_examples()}
            result = [examine(codes[example.name], example.tests, bench) for example in bank.load_examples()]
            return dict(zip(codes, await asyncio.gather(*result), strict=True))
        finally:
            await bench.sandbox.close()
            await bench.other.close()

    result = asyncio.run(examined())
    assert {name: finding.reason for name, finding in result.items() if finding.reason} == {}
    assert {finding.verdict for finding in result.values()} == {"passed"}
    assert min(finding.gates["checks"] for finding in result.values()) == 2


def test_seeds_are_documented_functions():
    for example in bank.load_examples():
        names: dict[str, object] = {}
        exec(example.seed, names)
        assert any(callable(value) and value.__doc__ for value in names.values()), example.name


def test_the_bank_holds_as_many_kinds_as_it_says():
    result = bank.load_examples()
    assert Counter(example.category for example in result) == {"function": 11, "class": 6, "program": 6}
    assert Counter(example.difficulty for example in result) == {"easy": 8, "medium": 8, "hard": 7}
    assert len({example.name for example in result}) == 23


def test_no_kind_of_task_has_a_single_example():
    kinds = Counter((example.category, example.difficulty) for example in bank.load_examples())
    assert len(kinds) == 9
    assert min(kinds.values()) >= 2


def test_eight_examples_leave_room_in_a_small_context():
    """At about four characters a token; 4,096 tokens hold the seed and the answer too."""
    longest = sorted(bank.load_examples(), key=lambda example: len(example.seed), reverse=True)[:8]
    (*turns, _) = concepts.prompt("", longest, "", completion=False)
    assert sum(len(turn.content) for turn in turns) / 4 < 1200


def choose(prompt="concepts", item="x", seed=0, shots=8, sets=0, like=()):
    return bank.choose(bank.load_examples(), prompt, item, seed=seed, shots=shots, sets=sets, like=like)


def test_a_choice_depends_on_the_item_alone():
    choices = {item: choose(item=item) for item in ITEMS}
    assert all(choose(item=item) == choices[item] for item in reversed(ITEMS))
    assert len({tuple(example.name for example in result) for result in choices.values()}) == len(ITEMS)
    assert {example.name for result in choices.values() for example in result} == {
        example.name for example in bank.load_examples()
    }
    assert choose(item="item 1", seed=1) != choices["item 1"]
    assert choose("instruction", item="item 1") != choices["item 1"]


def test_sets_bound_the_number_of_choices():
    assert len({tuple(e.name for e in choose(item=item, sets=4)) for item in ITEMS}) == 4


def test_the_most_alike_come_last_and_stay_in_a_smaller_choice():
    result = choose("response", shots=5, like=("class", "hard"))
    assert {(example.category, example.difficulty) for example in result[-2:]} == {("class", "hard")}
    assert choose("response", shots=2, like=("class", "hard")) == result[-2:]


def test_another_bank_and_other_prompts_are_read_from_a_folder(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'category = "function"\ndifficulty = "easy"\nseed_concepts = ["a"]\nconcepts = ["b"]\n'
        'seed = "def f(): ..."\ninstruction = "Do."\nresponse = "So."\ntests = "assert True"\n'
    )
    (tmp_path / "concepts.txt").write_text("Name the concepts.\n")
    assert [example.name for example in bank.load_examples(tmp_path)] == ["mine"]
    assert bank.load_system_prompt("concepts", tmp_path) == "Name the concepts."
    assert bank.load_system_prompt("response", tmp_path) == bank.load_system_prompt("response")


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "has no examples"), ("x = ", "is not an example"), ("x = 1", "is not an")]
)
def test_a_folder_that_is_no_bank_is_refused(tmp_path, text, sentence):
    if text:
        (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError, match=sentence):
        bank.load_examples(tmp_path)


def test_a_copy_of_an_example_is_told_from_a_task_of_its_own():
    originals = [example.instruction for example in bank.load_examples()]
    assert bank.copies_any(originals[3].replace("voters", "people").upper(), originals)
    assert not bank.copies_any(originals[3], originals[:3])


def test_half_of_the_tasks_are_functions_and_difficulties_are_even():
    many = [instructions.properties(str(number), ("loops",), 0) for number in range(4000)]
    categories = Counter(wanted.category for wanted in many)
    shares = {"function": 0.5, "class": 0.25, "program": 0.25}
    assert all(abs(categories[name] / 4000 - share) < 0.03 for name, share in shares.items())
    difficulties = Counter(wanted.difficulty for wanted in many)
    assert all(abs(number / 4000 - 1 / 3) < 0.03 for number in difficulties.values())


def test_a_base_model_goes_on_with_one_text():
    shots = bank.load_examples()[:2]
    prompt = concepts.prompt("def f(x):\n    return x", shots, "Name.", completion=True)
    assert isinstance(prompt, str)
    assert prompt.count("## Example") == 3
    assert prompt.endswith("```python\ndef f(x):\n    return x\n```\n\n### Concepts\n")


def test_a_chat_model_is_shown_turns():
    prompt = responses.prompt("Write `f`.", bank.load_examples()[:1], "Solve.", completion=False)
    assert [turn.role for turn in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[-1] == Message("user", "<instruction>\nWrite `f`.\n</instruction>")


@pytest.mark.parametrize("example", bank.load_examples(), ids=lambda example: example.name)
@pytest.mark.parametrize("completion", [True, False])
def test_an_example_is_read_as_it_was_written(example, completion):
    """What a prompt shows as an answer is what the reader of answers expects."""
    if completion:
        text = (
            responses.prompt("", [example], "", completion=True)
            .split("</tests>")[0]
            .split("<response>\n", 1)[1]
        )
    else:
        text = responses.prompt("", [example], "", completion=False)[2].content.split("</tests>")[0]
    task = Instruction("i", "s", example.concepts, example.category, example.difficulty, "Python", "t")
    response = responses.read(task, 0, text, "stop")
    assert responses.fault(response, ()) == ""
    assert response.code == responses.code_in(example.response)
    assert response.tests == example.tests
    assert responses.solution(text) == example.response
