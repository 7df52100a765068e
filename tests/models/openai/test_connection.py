"""The way to a server: addresses, sockets, proxies, certificates, redirects and keys."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sharpen.errors import ModelError, ModelUnavailableError, UsageError
from sharpen.models.openai import connection
from sharpen.models.openai.client import OpenAIModel
from sharpen.models.openai.options import ServerOptions
from tests.models.conftest import Reply
from tests.models.openai.asking import ask, draw, opened

pytestmark = pytest.mark.anyio


# The way to the server


async def test_an_address_with_a_query_keeps_it_behind_the_route(server, clock):
    spec = f"{server.url.removesuffix('/v1')}/openai/deployments/x?api-version=2024-06-01#coder"
    async with opened(spec, clock.retry) as model:
        await draw(model)
    (requests,) = server.requests
    assert requests.path == "/openai/deployments/x/chat/completions?api-version=2024-06-01"
    assert requests.headers["api-key"] == "secret"
    assert "authorization" not in requests.headers


async def test_a_unix_socket(server, clock, tmp_path):
    path = tmp_path / "server.sock"
    listening = await asyncio.start_unix_server(server.handle, path)
    encoded = str(path).replace("/", "%2F")
    async with listening:
        for spec in (f"unix:{path}#coder", f"http+unix://{encoded}/v1#coder"):
            async with opened(spec, clock.retry) as model:
                await draw(model)
    assert [requests.path for requests in server.requests] == ["/v1/chat/completions"] * 2


async def test_a_redirect_takes_no_prompt_to_another_host(server, clock):
    server.replies(Reply(307, "", {"Location": "http://elsewhere.example/v1/chat/completions"}))
    with pytest.raises(ModelUnavailableError, match=r"redirects to http://elsewhere\.example"):
        await ask(server, clock)
    assert len(server.requests) == 1


@asynccontextmanager
async def server_without_end(encoding: str, piece: bytes) -> AsyncIterator[str]:
    """A server whose every answer goes on for ever; gives its address."""

    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nConnection: close\r\n\r\n".encode()
    served = []

    async def write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            while True:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:  # the client has left
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(write, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    await asyncio.wait(served)


BOMB = gzip.compress(bytes(1 << 22))


@pytest.mark.parametrize(("encoding", "piece"), [("identity", b" " * 9999), ("gzip", BOMB)])
async def test_an_answer_without_end_is_given_up(clock, monkeypatch, encoding, piece):
    monkeypatch.setattr(connection, "MOST_BYTES", 1 << 20)
    async with server_without_end(encoding, piece) as url, opened(f"{url}#coder", clock.retry) as model:
        with pytest.raises(ModelError, match="answered more than 1048576 bytes"):
            await draw(model)


@pytest.mark.parametrize(("most", "seconds"), [(1 << 16, 60.0), (1 << 30, 0.2)])
async def test_a_list_of_models_without_end_is_given_up(monkeypatch, most, seconds):
    monkeypatch.setattr(connection, "MOST_BYTES", most)
    monkeypatch.setattr(connection, "_LISTING_SECONDS", seconds)
    async with server_without_end("identity", b" " * 9999) as url:
        with pytest.raises(ModelError, match="the list of models has no end"):
            await asyncio.to_thread(OpenAIModel.open, url, environ={})


@pytest.mark.parametrize("key", ["sk-planted\n", " sk-planted ", "sk-planted\r\n"])
async def test_white_space_around_a_key_is_not_sent(server, clock, key):
    async with opened(f"{server.url}#coder", clock.retry, {"SHARPEN_API_KEY": key}) as model:
        await draw(model)
    assert server.requests[0].headers["authorization"] == "Bearer sk-planted"


async def test_the_organisation_goes_to_openai_only(server, clock):
    environ = {"OPENAI_API_KEY": "sk-planted", "OPENAI_BASE_URL": server.url, "OPENAI_ORG_ID": "org-planted"}
    for spec in (f"{server.url}#coder", "openai:coder"):
        async with opened(spec, clock.retry, environ) as model:
            await draw(model)
    assert all(
        "planted" not in str(requests.headers.get("openai-organization")) for requests in server.requests
    )


async def test_a_proxy_is_used_unless_no_proxy_names_the_server(server, clock):
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    proxy = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    far = opened("http://far.example/v1#coder", clock.retry, {"http_proxy": proxy})
    async with listening, far as model:
        await draw(model)
    assert server.requests[0].path == "http://far.example/v1/chat/completions"


@pytest.mark.parametrize("without", ["127.0.0.1", "127.0.0.0/8", "*", "other, 127.0.0.1"])
async def test_a_proxy_that_cannot_be_used_does_no_harm_where_it_is_not_for_the_server(
    server, clock, without
):
    environ = {"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": without}
    async with opened(f"{server.url}#coder", clock.retry, environ) as model:
        assert await draw(model)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"ALL_PROXY": "socks5://me:planted@127.0.0.1:9"}, "pip install socksio"),
        ({"HTTPS_PROXY": "ftp://me:planted@host"}, "HTTPS_PROXY does not name a proxy"),
        ({"SSL_CERT_FILE": "/no/such.pem"}, "SSL_CERT_FILE names /no/such.pem, which does not exist"),
        ({"SSL_CERT_DIR": "/no/such"}, "SSL_CERT_DIR names /no/such"),
        ({"SHARPEN_API_KEY": "sk-planted\x00x"}, "SHARPEN_API_KEY has a character at place 11 of 12"),
        ({"SHARPEN_API_KEY": "sk-plantéd"}, "at place 9 of 10"),
    ],
)
def test_an_environment_that_cannot_work_is_one_sentence_without_secrets(environ, sentence):
    with pytest.raises(UsageError, match=sentence) as caught:
        OpenAIModel.open("https://far.example/v1#coder", environ=environ)
    assert "plant" not in str(caught.value)


def test_a_header_whose_variable_is_not_set():
    with pytest.raises(UsageError, match="the variable AZURE_KEY, which is not set"):
        OpenAIModel.open("http://h:1/v1#m", ServerOptions(header=("api-key: $AZURE_KEY",)), environ={})
