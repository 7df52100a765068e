import json
from dataclasses import replace
from unittest.mock import ANY

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError, UsageError
from sharpen.selfcodealign.train.pairs import IGNORED, Pair, counts, encode, read, split, template
from sharpen.types import Message


class Bytes:
    """A tokenizer of transformers' shape: a token a byte, and one that begins a text if asked."""

    eos_token_id, eos_token = 0, "<end>"

    def __init__(self, bos_token=None, chat_template="{{ bos_token }}{{ messages[-1].content }}>"):
        self.bos_token, self.chat_template = bos_token, chat_template

    def apply_chat_template(self, turns, chat_template, tokenize, add_generation_prompt):
        assert not tokenize
        made = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(
            chat_template or self.chat_template
        )
        tokens = {"bos_token": self.bos_token or "", "eos_token": self.eos_token}
        return made.render(messages=turns, add_generation_prompt=add_generation_prompt, **tokens)

    def __call__(self, text, add_special_tokens):
        begin = [1] if add_special_tokens and self.bos_token else []
        if self.bos_token and text.startswith(self.bos_token):
            begin, text = [*begin, 1], text.removeprefix(self.bos_token)
        return {"input_ids": [*begin, *text.encode()]}


def pair(prompt="Add.", response="a + b", identity="x", group=""):
    return Pair(identity, (Message("user", prompt),), response, group)


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    "row",
    [
        {"id": "7", "prompt": "Add.", "completion": "a + b", "origin": "lib"},
        {"id": "7", "prompt": [{"role": "user", "content": "Add."}], "completion": "a + b"},
        {
            "id": "7",
            "prompt": [{"role": "user", "content": "Add."}],
            "completion": [{"role": "assistant", "content": "a + b"}],
        },
        {"id": "7", "instruction": "Add.", "response": "a + b", "tests": "assert True"},
        {"id": 7, "instruction": "Add.", "response": "a + b"},
        {
            "id": "7",
            "messages": [{"role": "user", "content": "Add."}, {"role": "assistant", "content": "a + b"}],
        },
    ],
)
def test_exports_and_stages_are_read_alike(tmp_path, row):
    assert read(written(tmp_path / "rows.jsonl", row)) == [pair(identity="7", group="Add.")]


def turn(role, content, **train):
    return {"role": role, "content": content} | train


TALK = [
    turn("user", "Add."),
    turn("assistant", "a + b"),
    turn("user", "Floats?"),
    turn("assistant", "float(a)"),
]


def test_of_several_turns_only_the_assistants_are_trained(tmp_path):
    as_prompt = {"id": 1, "prompt": TALK[:1], "completion": TALK[1:]}
    for row in ({"id": 1, "messages": TALK}, as_prompt):
        one, two = read(written(tmp_path / "rows.jsonl", row))
        assert (one.response, two.response) == ("a + b", "float(a)")
        assert [message.content for message in two.prompt] == ["Add.", "a + b", "Floats?"]
        assert one.group == two.group == "Add."
        assert one.id != two.id


def test_turns_of_a_prompt_and_turns_that_are_not_marked_are_not_trained(tmp_path):
    (one,) = read(written(tmp_path / "rows.jsonl", {"prompt": TALK[:3], "completion": TALK[3:]}))
    assert one.response == "float(a)"
    marked = [turn | {"train": number == 3} for number, turn in enumerate(TALK)]
    assert read(written(tmp_path / "rows.jsonl", {"messages": marked})) == [replace(one, group=ANY)]


def test_equal_rows_are_read_once(tmp_path):
    rows = [{"id": n, "prompt": "Add.", "completion": "a + b"} for n in range(9)]
    assert len(read(written(tmp_path / "rows.jsonl", *rows))) == 1


def test_rows_of_a_problem_are_on_one_side(tmp_path):
    rows = [{"id": n, "problem": n % 40, "prompt": f"Try {n}.", "completion": f"a + {n}"} for n in range(400)]
    selected, held = split(read(written(tmp_path / "rows.jsonl", *rows)), 0.3)
    assert selected and held
    assert not {each.group for each in selected} & {each.group for each in held}


def test_a_row_without_an_id_gets_one_of_its_texts(tmp_path):
    rows = [
        {"prompt": "a", "completion": "b"},
        {"prompt": "a", "completion": "c"},
        {"prompt": "a", "completion": "b"},
    ]
    one, two = (pair.id for pair in read(written(tmp_path / "rows.jsonl", *rows)))
    (again,) = (pair.id for pair in read(written(tmp_path / "rows.jsonl", rows[2])))
    assert one == again != two


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "has no rows"),
        ([{"prompt": "a", "completion": "b"}, {"prompt": "a"}], "row 2 has no completion or response"),
        ([{"completion": "b"}], "row 1 has no prompt or instruction"),
        ([{"prompt": 3, "completion": "b"}], "line 1"),
        ([{"prompt": "a", "completion": " \n"}], "row 1 has no completion or response"),
        ([{"prompt": "a", "completion": [{"role": "user", "content": "b"}]}], "row 1 has no completion"),
        ([{"messages": [{"role": "assistant", "content": "b"}]}], "row 1 has no prompt"),
        ([{"prompt": "a\ud800", "completion": "b"}], "row 1 has half of a surrogate pair"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_named(tmp_path, rows, sentence):
    with pytest.raises(DataError, match=sentence):
        read(written(tmp_path / "rows.jsonl", *rows))


@given(
    ids=st.lists(st.text(min_size=1), unique=True, max_size=50),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_where_a_row_goes_depends_on_its_content_alone(ids, shares):
    low, high = sorted(shares)
    pairs = [pair(prompt=identity, identity=identity) for identity in ids]
    selected, held = split(pairs, low)
    assert sorted(p.id for p in [*selected, *held]) == sorted(ids)
    assert [p for p in pairs if p in held] == held
    assert set(split(pairs[::2], low)[1]) == set(held) & set(pairs[::2])
    assert set(held) <= set(split(pairs, high)[1])


def test_a_tenth_is_about_a_tenth():
    assert 70 < len(split([pair(prompt=str(i)) for i in range(1000)], 0.1)[1]) < 130


def test_only_the_response_and_its_end_count():
    example = encode(pair(), Bytes(), "chat", 100)
    assert bytes(example.tokens[: example.prompt_tokens]) == b"Add.>"
    assert bytes(example.tokens[example.prompt_tokens :]) == b"a + b\0"
    labels = example.features["labels"]
    assert labels[:5] == [IGNORED] * 5
    assert labels[5:] == list(b"a + b\0")
    assert not example.cut


def test_the_form_of_the_paper():
    example = encode(pair(), Bytes(), "instruction", 500)
    text = bytes(example.tokens).decode()
    assert text.endswith("\n\n### Instruction\nAdd.\n\n### Response\na + b\0")
    assert text.count("\n\n") == 2
    assert encode(pair(), Bytes("<s>"), "instruction", 500).tokens == (1, *example.tokens)


def test_a_template_that_begins_the_text_itself_begins_it_once():
    assert encode(pair(), Bytes("<s>"), "chat", 100).tokens == (
        1,
        *encode(pair(), Bytes(), "chat", 100).tokens,
    )


def test_a_system_turn_of_a_row_takes_the_place_of_ours():
    turns = (Message("system", "Be brief."), Message("user", "Add."))
    example = encode(Pair("x", turns, "a"), Bytes(), "instruction", 500)
    assert bytes(example.tokens).startswith(b"Be brief.\n\n### Instruction\nAdd.")


def test_a_long_row_is_cut_and_a_long_prompt_leaves_no_room():
    cut = encode(pair(), Bytes(), "chat", 8)
    assert (len(cut.tokens), cut.cut) == (8, True)
    assert encode(pair(), Bytes(), "chat", 5) is None
    assert counts([cut], 2) == {"rows": 1, "left_out": 1, "cut": 1, "tokens": 8, "response_tokens": 3}


def test_a_missing_template_and_one_that_refuses_a_turn_are_named():
    with pytest.raises(UsageError, match="no chat template: use --prompts instruction"):
        encode(pair(), Bytes(chat_template=None), "chat", 100)
    strict = Bytes()
    refusing = Pair("x7", (Message("system", "Be brief."), Message("user", "Add.")), "a")
    strict.apply_chat_template = refuse
    with pytest.raises(DataError, match=r"refuses row x7, whose turns are system, user \(no system role\)"):
        encode(refusing, strict, "chat", 100)


def refuse(*_, **__):
    """What transformers' ``raise_exception`` does in a template."""
    raise jinja2.TemplateError("no system role")


def test_the_models_own_form_is_left_to_the_model():
    assert template("chat") == ""
