"""Answers without thoughts: the marks of many models as a table, and laws for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.answers import answer_in
from sharpen.types import Completion, Node

DRAFT = "A first try:\n```python\ndef f(x):\n    return 0\n```\nIt's wrong, `f(1)` isn't 0."
ANSWER = "```python\ndef f(x):\n    return x\n```"

PAIRS = {
    "think": ("<think>", "</think>"),
    "thinking": ("<thinking>", "</thinking>"),
    "capitals": ("<Thinking>", "</Thinking>"),
    "thought": ("<thought>", "</thought>"),
    "prefixed": ("<seed:think>", "</seed:think>"),
    "brackets": ("[THINK]", "[/THINK]"),
    "triangles": ("◁think▷", "◁/think▷"),
    "begin and end": ("<|begin_of_thought|>", "<|end_of_thought|>"),
    "start and end": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "inner": ("<|inner_prefix|>", "<|inner_suffix|>"),
    "unused": ("<unused94>thought\n", "<unused95>"),
    "one-sided channel": ("<|channel>thought\n", "<channel|>"),
    "begin and end of reasoning": ("<|begin_of_reasoning|>", "<|end_of_reasoning|>"),
    "bars": ("<|think|>", "<|/think|>"),
    "a process": ("<thought_process>", "</thought_process>"),
    "reasoning": ("<reasoning>", "</reasoning>"),
    "a scratchpad": ("<scratchpad>", "</scratchpad>"),
    "a rationale": ("<rationale>", "</rationale>"),
    "a chain": ("<chain_of_thought>", "</chain_of_thought>"),
    "a monologue": ("<inner_monologue>", "</inner_monologue>"),
    "a plan": ("<planning>", "</planning>"),
}
CHANNEL = "<|channel|>analysis<|message|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(("opening", "closing"), PAIRS.values(), ids=PAIRS.keys())
class TestPairs:
    def test_a_thought_is_no_part(self, opening, closing):
        assert answer_in(f"{opening}\n{DRAFT}\n{closing}\n\n{ANSWER}") == ANSWER

    def test_the_opening_mark_may_be_in_the_prompt(self, opening, closing):
        assert answer_in(f"{DRAFT}\n{closing}\n{ANSWER}") == ANSWER

    def test_the_closing_mark_may_end_a_line(self, opening, closing):
        assert answer_in(f"{opening}{DRAFT} So be it.{closing}{ANSWER}") == ANSWER

    def test_a_thought_that_is_cut_holds_no_answer(self, opening, closing):
        assert answer_in(f"{opening}\n{DRAFT}") == ""

    def test_an_answer_before_a_cut_thought_stays(self, opening, closing):
        assert answer_in(f"{ANSWER}\n{opening}\n{DRAFT}") == ANSWER

    def test_thoughts_between_parts(self, opening, closing):
        text = f"{opening}a{closing}One\n{opening}\nb\n{closing}\nTwo"
        assert "".join(answer_in(text).split()) == "OneTwo"

    def test_indentation_stays(self, opening, closing):
        assert answer_in(f"{opening}\nx\n{closing}\n\n    return x\n") == "    return x"

    def test_in_quotes_it_is_text(self, opening, closing):
        code = f'def f(x):\n    return x.replace("{opening.strip()}", "").split("{closing}")\n'
        assert answer_in(code) == code
        assert answer_in(f"```python\n{code}```") == f"```python\n{code}```"

    def test_in_a_docstring_it_is_text(self, opening, closing):
        code = f'def f(x):\n    """Drop what is before\n    {closing}\n    """\n    return x\n'
        assert answer_in(code) == code

    def test_a_quoted_mark_in_a_thought_does_not_end_it(self, opening, closing):
        assert answer_in(f"{opening}\nI end with `{closing}` soon.\n{DRAFT}\n{closing}\n{ANSWER}") == ANSWER


CASES = {
    "channels": (f"{CHANNEL}{DRAFT}<|end|>{FINAL}{ANSWER}<|return|>", ANSWER),
    "channels without an end": (f"{CHANNEL}{DRAFT}{FINAL}{ANSWER}", ANSWER),
    "two channels of thought": (
        f"{CHANNEL}a<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|>{FINAL}{ANSWER}",
        ANSWER,
    ),
    "only the channel of thoughts": (f"{CHANNEL}{DRAFT}", ""),
    "a call of a tool is not an answer": ("<|channel|>commentary to=python <|message|>f(1)<|call|>", ""),
    "channels without their tokens": (f"analysisWe need f. {DRAFT}assistantfinal{ANSWER}", ANSWER),
    "a plan in words": (f"Here is my thought process:\n{DRAFT}\nHere is my response:\n{ANSWER}", ANSWER),
    "folded reasoning": (
        f'<details type="reasoning" done="true">\n{DRAFT}\n</details>\n{ANSWER}',
        ANSWER,
    ),
    "folded, with a summary": (
        f"<details>\n<summary>Thought process</summary>\n{DRAFT}\n</details>\n{ANSWER}",
        ANSWER,
    ),
    "reasoning that the answer ends": (f"<reasoning>\n{DRAFT}\n<answer>{ANSWER}", f"<answer>{ANSWER}"),
    "an answer behind an answer": (f"{ANSWER}\n<answer>so</answer>", f"{ANSWER}\n<answer>so</answer>"),
    "s1's": (f"<|im_start|>think\n{DRAFT}\n<|im_start|>answer\n{ANSWER}<|im_end|>", ANSWER),
    "s1's, cut": (f"<|im_start|>think\n{DRAFT}", ""),
    "Solar's": (f"<|think|>{DRAFT}<|end|><|begin|>assistant<|content|>{ANSWER}<|end|>", ANSWER),
    "channels without their tokens, cut": (f"analysisWe need f. {DRAFT}", ""),
    "a terminal's thought, cut": (f"Thinking...\n{DRAFT}", ""),
    "the end of a message": (f"{ANSWER}<|im_end|>", ANSWER),
    "another message after the end": (f"{ANSWER}\n<|endoftext|>Human: and now?\n{DRAFT}", ANSWER),
    "an end on the last line of code": ("def f(x):\n    return x</s>\n", "def f(x):\n    return x"),
    "an end with other bars": (f"{ANSWER}<｜end▁of▁sentence｜>", ANSWER),
    "any token at the end": (f"{ANSWER}<|endofmessage|><|endofmessage|>", ANSWER),
    "any token in the block": ("```python\nx = 1<|role_end|>\n```", "```python\nx = 1"),
    "any token with other bars": (f"{ANSWER}<｜fim▁end｜>", ANSWER),
    "the next speaker": (f"{ANSWER}<|human|>\nAnd now?\n{DRAFT}", ANSWER),
    "tags of the end": ("def f(x):\n    return x</s></s>", "def f(x):\n    return x"),
    "a header": (f"<|im_start|>assistant\n{ANSWER}<|im_end|>\n", ANSWER),
    "two thoughts of the prompt": (f"a</think>\n{DRAFT}\n</think>\n{ANSWER}", ANSWER),
}


@pytest.mark.parametrize(("text", "answer"), CASES.values(), ids=CASES.keys())
def test_marks_of_templates(text, answer):
    assert answer_in(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "Write <think> before a thought, then answer.",
        "The steps in <reasoning> tags help.\n\nUse a set.",
        "Here is my thought process: a set is enough.",
        "if x < y and y > z:\n    pass",
        "<s>old</s> and <details>new</details> are HTML.",
        "```python\nTOKENS = ['<|endoftext|>']\n```",
        "analysis of the failure: the assistant forgot 0",
        "Analysis\n\nA set is enough.",
        "Use <|name|> for a token, as in <|a|> b.",
        "```html\n<think>\n```\nis a tag.",
        "",
        " \n",
    ],
)
def test_ordinary_text_comes_back_as_it_is(text):
    assert answer_in(text) == text


@given(st.text())
def test_a_text_without_marks_comes_back_as_it_is(text):
    if not set("<[◁") & set(text):
        assert answer_in(text) == text


PIECES = st.sampled_from(
    [mark for pair in PAIRS.values() for mark in pair]
    + [CHANNEL, FINAL, "<|end|>", "<|im_end|>", "```python\n", "```\n", "\n", "x", "  ", '"', "'", "`", "def f(): pass"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12))
def test_what_is_returned_was_written(pieces):
    text = "".join(pieces)
    answer = answer_in(text)
    assert len(answer) <= len(text)
    rest = iter(text)
    assert all(character in rest for character in answer)


def test_a_row_knows_its_answer():
    text = f"<think>\n{DRAFT}\n</think>\n{ANSWER}"
    completion = Completion(text, 1, 0, 1, "stop", "m", 0.0)
    drawn = Node("1", None, "p", "program", 0, "m", text, completion=completion)
    written_by_a_person = Node("2", None, "p", "feedback", 0, "someone", text)
    assert drawn.answer == ANSWER
    assert written_by_a_person.answer == text
