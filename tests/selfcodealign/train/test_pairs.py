import json

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
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


def pair(prompt="Add.", response="a + b", identity="x"):
    return Pair(identity, (Message("user", prompt),), response)


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
    ],
)
def test_exports_and_stages_are_read_alike(tmp_path, row):
    assert read(written(tmp_path / "rows.jsonl", row)) == [pair(identity="7")]


def test_a_row_without_an_id_gets_one_of_its_texts(tmp_path):
    rows = [
        {"prompt": "a", "completion": "b"},
        {"prompt": "a", "completion": "c"},
        {"prompt": "a", "completion": "b"},
    ]
    one, two, three = (pair.id for pair in read(written(tmp_path / "rows.jsonl", *rows)))
    assert one == three != two


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "has no rows"),
        ([{"prompt": "a", "completion": "b"}, {"prompt": "a"}], "row 2 has no completion or response"),
        ([{"completion": "b"}], "row 1 has no prompt or instruction"),
        ([{"prompt": 3, "completion": "b"}], "line 1"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_named(tmp_path, rows, sentence):
    with pytest.raises(DataError, match=sentence):
        read(written(tmp_path / "rows.jsonl", *rows))


@given(
    ids=st.lists(st.text(min_size=1), unique=True, max_size=50),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_where_a_row_goes_depends_on_its_id_alone(ids, shares):
    low, high = sorted(shares)
    pairs = [pair(identity=identity) for identity in ids]
    kept, held = split(pairs, low)
    assert sorted(p.id for p in [*kept, *held]) == sorted(ids)
    assert [p for p in pairs if p in held] == held
    assert set(split(pairs[::2], low)[1]) == set(held) & set(pairs[::2])
    assert set(held) <= set(split(pairs, high)[1])


def test_a_tenth_is_about_a_tenth():
    assert 70 < len(split([pair(identity=str(i)) for i in range(1000)], 0.1)[1]) < 130


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


def test_the_models_own_form_is_left_to_the_model():
    assert template("chat") == ""
