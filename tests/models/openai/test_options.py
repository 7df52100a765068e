import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sharpen.journal.keys import completion_key, fingerprint
from sharpen.methods.sample import Sample
from sharpen.models.openai.options import ServerOptions, expanded
from sharpen.run.run import outcome_key
from sharpen.types import Message, Sampling

SERVER = "http://a:1/v1#m"


def sample(**options: object) -> Sample:
    return Sample(**({"benchmark": "humaneval", "model": SERVER, "n": 2} | options))


def key(config: Sample) -> str:
    return completion_key("served:m", fingerprint("p"), config.sampling, 0)


def test_facts_recorded_before_servers_had_options_have_the_same_keys():
    prompt = fingerprint((Message("user", "p"),))
    assert completion_key(SERVER, prompt, Sampling(seed=3, stop=("x",)), 2) == (
        "478ef770ba0b041185634b6fcbaff108"
    )


@pytest.mark.parametrize("name", ["temperature", "top_p", "seed"])
def test_the_word_none_leaves_an_option_out_under_a_key_of_its_own(name):
    config = sample(**{name: "none"})
    assert getattr(config.sampling, name) is None
    assert key(config) != key(sample())
    assert outcome_key(config, "sandbox") != outcome_key(sample(), "sandbox")


@pytest.mark.parametrize(
    "server",
    [
        {"body": '{"top_k": 20}'},
        {"header": ("X-Team: code",)},
        {"reasoning_effort": "low"},
    ],
)
def test_what_is_added_to_a_request_is_in_its_key(server):
    assert key(sample(server=server)) != key(sample())
    assert outcome_key(sample(server=server), "sandbox") != outcome_key(sample(), "sandbox")


def test_how_long_and_how_many_at_once_is_in_no_key():
    config = sample(
        server={
            "timeout": 5,
            "concurrency": 2,
            "stream": True,
            "requests_per_minute": 9,
            "tokens_per_minute": 9,
        }
    )
    assert key(config) == key(sample())
    assert outcome_key(config, "sandbox") == outcome_key(sample(), "sandbox")


@given(st.dictionaries(st.text("abc"), st.integers() | st.text() | st.none() | st.lists(st.booleans())))
def test_one_body_has_one_spelling(fields):
    body = ServerOptions(body=fields).body
    assert ServerOptions(body=body).body == body
    assert ServerOptions(body=dict(reversed(fields.items()))).body == body


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"body": "{"}, "not JSON"),
        ({"body": "[1]"}, "not a JSON object"),
        ({"body": '{"a": NaN}'}, "not JSON"),
        ({"body": '{"temperature": 1}'}, "that is set by --temperature"),
        ({"body": '{"max_completion_tokens": 1}'}, "that is set by --max-tokens"),
        ({"body": '{"api_key": "hush"}'}, "api_key looks like a secret"),
        ({"header": ("nonsense",)}, "NAME: VALUE"),
        ({"header": ("X-Team:",)}, "NAME: VALUE"),
        ({"header": ("a b: c",)}, "NAME: VALUE"),
        ({"header": ("X-Team: hush\nX-Other: 1",)}, "no header may have"),
        ({"header": ("Authorization: Bearer hush",)}, "write 'Authorization: \\$VARIABLE'"),
        ({"header": ("api-key: hush",)}, "looks like a secret"),
        ({"timeout": 0}, "greater than 0"),
        ({"concurrency": 0}, "greater than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_its_value(options, sentence):
    with pytest.raises(ValidationError, match=sentence) as caught:
        ServerOptions(**options)
    assert "hush" not in str(caught.value)


def test_secrets_of_headers_are_recorded_by_the_names_of_their_variables():
    options = ServerOptions(header=("api-key: $AZURE_KEY", "X-Run: a-${RUN}"))
    assert "AZURE_KEY" in options.request_headers
    result = expanded(options.request_headers, {"AZURE_KEY": "hush\n", "RUN": "7"})
    assert result == {"api-key": "hush", "x-run": "a-7"}


def test_options_of_servers_are_refused_where_no_server_is_asked():
    with pytest.raises(ValidationError, match="the run asks none"):
        sample(model="./file.gguf", server={"body": '{"top_k": 1}'})
