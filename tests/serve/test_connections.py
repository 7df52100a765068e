"""Connections of strangers end, and never keep out a client that has the token."""

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from sharpen.serve import connections
from sharpen.serve.server import _listening
from tests.sandbox.conftest import wait_until
from tests.serve.conftest import Client, Gate, own
from tests.serve.test_service import send

HALF = b"POST /v1/judge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "


def half_sent(client: Client) -> socket.socket:
    """A connection on which the headers of a request begin and do not end."""
    place = urlsplit(client.url)
    connection = socket.create_connection((place.hostname, place.port), timeout=30)
    connection.sendall(HALF)
    return connection


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_half_sent_requests_leave_room_for_who_has_the_token(
    serve: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STRANGERS", 3)
    gate = Gate()
    gate.open()
    client = serve(gate)
    half = [half_sent(client) for _ in range(9)]
    assert client.judge(**own()).status_code == 200
    for connection in half[:5]:
        assert is_closed(connection)
    newest = half[-1]
    newest.settimeout(0.2)
    with pytest.raises(TimeoutError):
        newest.recv(1)
    for connection in half:
        connection.close()
    assert client.judge(**own()).status_code == 200


def test_a_connection_that_shows_no_token_ends(
    serve: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STRANGER_SECONDS", 0.5)
    gate = Gate()
    client = serve(gate)
    waiting = send(client, own())  # has the token, and stays however long its program takes
    wait_until(lambda: bool(gate.requests))
    with half_sent(client) as connection:
        assert is_closed(connection)
    gate.open()
    with waiting:
        assert waiting.recv(4096).startswith(b"HTTP/1.1 200")


def test_who_waits_when_the_service_ends_gets_503(serve: Callable[..., Client]) -> None:
    gate = Gate()
    client = serve(gate, room=4, at_once=1)
    running, waiting = send(client, own()), send(client, own())
    wait_until(lambda: bool(gate.requests))
    gate.soon(client.service.end)
    for connection in (running, waiting):
        with connection, connection.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 503")
            assert any(b"the service is ending" in line for line in answer)
    wait_until(lambda: bool(gate.cancelled))


def test_who_comes_when_the_service_ends_gets_503(serve: Callable[..., Client]) -> None:
    client = serve(Gate())
    client.service.end()
    with send(client, own()) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 503")


def test_answers_are_not_held_back_for_an_acknowledgement() -> None:
    """Nagle's algorithm would wait for the client's, 40 ms, on a kept-alive connection."""

    async def accepted() -> int:
        flags: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            option = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            flags.set_result(option)
            writer.close()

        listening = _listening("127.0.0.1", 0)
        async with await asyncio.start_server(connected, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            option = await flags
            writer.close()
        return option

    assert asyncio.run(accepted()) != 0
