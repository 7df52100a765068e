"""For the tests of models: a real HTTP server, on a real port, that answers as a test tells it to."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest

from sharpen.models.weights import pull


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: dict


@dataclass(frozen=True)
class Reply:
    """``content`` is JSON unless it is text; ``hang`` never answers; ``cut`` closes half way."""

    status: int = 200
    content: object = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    cut: bool = False


Behaviour = Callable[[Request], Reply | Awaitable[Reply]]


class HttpServer:
    """``behave`` decides each reply; all that was asked is in ``asked``, but for lists of models."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.models = ["coder"]
        self.listed: list[dict] | None = None
        self.behave: Behaviour = lambda asked: self.answer()
        self.url = ""

    def replies(self, *replies: Reply) -> None:
        """Give these replies, one a request, and the last one for ever."""
        queue = list(replies)
        self.behave = lambda asked: queue.pop(0) if len(queue) > 1 else queue[0]

    @staticmethod
    def answer(text: str = "ok", finish: str | None = "stop", **changes: object) -> Reply:
        """A sound answer of both routes; ``changes`` replaces or (None) drops top-level fields."""
        body = {
            "choices": [
                {"text": text, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
            ],
            "usage": {
                "prompt_tokens": 7,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 5},
            },
        }
        return Reply(content={key: v for key, v in (body | changes).items() if v is not None})

    @staticmethod
    def error(status: int, message: str, **fields: object) -> Reply:
        return Reply(status, {"error": {"message": message, **fields}})

    async def reply(self, asked: Request) -> Reply:
        if asked.path == "/v1/models":
            listed = self.listed or [{"id": name} for name in self.models]
            return Reply(content={"data": listed})
        self.requests.append(asked)
        reply = self.behave(asked)
        return reply if isinstance(reply, Reply) else await reply

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests = await read_request(reader)
            reply = await self.reply(requests)
            if reply.hang:
                await reader.read()
                return
            writer.write(render(reply))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def in_a_thread(behave: Behaviour) -> Iterator[HttpServer]:
    """A server for clients that have an event loop of their own."""
    server, loop = HttpServer(), asyncio.new_event_loop()
    server.behave = behave
    listening = loop.run_until_complete(asyncio.start_server(server.handle, "127.0.0.1", 0))
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listening.close()
    loop.close()


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, path, _ = head.split(" ", 2)
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
    headers = {name.lower(): value for name, value in lines}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body or b"{}"))


def render(reply: Reply) -> bytes:
    text = reply.content if isinstance(reply.content, str) else json.dumps(reply.content)
    payload = text.encode()
    headers = {"Content-Type": "application/json", "Connection": "close"} | reply.headers
    headers["Content-Length"] = str(len(payload))
    head = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + payload[: len(payload) // 2 if reply.cut else None]


@pytest.fixture
async def server():
    server = HttpServer()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    async with listening:
        yield server


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The smallest real model of the weight store, 98 MB, fetched once per user."""
    return pull("smollm2-135m").path
