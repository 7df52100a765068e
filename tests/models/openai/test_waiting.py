"""When a request is sent again, how long is waited, and what is recorded in the end."""

from dataclasses import replace

import pytest

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError
from sharpen.models.openai.client import _HOLDS_SLOT
from sharpen.models.openai.concurrency import START
from sharpen.models.openai.retry import Retry
from tests.models.openai.asking import CHAT, SAMPLING, ask, draw, opened

pytestmark = pytest.mark.anyio


# Asking again


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_a_passing_error_is_asked_again(server, clock, status):
    server.replies(server.error(status, "not now"), server.answer("at last"))
    assert (await ask(server, clock))[0].text == "at last"
    assert len(clock.waits) == 1


async def test_retry_after_is_honoured(server, clock):
    busy = server.error(429, "slow down")
    date = {
        "Retry-After": "Fri, 20 Nov 2026 10:00:40 GMT",
        "Date": "Fri, 20 Nov 2026 10:00:00 GMT",
    }
    server.replies(replace(busy, headers={"Retry-After": "20"}), replace(busy, headers=date), server.answer())
    await ask(server, clock)
    assert 20 <= clock.waits[0] <= 21
    assert 40 <= clock.waits[1] <= 41


async def test_backoff_grows_and_tries_are_bounded(server, clock):
    server.replies(server.error(500, "CUDA error"))
    with pytest.raises(ModelError, match=r"500; 10 tries in \d+ s\): CUDA error"):
        await ask(server, clock)
    assert len(server.requests) == 10
    bounds = [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert all(0 <= wait <= bound for wait, bound in zip(clock.waits, bounds, strict=True))


async def test_a_wait_beyond_the_limit_is_not_begun(server, clock):
    server.replies(replace(server.error(429, "daily limit"), headers={"Retry-After": "7200"}))
    with pytest.raises(ModelUnavailableError, match=r"asks to wait 7200 s more.*daily limit"):
        await ask(server, clock)
    assert clock.waits == []


async def test_a_used_up_quota_is_not_asked_again(server, clock):
    server.replies(server.error(429, "You exceeded your quota.", code="insufficient_quota"))
    with pytest.raises(ModelUnavailableError, match="You exceeded your quota"):
        await ask(server, clock)
    assert len(server.requests) == 1


async def test_a_server_that_hangs_is_asked_again_and_then_given_up(server, clock):
    async def answer_once(asked):
        return replace(server.answer(), hang=len(server.requests) > 1)

    server.behave = answer_once
    async with opened(f"{server.url}#coder", clock.retry, timeout=0.5) as model:
        await draw(model)
        with pytest.raises(ModelError, match=r"did not answer in time \(2 tries.*--server.timeout") as caught:
            await draw(model)
        assert not isinstance(caught.value, ModelUnavailableError)
        assert model.request_limit < START
    assert len(server.requests) == 3


async def test_a_connection_closed_half_way_is_asked_again(server, clock):
    server.replies(replace(server.answer(), cut=True), server.answer("whole"))
    assert (await ask(server, clock))[0].text == "whole"


async def test_a_server_that_goes_away_is_waited_for(server, clock):
    answers = iter([True, *[False] * 6, True])

    def sometimes(asked):
        if next(answers):
            return server.answer()
        raise ConnectionResetError

    server.behave = sometimes
    async with opened(f"{server.url}#coder", clock.retry) as model:
        await draw(model)
        assert await draw(model)
    assert len(clock.waits) == 6


@pytest.mark.parametrize("spec", ["http://127.0.0.1:1/v1#coder", "http://no-such-host.invalid/v1#coder"])
async def test_an_address_where_nobody_ever_answered_is_told_soon(clock, spec):
    async with opened(spec, clock.retry) as model:
        with pytest.raises(ModelUnavailableError, match=r"cannot be reached \(.*4 tries.*running"):
            await draw(model)
    assert sum(clock.waits) < 4


# Waiting


async def test_a_server_that_asks_for_no_wait_is_waited_for_all_the_same(server, clock):
    busy = replace(server.error(429, "Too many requests"), headers={"Retry-After": "0"})
    server.replies(*[busy] * 30, server.answer())
    await ask(server, clock)
    assert len(clock.waits) == 30
    assert 60 < clock.seconds < 900


async def test_a_busy_server_is_given_up_after_a_quarter_of_an_hour_without_any_answer(server, clock):
    server.replies(server.error(429, "Too many requests"))
    with pytest.raises(ModelUnavailableError, match="refuses more requests"):
        await ask(server, clock)
    assert 800 < clock.seconds <= 900


async def test_a_request_that_is_always_refused_does_not_end_a_run_while_others_are_answered(server, clock):
    refused = SAMPLING.request_seed(0)
    server.behave = lambda asked: (
        server.error(429, "Too many requests")
        if asked.body["seed"] == refused and clock.seconds <= retry.seconds
        else server.answer()
    )
    others = iter(range(1, 1000))

    async def others_are_answered(seconds):
        clock.seconds += seconds
        if len(server.requests) >= _HOLDS_SLOT:
            await draw(model, [next(others)])

    retry = Retry(now=lambda: clock.seconds, sleep=others_are_answered)
    async with opened(f"{server.url}#coder", retry) as model:
        assert await draw(model, [0])
    assert clock.seconds > retry.seconds


@pytest.mark.parametrize(
    "content",
    [
        {"error": {"code": 429, "message": "Provider returned error"}},
        {"error": {"code": 502, "message": "Upstream error"}},
        {"choices": []},
        "",
    ],
)
async def test_an_error_inside_a_200_is_asked_again(server, clock, content):
    server.replies(replace(server.answer(), content=content), server.answer("at last"))
    assert (await ask(server, clock))[0].text == "at last"


async def test_a_prompt_that_a_filter_refuses_is_an_empty_answer_and_paid_once(server, clock):
    server.replies(server.error(400, "filtered by the content management policy", code="content_filter"))
    completion = (await ask(server, clock))[0]
    assert (completion.text, completion.finish_reason, completion.completion_tokens) == ("", "filter", 0)
    assert len(server.requests) == 1


async def test_an_answer_that_is_all_reasoning_is_warned_of(server, clock):
    choice = {"message": {"content": None, "reasoning_content": "hm"}, "finish_reason": "stop"}
    server.replies(server.answer(choices=[choice]))
    with pytest.warns(RuntimeWarning, match="all reasoning"):
        assert (await ask(server, clock))[0].finish_reason == "thought"


async def test_the_context_that_a_server_states_tells_a_prompt_that_does_not_fit(server, clock):
    server.behave = lambda asked: server.error(400, "8191 is the most that can be had")
    server.listed = [{"id": "coder", "max_model_len": 8191}]
    with pytest.raises(ContextOverflowError):
        await ask(server, clock)


async def test_no_request_that_waits_is_sent_to_a_server_that_is_gone_and_what_is_in_flight_is_kept(
    server, clock
):
    server.behave = lambda asked: (
        server.error(402, "Payment required") if len(server.requests) == 1 else server.answer()
    )
    drawn = []

    async def collect(model):
        async for index, _ in model.sample(CHAT, SAMPLING, range(20)):
            drawn.append(index)

    async with opened(f"{server.url}#coder", clock.retry, concurrency=2) as model:
        with pytest.raises(ModelUnavailableError, match="add credit"):
            await collect(model)
    assert len(drawn) == len(server.requests) - 1 < 19


async def test_a_cap_of_a_minute_keeps_requests_apart(server, clock):
    async with opened(
        f"{server.url}#coder", clock.retry, concurrency=1, requests_per_minute=30, tokens_per_minute=10**9
    ) as model:
        drawn = [index async for index, _ in model.sample(CHAT, SAMPLING, range(3))]
    assert sorted(drawn) == [0, 1, 2]
    assert clock.seconds == pytest.approx(4, abs=0.01)
