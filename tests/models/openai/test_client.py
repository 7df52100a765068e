import asyncio
import json
from collections import Counter
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError, UsageError
from sharpen.models.openai.client import OpenAIModel
from sharpen.models.openai.endpoint import parse_endpoint
from sharpen.models.openai.options import ServerOptions
from sharpen.models.openai.retry import Retry
from sharpen.models.streaming import Drafts
from sharpen.types import Message, Sampling
from tests.models.conftest import Reply
from tests.models.openai.asking import CHAT, SAMPLING, ask, draw, opened

pytestmark = pytest.mark.anyio


# What is asked, and what an answer becomes


async def test_each_sample_is_a_request_with_its_own_seed(server, clock):
    drawn = await ask(server, clock, indices=[4, 1])
    assert set(drawn) == {4, 1}
    assert {requests.body["seed"] for requests in server.requests} == {
        SAMPLING.request_seed(index) for index in (4, 1)
    }
    assert all("n" not in requests.body for requests in server.requests)


async def test_a_conversation_goes_to_the_chat_route_whole(server, clock):
    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=11, stop=("\nclass",), seed=3)
    await ask(server, clock, sampling=sampling)
    (requests,) = server.requests
    assert requests.path == "/v1/chat/completions"
    assert requests.headers["authorization"] == "Bearer secret"
    assert requests.body == {
        "model": "coder",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say ok."},
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 11,
        "stop": ["\nclass"],
        "seed": sampling.request_seed(0),
    }


async def test_a_string_is_continued(server, clock):
    server.behave = lambda asked: server.answer("return 1")
    drawn = await ask(server, clock, prompt="def one():")
    assert server.requests[0].path == "/v1/completions"
    assert server.requests[0].body["prompt"] == "def one():"
    assert drawn[0].text == "return 1"


async def test_a_grammar_goes_out_in_the_words_of_the_servers_that_know_them(server, clock):
    await ask(server, clock, sampling=replace(SAMPLING, grammar='root ::= "x"'))
    (requests,) = server.requests
    assert requests.body["grammar"] == requests.body["structured_outputs"]["grammar"] == 'root ::= "x"'


async def test_tokens_are_the_servers_own(server, clock):
    (completion,) = (await ask(server, clock)).values()
    assert (completion.prompt_tokens, completion.cached_tokens) == (7, 5)
    assert completion.completion_tokens == 3
    assert completion.model == f"{server.url}#coder"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("eos", "stop"),
        ("eos_token", "stop"),
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_calls", "stop"),
        ("", "stop"),
        (None, "stop"),
        (7, "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("content_filter", "filter"),
        ("SAFETY", "filter"),
        ("refusal", "filter"),
    ],
)
async def test_finish_reasons(server, clock, said, meant):
    server.replies(server.answer(finish=said))
    assert (await ask(server, clock))[0].finish_reason == meant


async def test_a_message_without_content_is_empty(server, clock):
    choice = {"message": {"role": "assistant", "content": None}, "finish_reason": "length"}
    server.replies(server.answer(choices=[choice]))
    assert (await ask(server, clock))[0].text == ""


# max_tokens or max_completion_tokens


def reasoning_server(server, refused, message):
    server.behave = lambda asked: (
        server.error(400, message, param=refused, code="unsupported_parameter")
        if refused in asked.body
        else server.answer()
    )


@pytest.mark.parametrize(
    "message",
    [
        "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        "body.max_tokens: Extra inputs are not permitted",
    ],
)
async def test_the_other_word_for_the_token_limit_is_tried_once_and_kept(server, clock, message):
    reasoning_server(server, "max_tokens", message)
    async with opened(f"{server.url}#coder", clock.retry) as model:
        await draw(model)
        await draw(model, indices=[1, 2])
    words = ["max_tokens" in requests.body for requests in server.requests]
    assert words == [True, False, False, False]
    assert clock.waits == []


async def test_refused_by_many_at_once_the_other_word_still_serves_all(server, clock):
    reasoning_server(server, "max_tokens", "Unsupported parameter: 'max_tokens'")
    assert len(await ask(server, clock, indices=range(8))) == 8


async def test_plain_text_has_the_old_word_whatever_a_conversation_has(server, clock):
    reasoning_server(server, "max_tokens", "Unsupported parameter: 'max_tokens'")
    async with opened(f"{server.url}#coder", clock.retry) as model:
        await draw(model)
        with pytest.raises(ModelError, match="Unsupported parameter"):
            await draw(model, prompt="def f():")
        await draw(model)
    words = ["max_tokens" in requests.body for requests in server.requests]
    assert words == [True, False, True, False]


async def test_a_server_that_refuses_both_words_is_an_error(server, clock):
    server.behave = lambda asked: server.error(400, "Unknown parameter: max_tokens and max_completion_tokens")
    with pytest.raises(ModelError, match="Unknown parameter"):
        await ask(server, clock)
    assert len(server.requests) == 2


async def test_an_unknown_parameter_of_another_name_is_told(server, clock):
    words = "Unsupported value: 'temperature' (max_tokens is fine)"
    server.replies(server.error(400, words, param="temperature"))
    with pytest.raises(ModelError, match=r"refuses temperature \(400\).*--temperature none"):
        await ask(server, clock)
    assert len(server.requests) == 1


# One sentence for every end


async def test_a_refused_key_names_the_variable(server, clock):
    server.replies(server.error(401, "Incorrect API key provided"))
    with pytest.raises(ModelUnavailableError, match=r"set SHARPEN_API_KEY .* Incorrect API key"):
        await ask(server, clock)
    assert len(server.requests) == 1


async def test_an_unknown_model_is_told_with_those_that_are_there(server, clock):
    server.models = ["qwen-7b", "qwen-32b"]
    server.replies(server.error(404, "The model `coder` does not exist."))
    with pytest.raises(ModelUnavailableError, match=r"no model coder \(404\): it has qwen-7b, qwen-32b"):
        await ask(server, clock)


async def test_a_missing_route_is_not_called_a_missing_model(server, clock):
    server.replies(server.error(404, "Not Found"))
    with pytest.raises(ModelUnavailableError, match="has coder but not the route"):
        await ask(server, clock, prompt="def f():")


async def test_a_wrong_path_says_how_addresses_end(server, clock):
    server.replies(server.error(404, "Not Found"))
    async with opened(f"{server.url}/v2#coder", clock.retry) as model:
        with pytest.raises(ModelUnavailableError, match="mostly ends in /v1"):
            await draw(model)


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (400, {"message": "This model's maximum context length is 4096 tokens.", "code": 400}),
        (400, {"message": "too long", "code": "context_length_exceeded"}),
        (500, {"message": "request exceeds the available context size", "code": 500}),
        (200, {"message": "request exceeds the available context size", "code": 400}),
        (
            400,
            {"message": "'max_tokens' is too large: 900. This model's maximum context length is 512"},
        ),
    ],
)
async def test_a_prompt_that_does_not_fit_is_its_own_error(server, clock, status, fields):
    server.replies(server.error(status, **fields))
    with pytest.raises(ContextOverflowError, match="not fit"):
        await ask(server, clock)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{not json", "no completion but: {not json"),
        ("<html><style>x{}</style><h1>Bad   gateway</h1></html>", "no completion but: Bad gateway$"),
        ("", "no completion, and nothing else"),
        ({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}, "no completion"),
        ([], "no completion"),
    ],
)
async def test_garbage_is_told_as_it_came(server, clock, content, sentence):
    server.replies(replace(server.answer(), content=content))
    with pytest.raises(ModelError, match=sentence):
        await ask(server, clock)


async def test_a_server_without_usage_is_refused_by_name(server, clock):
    server.replies(server.answer(usage=None))
    with pytest.raises(ModelError, match=rf"{server.url} does not say how many tokens"):
        await ask(server, clock)


async def test_an_answer_about_contexts_is_no_overflow(server, clock):
    server.replies(server.answer("Mind the context length.", usage=None))
    with pytest.raises(ModelError, match="does not say how many tokens") as caught:
        await ask(server, clock)
    assert not isinstance(caught.value, ContextOverflowError)


@pytest.mark.parametrize("status", [400, 405, 413, 418, 501])
async def test_what_asking_again_cannot_change_is_asked_once(server, clock, status):
    server.replies(server.error(status, "no"))
    with pytest.raises(ModelError, match=f"{status}; 1 try in 0 s\\): no$"):
        await ask(server, clock)
    assert len(server.requests) == 1


async def test_the_servers_words_are_trimmed(server, clock):
    server.replies(server.error(418, "no " * 1000))
    with pytest.raises(ModelError) as caught:
        await ask(server, clock)
    assert len(str(caught.value)) < 500


# Many at once


async def test_one_failed_sample_does_not_lose_the_others(server, clock):
    bad = SAMPLING.request_seed(1)
    server.behave = lambda asked: (
        server.error(400, "no such luck") if asked.body["seed"] == bad else server.answer()
    )
    async with opened(f"{server.url}#coder", clock.retry) as model:
        samples = model.sample(CHAT, SAMPLING, range(4))
        drawn = [(await anext(samples))[0] for _ in range(3)]
        assert sorted(drawn) == [0, 2, 3]
        with pytest.raises(ModelError, match="no such luck"):
            await anext(samples)


async def test_leaving_early_ends_what_is_in_flight(server, clock):
    first = SAMPLING.request_seed(0)
    server.behave = lambda asked: replace(server.answer(), hang=asked.body["seed"] != first)
    async with opened(f"{server.url}#coder", clock.retry) as model:
        async with aclosing(model.sample(CHAT, SAMPLING, range(4))) as samples:
            assert (await anext(samples))[0] == 0
        assert model._limiter.taken == 0


async def test_a_hidden_limit_is_found_and_every_sample_comes(server):
    most, served = 3, Counter()
    done = asyncio.Event()

    async def limited(asked):
        if served["now"] == most:
            served["refused"] += 1
            return server.error(429, "too many at once")
        served["now"] += 1
        await asyncio.sleep(0.03)
        served["now"] -= 1
        done.set()
        done.clear()
        return server.answer()

    async def until_one_is_done(_):
        await done.wait()

    server.behave = limited
    async with opened(f"{server.url}#coder", Retry(sleep=until_one_is_done)) as model:
        assert set(await draw(model, range(60))) == set(range(60))
        assert model.request_limit <= 2 * most
    assert 0 < served["refused"] < 60


# Which model


async def test_the_only_model_of_a_server_needs_no_name(server, clock):
    async with opened_in_thread(server.url) as model:
        await draw(model)
        assert model.name == server.url
        assert model.identity == "served:coder"
    assert server.requests[0].body["model"] == "coder"


async def test_one_of_several_models_has_to_be_named(server):
    server.models = ["a", "b"]
    with pytest.raises(UsageError, match=rf"as in {server.url}#NAME; the server has a, b"):
        await asyncio.to_thread(OpenAIModel.open, server.url, environ={})


async def test_a_server_that_has_to_be_asked_but_is_not_there(clock):
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        await asyncio.to_thread(OpenAIModel.open, "http://127.0.0.1:1/v1", environ={})


@asynccontextmanager
async def opened_in_thread(spec):
    model = await asyncio.to_thread(OpenAIModel.open, spec, environ={})
    try:
        yield model
    finally:
        await model.close()


# The real thing


@pytest.fixture(scope="module")
def engine(smollm2):
    """llama.cpp's own server over HTTP, two slots of 256 tokens."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2)
    params.n_parallel, params.n_ctx, params.fit_params = 2, 2 * 256, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = 0
    return xllamacpp.Server(params)


@pytest.mark.model
class TestRealServer:
    async def test_samples_differ_and_share_their_prompt(self, engine):
        prompt = (Message("user", "Tell me a story about a compiler."),)
        async with opened_in_thread(f"{engine.listening_address}/v1") as model:
            drawn = await draw(model, range(4), prompt, Sampling(max_tokens=12))
            (again,) = (await draw(model, [0], prompt, Sampling(max_tokens=12))).values()
        assert set(drawn) == {0, 1, 2, 3}
        assert len({completion.text for completion in drawn.values()}) > 1
        assert {completion.prompt_tokens for completion in drawn.values()} == {again.prompt_tokens}
        assert again.prompt_tokens > again.cached_tokens > 0

    async def test_tokens_are_counted_to_the_last(self, engine):
        prompt = (Message("user", "Count from one to fifty in words."),)
        sampling = Sampling(temperature=0, max_tokens=12)
        async with opened_in_thread(f"{engine.listening_address}/v1") as model:
            (completion,) = (await draw(model, [0], prompt, sampling)).values()
        assert (completion.completion_tokens, completion.finish_reason) == (12, "length")

    async def test_stop_is_not_part_of_the_text(self, engine):
        async with opened_in_thread(f"{engine.listening_address}/v1") as model:
            sampling = Sampling(temperature=0, max_tokens=60, stop=("return",))
            drawn = await draw(model, [0], "def add(a, b):\n    ", sampling)
        assert drawn[0].finish_reason == "stop"
        assert "return" not in drawn[0].text

    async def test_a_prompt_that_does_not_fit(self, engine):
        async with opened_in_thread(f"{engine.listening_address}/v1") as model:
            with pytest.raises(ContextOverflowError, match="256 tokens"):
                await draw(model, [0], (Message("user", "word " * 600),))

    async def test_a_wrong_path(self, engine, clock):
        async with opened(f"{engine.listening_address}/v7#m", clock.retry) as model:
            with pytest.raises(ModelUnavailableError, match="mostly ends in /v1"):
                await draw(model)


# What is added to a request, and what is left out


async def test_options_are_left_out_and_added(server, clock):
    options = ServerOptions(
        body='{"top_k": 20}', header=("X-Team: code", "api-key: $K"), reasoning_effort="low", stream=True
    )
    sampling = Sampling(None, None, seed=None, fields=options.request_fields)
    endpoint = parse_endpoint(f"{server.url}#coder", {})
    model = OpenAIModel(endpoint, clock.retry, options, {"K": "hush"})
    await draw(model, sampling=sampling)
    await model.close()
    (requests,) = server.requests
    assert not {"temperature", "top_p", "seed"} & requests.body.keys()
    assert (requests.body["top_k"], requests.body["reasoning_effort"]) == (20, "low")
    assert requests.body["stream_options"] == {"include_usage": True}
    assert (requests.headers["x-team"], requests.headers["api-key"]) == ("code", "hush")


async def test_a_stream_is_read(server, clock):
    pieces = [{"choices": [{"delta": {"content": part}}]} for part in ("o", "k")]
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    pieces.append({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage})
    text = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces) + "data: [DONE]\n\n"
    server.replies(Reply(content=text, headers={"Content-Type": "text/event-stream"}))
    assert (await ask(server, clock, server_options={"stream": True}))[0].text == "ok"


async def test_a_streamed_answer_is_seen_while_the_server_writes_it(clock):
    """The second event comes in two halves: what is shown ends with the last whole event."""
    events = [_event(delta={"content": word}) for word in ("one ", "two ", "three")]
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    end = _event(usage, delta={}, finish_reason="stop") + b"data: [DONE]\n\n"
    parts = [events[0] + events[1][:9], events[1][9:], events[2] + end]
    gates = [asyncio.Event() for _ in parts]

    async def write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for part, gate in zip(parts, gates, strict=True):
            await gate.wait()
            writer.write(part)
            await writer.drain()
        writer.close()

    drafts = Drafts()
    server = await asyncio.start_server(write, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, opened(f"{url}#coder", clock.retry, stream=True) as model:
        with drafts.of("HumanEval/3"):
            drawing = asyncio.create_task(draw(model))
        for gate, text in zip(gates, ("one ", "one two "), strict=False):
            gate.set()
            async with asyncio.timeout(60):
                while [draft.text for draft in drafts.open] != [text]:  # noqa: ASYNC110 - as a screen looks
                    await asyncio.sleep(0.01)
            assert drafts.open[0].problem == "HumanEval/3"
        gates[-1].set()
        (completion,) = (await drawing).values()
    assert completion.text == "one two three"
    assert drafts.open == []


def _event(usage: object = None, **choice: object) -> bytes:
    return f"data: {json.dumps({'choices': [choice], 'usage': usage})}\n\n".encode()


async def test_a_server_that_only_streams_names_the_option(server, clock):
    server.replies(
        server.error(400, "This model only support stream mode, please enable the stream parameter")
    )
    with pytest.raises(ModelUnavailableError, match=r"--server\.stream"):
        await ask(server, clock)


async def test_a_refused_option_ends_a_run_only_where_nothing_was_ever_answered(server, clock):
    refused = server.error(400, "Unsupported value: 'temperature'", param="temperature")
    server.replies(server.answer(), refused)
    async with opened(f"{server.url}#coder", clock.retry) as model:
        await draw(model)
        with pytest.raises(ModelError, match="--temperature none") as caught:
            await draw(model)
    assert not isinstance(caught.value, ModelUnavailableError)


JSON_SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("stop")
JSON_NAMES = st.sampled_from(
    ["choices", "message", "content", "text", "delta", "finish_reason", "usage", "prompt_tokens", "code"]
    + ["completion_tokens", "total_tokens", "error", "type", "reasoning_content", "index", "detail"]
)


def json_around(inner):
    """Lists and objects of what a server may send, with the names that mean something."""
    return st.lists(inner, max_size=3) | st.dictionaries(JSON_NAMES, inner, max_size=5)


@given(
    body=st.recursive(JSON_SCALAR, json_around, max_leaves=10), status=st.sampled_from([200, 200, 400, 500])
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_json_from_a_real_server_is_an_answer_or_one_of_our_errors(server, clock, body, status):
    server.replies(Reply(status, body))
    (result,) = await asyncio.gather(ask(server, clock), return_exceptions=True)
    if isinstance(result, ModelError):
        assert str(result).isprintable()
    else:
        assert result[0].completion_tokens > 0 or not result[0].text
