"""Addresses over HTTP: bounded, and a token stays with its host."""

from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest

from sharpen.errors import AccessError, FetchError
from sharpen.files import http
from sharpen.files.http import read_url
from tests.hub import listening, serving


class Answering(BaseHTTPRequestHandler):
    """Answers ``/STATUS`` with that status, and with ``location`` if it is a redirect."""

    def __init__(self, seen, location, *args):
        self.seen, self.location = seen, location
        super().__init__(*args)

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("Authorization")))
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.location)
        self.send_header("Content-Length", "9" * 30 if status == 207 else "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args):
        """Say nothing."""


def test_a_token_does_not_follow_a_redirect():
    there, here = [], []
    with (
        listening(partial(Answering, there, "")) as other,
        listening(partial(Answering, here, other)) as url,
    ):
        assert read_url(f"{url}/302", 100, "secret") == b"ok"
    assert here == [("/302", "Bearer secret")]
    assert there == [("/", None)]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:1", "data:,x"])
def test_a_redirect_to_another_protocol_is_refused(location):
    with listening(partial(Answering, [], location)) as url, pytest.raises(FetchError):
        read_url(f"{url}/302", 100)


def test_a_redirect_without_end_is_given_up():
    seen = []
    with listening(partial(Answering, seen, "/302")) as url, pytest.raises(FetchError):
        read_url(f"{url}/302", 100)
    assert len(seen) < 20


@pytest.mark.parametrize(("status", "kind"), [(401, AccessError), (403, AccessError), (404, FetchError)])
def test_a_refusal_names_address_and_status(status, kind):
    with (
        listening(partial(Answering, [], "")) as url,
        pytest.raises(kind, match=rf"/{status} answers {status}"),
    ):
        read_url(f"{url}/{status}", 100)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nothing", ""])
def test_other_addresses_are_refused(url):
    with pytest.raises(FetchError, match="is not an address of HTTP"):
        read_url(url, 100)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://127.0.0.1:port/x", "http://a b/", "http://["]
)
def test_what_cannot_be_reached_is_one_sentence(url):
    with pytest.raises(FetchError):
        read_url(url, 100)


def test_an_answer_that_is_too_long_or_too_slow_is_given_up(monkeypatch):
    with serving() as hub:
        hub.files["/long"] = bytes(1 << 20)
        with pytest.raises(FetchError, match=r"gives more than 1,000 bytes"):
            read_url(f"{hub.url}/long", 1000)
        monkeypatch.setattr(http, "DEADLINE", -1.0)
        with pytest.raises(FetchError, match="takes longer than"):
            read_url(f"{hub.url}/long", 1 << 21)


def test_a_length_of_thirty_digits_harms_nobody():
    with listening(partial(Answering, [], "")) as url:
        assert read_url(f"{url}/207", 100) == b"ok"
