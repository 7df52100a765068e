"""What an answer becomes, whatever its shape."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import ModelError
from sharpen.models.openai.answer import read_completion, read_models
from sharpen.models.openai.endpoint import parse_endpoint
from sharpen.models.openai.errors import ServerError, kind_of
from sharpen.types import Completion, Sampling

ENDPOINT = parse_endpoint("http://host:1/v1#m", {})
USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}


def read(body: object, max_tokens: int = 512) -> Completion:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_completion(text, ENDPOINT, Sampling(max_tokens=max_tokens), 1.0)


def answer(content: object, finish: object = "stop", usage: object = USAGE, **message: object) -> dict:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}}
    return {"choices": [choice | {"finish_reason": finish}], "usage": usage}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("whole", "whole"),
        ([{"type": "text", "text": "who"}, {"type": "text", "text": "le"}], "whole"),
        (
            [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "x"},
            ],
            "x",
        ),
        ([{"type": "reasoning", "text": "hm"}, {"type": "output_text", "text": "x"}], "x"),
        ([{"text": "hm", "thought": True}, {"text": "x"}], "x"),
        (["a", {"type": "text", "text": {"value": "b"}}, 7, None], "ab"),
        ({"type": "text", "text": "x"}, "x"),
        ("", ""),
        (None, ""),
        ([], ""),
        (7, ""),
    ],
)
def test_content_as_text_or_parts(content, text):
    assert read(answer(content)).text == text


def test_reasoning_in_its_own_field_is_no_part_of_the_answer():
    assert read(answer("x", reasoning_content="hm")).text == "x"


@pytest.mark.parametrize(
    "name", ["reasoning_content", "reasoning", "thinking", "reasoning_text", "thinking_content"]
)
def test_an_answer_that_is_all_reasoning_is_kept_as_a_thought(name):
    completion = read(answer(None, **{name: "def f(): ..."}))
    assert completion.text == "<think>\ndef f(): ...\n</think>\n"
    assert completion.finish_reason == "thought"


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]},
        {"reasoning": {"content": "hm"}},
        {"content": " \n\n", "reasoning_content": "hm"},
    ],
)
def test_reasoning_in_other_forms(fields):
    completion = read(answer(**{"content": None} | fields))
    assert (completion.text, completion.finish_reason) == ("<think>\nhm\n</think>\n", "thought")


@pytest.mark.parametrize(("tokens", "finish"), [(20, "thought"), (3, "stop"), (0, "stop")])
def test_tokens_without_any_text_were_thought(tokens, finish):
    usage = {"prompt_tokens": 10, "completion_tokens": tokens}
    for content in ("", None):
        assert read(answer(content, usage=usage)).finish_reason == finish


@pytest.mark.parametrize(
    ("choice", "usage", "finish"),
    [
        ({"message": {"role": "assistant"}, "finish_reason": "content_filter"}, USAGE, "filter"),
        ({"message": {"role": "assistant"}, "finish_reason": "content_filter"}, None, "filter"),
        ({"message": None, "finish_reason": "content_filter"}, USAGE, "filter"),
        ({"finish_reason": "SAFETY"}, USAGE, "filter"),
        ({"message": {"role": "assistant"}, "finish_reason": "length"}, {"prompt_tokens": 9, "total_tokens": 99}, "length"),
    ],
)  # fmt: skip
def test_an_answer_whose_field_is_left_out(choice, usage, finish):
    completion = read({"choices": [choice], "usage": usage})
    assert (completion.text, completion.finish_reason) == ("", finish)


def test_an_answer_that_was_taken_for_a_call_is_its_arguments():
    call = {"function": {"name": "python", "arguments": "CODE"}}
    assert read(answer(None, "tool_calls", tool_calls=[call])).text == "CODE"
    assert read(answer(None, "function_call", function_call=call["function"])).text == "CODE"
    assert read(answer("text", tool_calls=[call])).text == "text"


@pytest.mark.parametrize(
    ("finish", "meant"),
    [
        ("incomplete", "length"),
        ("ERROR_LIMIT", "length"),
        ("ERROR_TOXIC", "filter"),
        ("model_length", "length"),
    ],
)
def test_ends_in_other_words(finish, meant):
    assert read(answer("x", finish)).finish_reason == meant


def test_an_answer_that_is_cut_in_its_reasoning_is_an_open_thought():
    completion = read(answer(None, "length", reasoning_content="hm"))
    assert (completion.text, completion.finish_reason) == ("<think>\nhm", "length")


def test_a_refusal_is_what_was_answered():
    assert read(answer(None, refusal="I cannot help.")).text == "I cannot help."


def test_an_answer_in_the_old_form_and_one_of_many():
    body = {"choices": [{"index": 1, "text": "b"}, {"index": 0, "text": "a"}], "usage": USAGE}
    assert read(body).text == "a"


@pytest.mark.parametrize("finish", [None, "", "something_new", 3, {}])
def test_an_end_that_is_not_known_is_cut_where_all_tokens_are_used(finish):
    assert read(answer("x", finish)).finish_reason == "stop"
    assert read(answer("x", finish), max_tokens=20).finish_reason == "length"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 429, "message": "slow"}}, "busy"),
        ({"error": {"code": "502", "message": "bad"}}, "failing"),
        ({"error": {"type": "overloaded_error", "message": "busy"}, "type": "error"}, "busy"),
        ({"error": "Internal server error"}, "failing"),
        ({"error": {"message": "no such tool"}}, "other"),
        (
            {"object": "error", "message": "This model's maximum context length is 512", "code": 40303},
            "overflow",
        ),
        ({"detail": "Rate limit exceeded"}, "busy"),
        ({"choices": []}, "failing"),
        ({"choices": [None]}, "failing"),
        ({"choices": [{"error": {"code": 502, "message": "x"}, "message": {"content": ""}}]}, "failing"),
        (answer("half", "error"), "failing"),
        (answer("half", "abort"), "failing"),
        ("", "failing"),
        ("data: {}\n\n", "failing"),
        ('data: {"choices":[{"delta":{"content":"half"}}]}\n\n', "failing"),
        ('data: {"error":{"code":429,"message":"slow"}}\n\n', "busy"),
        ('{"choices": [{"message": {"content": "hal', "failing"),
        ("<html><title>502 Bad Gateway</title></html>", "failing"),
        ("rate limit exceeded, retry later", "busy"),
        ("<html>Please sign in</html>", "other"),
    ],
)
def test_an_error_inside_a_200_is_the_error_that_it_is(body, kind):
    with pytest.raises(ServerError) as caught:
        read(body)
    assert kind_of(caught.value) == kind


def stream(*pieces: object) -> str:
    lines = [f"data: {json.dumps(piece)}" for piece in pieces]
    return ": keep-alive\r\n\r\n" + "\r\n\r\n".join([*lines, "data: [DONE]", ""])


def test_a_stream_is_put_together():
    first, second = "\ud83d", "\ude00"
    completion = read(
        stream(
            {"choices": [{"index": 0, "delta": {"role": "assistant", "reasoning_content": "hm"}}]},
            {"choices": [{"index": 0, "delta": {"content": f"a{first}"}}]},
            {"choices": [{"index": 0, "delta": {"content": f"{second}b"}, "finish_reason": "length"}]},
            {"choices": [], "usage": USAGE},
        )
    )
    assert (completion.text, completion.finish_reason) == ("a😀b", "length")
    assert completion.completion_tokens == 20


LAST = {"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}], "usage": USAGE}


@pytest.mark.parametrize(
    "text",
    [
        "data: " + json.dumps(LAST, indent=1).replace("\n", "\ndata: ") + "\n\ndata: [DONE]\n\n",
        "data: \n\n" + stream(LAST),
        stream(LAST).replace("\r\n\r\n", "\n"),
        "event: message\nid: 1\n" + stream(LAST),
        stream(LAST, {"choices": [{"index": 0, "message": {"content": "b"}, "finish_reason": "stop"}]}),
        stream({"choices": [{"index": 0, "delta": {"refusal": "b"}}]}, LAST | {"choices": []}),
        stream(
            {"choices": [{"delta": {"tool_calls": [{"function": {"name": "f", "arguments": "b"}}]}}]},
            {"choices": [{"delta": {}, "finish_reason": "tool_calls"}], "usage": USAGE},
        ),
    ],
    ids=[
        "data of many lines",
        "empty data",
        "no blank lines",
        "fields",
        "the message once more",
        "refusal",
        "call",
    ],
)
def test_odd_streams(text):
    assert read(text).text == "b"


def test_ends_of_lines_that_are_not_escaped():
    assert read(json.dumps(answer("aNb")).replace("N", "\n")).text == "a\nb"


@pytest.mark.parametrize("before", ["\n\n   \n", ""])
def test_white_space_before_an_answer(before):
    assert read(before + json.dumps(answer("x"))).text == "x"


@pytest.mark.parametrize("text", ["\ud83d", "a\x00b", "\u2028"])
def test_odd_characters_are_kept(text):
    assert read(answer(text)).text == text


SCALAR = st.none() | st.booleans() | st.integers(-5, 99) | st.floats() | st.text(max_size=5)
PART = st.fixed_dictionaries(
    {}, optional={"type": st.sampled_from(["text", "thinking"]) | SCALAR, "text": SCALAR, "thinking": SCALAR}
)
CONTENT = SCALAR | st.lists(PART | SCALAR, max_size=3) | PART
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "content": CONTENT,
        "reasoning_content": CONTENT,
        "reasoning_details": CONTENT,
        "refusal": CONTENT,
        "tool_calls": st.lists(
            st.dictionaries(st.just("function"), st.dictionaries(st.just("arguments"), SCALAR))
        ),
    },
)
FINISH = SCALAR | st.sampled_from(["stop", "length", "content_filter", "error", "eos_token", "tool_calls"])
CHOICE = st.fixed_dictionaries(
    {},
    optional={
        "index": SCALAR,
        "message": MESSAGE | SCALAR,
        "delta": MESSAGE | SCALAR,
        "text": CONTENT,
        "finish_reason": FINISH,
        "error": SCALAR | st.dictionaries(st.sampled_from(["code", "message"]), SCALAR),
    },
)
COUNTS = st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "cached_tokens"]),
    SCALAR | st.integers(),
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(CHOICE | SCALAR, max_size=2) | SCALAR,
        "usage": COUNTS | SCALAR | st.just(USAGE),
        "error": SCALAR | st.dictionaries(st.sampled_from(["code", "message", "type"]), SCALAR),
        "x_groq": SCALAR,
    },
)


def texts(value: object) -> str:
    """All texts in a value."""
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "".join(map(texts, parts))


@given(body=BODY | SCALAR, streamed=st.booleans())
def test_any_body_is_an_answer_that_somebody_gave_or_one_error(body, streamed):
    try:
        completion = read(stream(body) if streamed else body)
    except (ModelError, ServerError):
        return
    given_text = texts(body)
    assert set(completion.text.replace("<think>\n", "").replace("\n</think>\n", "")) <= set(given_text)
    assert completion.prompt_tokens >= 0
    assert completion.completion_tokens > 0 or not completion.text
    assert completion.cached_tokens <= completion.prompt_tokens


@given(text=st.text(min_size=1), finish=SCALAR | st.sampled_from(["eos", "STOP", "model_length", "SAFETY"]))
def test_an_answer_that_was_paid_for_is_kept_whatever_its_end(text, finish):
    assert read(answer(text, finish)).text == text


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_is_one_error(text):
    with pytest.raises((ModelError, ServerError)):
        read(text)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"choices": ' + "9" * 5000 + "}"])
def test_what_no_parser_takes_is_an_error(text):
    with pytest.raises((ModelError, ServerError)):
        read(text)


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ({"id": "m", "max_model_len": 4096}, 4096),
        ({"id": "m", "context_length": 8192}, 8192),
        ({"name": "m", "meta": {"n_ctx": 2048}}, 2048),
        ({"id": "m", "max_model_len": "4096"}, None),
        ({"id": "m"}, None),
    ],
)
def test_models_are_listed_with_the_context_where_it_is_said(entry, context):
    assert read_models(json.dumps({"data": [entry, 7, {"id": None}]}), ENDPOINT) == {"m": context}
