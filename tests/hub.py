"""A real HTTP server of files, with ranges and broken connections: a hub in the small."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """``files`` by path; ``asked`` are the paths and ranges that came in.

    Each connection gives at most ``most`` bytes of a file and is then closed, where ``most`` is not None.
    ``started`` is set by the first request; requests wait for ``go``.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    most: int | None = None
    ranges: bool = True
    started: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *args: object) -> None:
        self.hub = hub
        super().__init__(*args)

    def do_GET(self) -> None:
        span = self.headers.get("Range", "")
        self.hub.requests.append((self.path, span))
        self.hub.started.set()
        self.hub.go.wait(30)
        if self.path not in self.hub.files:
            return self.send_error(HTTPStatus.NOT_FOUND)
        data = self.hub.files[self.path]
        first = int(re.fullmatch(r"bytes=(\d+)-", span)[1]) if span and self.hub.ranges else 0
        if first and first >= len(data):
            return self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if first else HTTPStatus.OK)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:][: self.hub.most])
        return None

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()
    hub.go.set()
    with listening(partial(Handler, hub)) as hub.url:
        yield hub


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a port of this machine and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
