"""The service as a process: its socket, its sandbox, and how it ends.

It ends by SIGINT or SIGTERM: nothing new is accepted, open requests have some seconds to be answered, the
rest get 503, and every process below it ends.
"""

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import SandboxError, UsageError
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.sandbox.process import ProcessSandbox
from sharpen.sandbox.ray.sandbox import RaySandbox
from sharpen.serve.connections import CONNECTIONS, protocol_for
from sharpen.serve.judging import RequestJudge
from sharpen.serve.options import Serve, read_token
from sharpen.serve.queue import Queue
from sharpen.serve.service import Service
from sharpen.types import CallTest, Program, Suite

_LAST_SECONDS = 10
"""For what is being answered when the service is asked to end."""
_REFUSING_SECONDS = 2
"""For refusing the rest."""
_IN_SANDBOX = 2
"""Programs a worker that are in the sandbox at a time: one that runs long gives its place to another."""


def serve(options: Serve, say: Callable[[str], None]) -> None:
    """Serve until a signal ends it; what a person should know is given to ``say``.

    Raises:
        UsageError: there is no token, the address cannot be had, or a benchmark asks for no programs.
        SandboxError: the sandbox does not work here.
        SharpenError: a benchmark cannot be loaded.
    """
    token = read_token(options.token_file)
    benchmarks = _benchmarks(options.benchmarks)
    with _listening(options.host, options.port) as listening:
        host, port = listening.getsockname()[:2]
        if not ipaddress.ip_address(host).is_loopback:
            say("other machines can reach it, and nothing is encrypted: put a proxy with TLS before it")
        with suppress(KeyboardInterrupt):
            asyncio.run(
                _serve(options, token, benchmarks, listening, lambda: say(f"serving at {_url(host, port)}"))
            )


async def _serve(
    options: Serve,
    token: str,
    benchmarks: dict[str, Benchmark],
    listening: socket.socket,
    ready: Callable[[], None],
) -> None:
    sandbox, at_once = _sandbox(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C; Ray has one of its own by now
    try:
        await _try(sandbox)
    except BaseException:  # also Ctrl-C: a sandbox that was started is closed
        await sandbox.close()
        raise
    judging = RequestJudge(
        sandbox, options.limits.over(Limits()), benchmarks, trust_tests=options.trust_tests
    )
    service = Service(token, sandbox, judging, Queue(options.queue, at_once), options.body_mib * 1024**2)
    config = uvicorn.Config(
        service.app(),
        access_log=False,
        lifespan="on",
        http=protocol_for(token),
        limit_concurrency=CONNECTIONS,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_LAST_SECONDS + _REFUSING_SECONDS,
        ws="none",
    )
    ready()
    await _Server(config, service).serve([listening])


class _Server(uvicorn.Server):
    """Refuses what is not answered after the last seconds, so that nobody's connection just breaks."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.get_running_loop().call_later(_LAST_SECONDS, self._service.end)
        await super().shutdown(sockets)
        ending.cancel()


def _sandbox(options: Serve) -> tuple[Sandbox, int]:
    """Return the sandbox and how many programs may be in it."""
    if options.sandbox == "ray":
        cluster = RaySandbox(options.workers)
        return cluster, cluster.in_flight
    workers = options.workers or os.cpu_count() or 1
    return ProcessSandbox(workers), _IN_SANDBOX * workers


async def _try(sandbox: Sandbox) -> None:
    """Run a program, so that a sandbox that does not work is known before anybody asks."""
    suite = Suite((CallTest("call", (), 1),), "f")
    verdict = await sandbox.execute(Program("def f():\n    return 1\n"), suite, Limits())
    if not verdict.passed:
        raise SandboxError(f"the sandbox does not work here ({verdict.message}): see sharpen doctor")


def _benchmarks(words: Sequence[str]) -> dict[str, Benchmark]:
    loaded = {}
    for word in words:
        benchmark = load(word)
        if not all(problem.hidden.tests for problem in benchmark.problems[:1]):
            raise UsageError(f"{word} asks for no programs, and the service judges nothing else")
        loaded[benchmark.name] = benchmark
    return loaded


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: only then asyncio sets TCP_NODELAY, without which an answer waits 40 ms for an
    # acknowledgement of the one before it on the same connection.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        reason = f"nothing can listen at {host}, port {port}: {error.strerror}; choose another"
        raise UsageError(reason) from error
    return listening


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
