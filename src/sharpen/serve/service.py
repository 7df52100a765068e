"""The routes: who may ask, what is refused and why, what is answered.

``POST /v1/judge`` judges one program, ``POST /v1/judge/batch`` many; ``/metrics`` and ``/openapi.json`` tell
about the service. All of them want the token; ``/health`` does not.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pydantic_core
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sharpen.errors import SandboxError
from sharpen.sandbox.base import Sandbox
from sharpen.serve import wire
from sharpen.serve.connections import has_token
from sharpen.serve.judging import RequestJudge
from sharpen.serve.openapi import document
from sharpen.serve.queue import FullError, Queue
from sharpen.types import Verdict

T = TypeVar("T")

_GONE = 499
"""The status of an answer that nobody reads (nginx's number)."""
_ONE: TypeAdapter[wire.OwnTests | wire.BenchmarksTests] = TypeAdapter(wire.Request)
_MANY = TypeAdapter(wire.Batch)


@dataclass(slots=True)
class _Open:
    """The requests that are being answered, and whether the service ends."""

    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes answer with.

    Attributes:
        token: what a client must show.
        sandbox: where programs run; closed with the service.
        judging: turns requests into calls of the sandbox.
        queue: the line in front of it.
        largest_body: bytes of a request.
    """

    token: str
    sandbox: Sandbox
    judging: RequestJudge
    queue: Queue
    largest_body: int
    _open: _Open = field(default_factory=_Open)

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/v1/judge", self._single, methods=["POST"]),
                Route("/v1/judge/batch", self._batch, methods=["POST"]),
                Route("/health", _health),
                Route("/metrics", self._metrics),
                Route("/openapi.json", _document),
            ],
            middleware=[Middleware(_Guard, token=self.token), Middleware(_Ending, requests=self._open)],
            exception_handlers={
                HTTPException: _refused,
                FullError: _full,
                SandboxError: _failed,
                ClientDisconnect: _gone,
                Exception: _broken,
            },
            lifespan=self._lifespan,
        )

    def end(self) -> None:
        """Answer every open request with 503."""
        self._open.ended.set()
        for task in self._open.tasks:
            task.cancel()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self.sandbox.close()

    async def _single(self, request: Request) -> Response:
        body = await self._read(request, _ONE)
        (verdict,) = await self._verdicts(request, [body])
        return _json(wire.RewardResponse.of(verdict))

    async def _batch(self, request: Request) -> Response:
        programs = (await self._read(request, _MANY)).programs
        if len(programs) > self.queue.room:
            raise HTTPException(422, f"programs: {len(programs)}, and the queue holds {self.queue.room}")
        verdicts = await self._verdicts(request, programs)
        return _json(wire.Answers(verdicts=[wire.RewardResponse.of(verdict) for verdict in verdicts]))

    async def _read(self, request: Request, adapter: TypeAdapter[T]) -> T:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.largest_body:
                raise HTTPException(413, f"the body has more than {self.largest_body:,} bytes")
        try:
            return adapter.validate_python(pydantic_core.from_json(body, allow_inf_nan=False))
        except ValidationError as error:
            raise HTTPException(422, wire.sentence(error)) from error
        except ValueError as error:
            raise HTTPException(400, f"the body is not JSON: {error}") from error

    async def _verdicts(
        self, request: Request, programs: list[wire.OwnTests | wire.BenchmarksTests]
    ) -> list[Verdict]:
        try:
            prepared = [self.judging.prepare(each) for each in programs]
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return await _while_wanted(request, self.queue.judge(prepared))

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self.queue.metrics), media_type=CONTENT_TYPE_LATEST)


async def _while_wanted(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` gives; give it up when the client leaves.

    Raises:
        ClientDisconnect: it left.
    """
    working, leaving = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    """Wait until the client leaves; its body has been read, so nothing else can come."""
    await request.receive()


class _Guard:
    """Lets nobody in without the token, before anything of a request's body is read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] != "http" or scope["path"] == "/health"
        if is_open or has_token(scope["headers"], self.token):
            await self.app(scope, receive, send)
        else:
            reason = "no token, or a wrong one: send the header Authorization: Bearer TOKEN"
            refusal = _json(wire.Refusal(error=reason), 401, {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)


class _Ending:
    """Answers 503 to the requests that are open when the service ends, and to later ones."""

    def __init__(self, app: ASGIApp, requests: _Open) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None:
            return await self.app(scope, receive, send)
        refusal = _json(wire.Refusal(error="the service is ending: nothing is known about the program"), 503)
        if self.requests.ended.is_set():
            return await refusal(scope, receive, send)
        self.requests.tasks.add(task)
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.requests.ended.is_set():
                raise
            task.uncancel()
            await refusal(scope, receive, send)
        finally:
            self.requests.tasks.discard(task)


def _json(content: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(content.model_dump_json(), status, headers, "application/json")


async def _health(_: Request) -> Response:
    return _json(wire.Health())


async def _document(_: Request) -> Response:
    return JSONResponse(document())


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _json(wire.Refusal(error=error.detail), error.status_code, dict(error.headers or {}))


async def _full(_: Request, error: Exception) -> Response:
    assert isinstance(error, FullError)
    return _json(wire.Refusal(error=str(error)), 429, {"Retry-After": str(error.seconds)})


async def _failed(_: Request, error: Exception) -> Response:
    return _json(wire.Refusal(error=f"the sandbox failed: {error}"), 503)


async def _gone(_: Request, error: Exception) -> Response:  # noqa: ARG001 - what Starlette calls
    return Response(status_code=_GONE)


async def _broken(_: Request, error: Exception) -> Response:  # Starlette raises it again, for the log
    message = f"the service failed ({type(error).__name__}): its own log says where"
    return _json(wire.Refusal(error=message), 500)
