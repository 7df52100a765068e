"""Real servers on loopback, and a client that holds every answer against the service's own document."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
import uvicorn

from sharpen.benchmarks.registry import load
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.serve.connections import protocol_for
from sharpen.serve.judging import RequestJudge
from sharpen.serve.queue import Queue
from sharpen.serve.service import Service
from sharpen.types import Program, Suite, Verdict
from tests.conftest import write_problems

TOKEN = "a word that nobody guesses".replace(" ", "-")
SECONDS = 120
MAIN = "from sharpen.cli.app import main; main()"
SQUARE = "def f(x):\n    return x * x\n"
NINE = {"form": "call", "args": [3], "expected": 9}


def own(program: str = SQUARE, *tests: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A request with tests of its own."""
    return {"program": program, "tests": list(tests or [NINE]), "entry_point": "f"} | fields


class Client:
    """Asks a server; every answer must be one that the server's document promises."""

    service: Service
    """What answers, where it runs in this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, timeout=SECONDS, trust_env=False)
        self.headers = {"Authorization": f"Bearer {TOKEN}"}
        self.document = self.http.get("/openapi.json", headers=self.headers).json()

    def close(self) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        reply = self.http.request(method, path, **{"headers": self.headers} | options)
        self.hold(reply, method, path)
        return reply

    def hold(self, reply: httpx2.Response, method: str, path: str) -> None:
        promised = self.document["paths"][path][method.lower()]["responses"][str(reply.status_code)]
        kind = reply.headers["content-type"].partition(";")[0]
        body = reply.json() if kind == "application/json" else reply.text
        self.conforms(body, promised["content"][kind]["schema"])
        for name in promised.get("headers", {}):
            assert name in reply.headers

    def conforms(self, body: object, schema: dict[str, Any]) -> None:
        whole = schema | {"components": self.document["components"]}
        jsonschema.validate(body, whole, jsonschema.Draft202012Validator)

    def takes(self, path: str) -> dict[str, Any]:
        """The schema of what a route is asked."""
        requests = self.document["paths"][path]["post"]["requestBody"]
        return requests["content"]["application/json"]["schema"]

    def judge(self, **request: Any) -> httpx2.Response:
        self.conforms(request, self.takes("/v1/judge"))
        return self.ask("POST", "/v1/judge", json=request)

    def batch(self, *requests: dict[str, Any]) -> httpx2.Response:
        self.conforms({"programs": list(requests)}, self.takes("/v1/judge/batch"))
        return self.ask("POST", "/v1/judge/batch", json={"programs": list(requests)})


@contextmanager
def serving(place: Path, *options: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`sharpen sandbox serve` as a process whose own processes have ``place`` in their names."""
    place.mkdir(exist_ok=True)
    place.chmod(0o711)
    environment = os.environ | {"SHARPEN_TOKEN": TOKEN, "TMPDIR": str(place), "COLUMNS": "200"}
    command = [sys.executable, "-c", MAIN, "sandbox", "serve", "--port", "0", *map(str, options)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr
    try:
        message = process.stderr.readline()
        assert message.startswith("serving at "), message + process.stderr.read()
        yield process, message.split()[-1]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a real server, with a real sandbox and a benchmark of two problems."""
    folder = tmp_path_factory.mktemp("service")
    mine = write_problems(folder / "mine.jsonl")
    options = [
        "--workers",
        "1",
        "--body-mib",
        "1",
        "--queue",
        "8",
        "--limits.cpu-seconds",
        "7.5",
        "--benchmarks",
    ]
    with serving(folder / "sandbox", *options, mine) as (_, url), closing(Client(url)) as client:
        yield client


class Gate:
    """A sandbox whose programs wait until the test opens it; it keeps what became of them."""

    version = "gate"

    def __init__(self) -> None:
        self.requests: list[tuple[Program, Suite, Limits]] = []
        self.cancelled: list[Program] = []
        self.verdict: Verdict | Exception = Verdict("passed", trust="isolated")
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened = asyncio.Event()

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        self._loop = asyncio.get_running_loop()
        self.requests.append((program, suite, limits))
        try:
            await self._opened.wait()
        except asyncio.CancelledError:
            self.cancelled.append(program)
            raise
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict

    def soon(self, call: Callable[[], object]) -> None:
        """Call it in the service's loop."""
        assert self._loop
        self._loop.call_soon_threadsafe(call)

    def open(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._opened.set)
        else:
            self._opened.set()

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Serve a sandbox of the test's own in this process."""
    servers: list[tuple[uvicorn.Server, threading.Thread, Client]] = []

    def start(sandbox: Sandbox, *words: str, room: int = 4, at_once: int = 1, trust: bool = False) -> Client:
        benchmarks = {word: load(word) for word in words}
        judging = RequestJudge(sandbox, Limits(), benchmarks, trust_tests=trust)
        service = Service(TOKEN, sandbox, judging, Queue(room, at_once), 2**20)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                service.app(), log_level="critical", timeout_graceful_shutdown=1, http=protocol_for(TOKEN)
            )
        )
        thread = threading.Thread(target=server.run, args=[[listening]])
        thread.start()
        client = Client(f"http://127.0.0.1:{listening.getsockname()[1]}")
        client.service = service
        servers.append((server, thread, client))
        return client

    yield start
    for server, thread, client in servers:
        client.close()
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive()
