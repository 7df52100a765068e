"""One model behind several real servers on real ports."""

import asyncio
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import pytest

from sharpen.errors import ModelError, ModelUnavailableError, UsageError
from sharpen.models.openai.pool import Servers
from sharpen.models.spec import open_model
from sharpen.types import Message, Sampling
from tests.models.conftest import HttpServer

pytestmark = pytest.mark.anyio

PROMPT = (Message("user", "Say ok."),)


@pytest.fixture
async def three():
    async with AsyncExitStack() as stack:
        servers = [HttpServer() for _ in range(3)]
        for server in servers:
            listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
            await stack.enter_async_context(listening)
            server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        yield servers


@asynccontextmanager
async def opened(servers, name="coder"):
    model = open_model(f"{','.join(server.url for server in servers)}#{name}")
    try:
        yield model
    finally:
        await model.close()


async def draw(model, indices, prompt=PROMPT):
    async with aclosing(model.sample(prompt, Sampling(), indices)) as samples:
        return {index: completion async for index, completion in samples}


async def test_calls_go_to_the_server_with_the_least_to_do_and_their_samples_stay_together(three):
    everybody = asyncio.Event()

    async def wait(asked):
        if sum(len(server.requests) for server in three) == 6:
            everybody.set()
        await everybody.wait()
        return HttpServer.answer()

    for server in three:
        server.behave = wait
    async with opened(three) as model:
        prompts = [(Message("user", f"Say {number}."),) for number in range(3)]
        drawn = await asyncio.gather(*(draw(model, [0, 1], prompt) for prompt in prompts))
    assert all(set(result) == {0, 1} for result in drawn)
    message = [{asked.body["messages"][0]["content"] for asked in server.requests} for server in three]
    assert sorted(message, key=min) == [{"Say 0."}, {"Say 1."}, {"Say 2."}]


async def test_a_completion_says_which_server_gave_it(three):
    async with opened(three) as model:
        (completion,) = (await draw(model, [0])).values()
        assert completion.model == f"{three[0].url}#coder"
        assert model.identity == "served:coder"
        assert model.name.startswith(three[0].url)


async def test_the_others_take_over_what_a_lost_server_owed(three):
    three[0].behave = lambda asked: HttpServer.error(401, "wrong key")
    async with opened(three) as model:
        with pytest.warns(RuntimeWarning, match="is left out from here on"):
            drawn = await draw(model, range(8))
        assert set(drawn) == set(range(8))
        before = len(three[0].requests)
        assert set(await draw(model, range(8, 16))) == set(range(8, 16))
        assert len(three[0].requests) == before


@pytest.mark.filterwarnings("ignore:.*left out")
async def test_the_last_server_says_why_nobody_answers(three):
    for server in three:
        server.behave = lambda asked: HttpServer.error(401, "wrong key")
    async with opened(three) as model:
        result = await asyncio.gather(*(draw(model, [n]) for n in range(4)), return_exceptions=True)
        assert {type(error) for error in result} == {ModelUnavailableError}


async def test_a_prompt_that_fails_is_not_tried_elsewhere(three):
    three[0].behave = lambda asked: HttpServer.error(400, "no such thing")
    async with opened(three) as model:
        with pytest.raises(ModelError, match="no such thing"):
            await draw(model, [0])
    assert [len(server.requests) for server in three] == [1, 0, 0]


def test_the_model_of_several_servers_has_to_be_named():
    with pytest.raises(UsageError, match="has to name the model of all servers"):
        Servers.open("http://127.0.0.1:1/v1,http://127.0.0.1:2/v1")
