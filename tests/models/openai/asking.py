"""How the tests of the client ask a server: a clock of their own, and one call for one prompt."""

import asyncio
from contextlib import aclosing, asynccontextmanager

from sharpen.models.openai.client import OpenAIModel
from sharpen.models.openai.endpoint import parse_endpoint
from sharpen.models.openai.options import ServerOptions
from sharpen.models.openai.retry import Retry
from sharpen.types import Message, Sampling

SAMPLING = Sampling(seed=3)
CHAT = (Message("system", "Be brief."), Message("user", "Say ok."))


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.seconds = 0.0
        self.waits = []

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    @property
    def retry(self):
        return Retry(now=lambda: self.seconds, sleep=self.sleep)


@asynccontextmanager
async def opened(spec, retry, environ=None, **options):
    environ = {"SHARPEN_API_KEY": "secret"} if environ is None else environ
    model = OpenAIModel(parse_endpoint(spec, environ), retry, ServerOptions(**options), environ)
    try:
        yield model
    finally:
        await model.close()


async def draw(model, indices=(0,), prompt=CHAT, sampling=SAMPLING):
    async with aclosing(model.sample(prompt, sampling, indices)) as samples:
        return {index: completion async for index, completion in samples}


async def ask(server, clock, server_options=None, **options):
    async with opened(f"{server.url}#coder", clock.retry, **server_options or {}) as model:
        return await draw(model, **options)
