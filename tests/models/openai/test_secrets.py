"""No secret is in anything that a run leaves: its directory, what it prints, its tracebacks."""

import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SECRETS = {
    "SHARPEN_API_KEY": "sk-planted-own\n",
    "OPENAI_API_KEY": "sk-planted-openai",
    "OPENAI_ORG_ID": "org-planted",
    "OPENAI_PROJECT_ID": "proj-planted",
    "TEAM_TOKEN": " planted-header ",
    "HTTPS_PROXY": "http://me:planted-proxy@127.0.0.1:9",
}
ANSWER = {
    "choices": [{"message": {"content": "def add(a, b):\n    return a + b\n"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3},
}


def echo(handler: BaseHTTPRequestHandler) -> str:
    """The secrets of a request, as a careless server puts them into its messages."""
    return " ".join(f"{name}={handler.headers[name]}" for name in ("Authorization", "X-Token"))


BEHAVIOURS = {
    "answers": lambda handler: (200, ANSWER),
    "repeats the key in a refusal": lambda handler: (401, {"error": {"message": echo(handler)}}),
    "repeats the key in an error": lambda handler: (400, {"error": {"message": echo(handler)}}),
    "repeats the key in a quota's end": lambda handler: (402, {"error": {"message": echo(handler)}}),
    "repeats the key in a 404": lambda handler: (404, {"detail": echo(handler)}),
    "repeats the key in garbage": lambda handler: (200, {"object": echo(handler)}),
    "repeats the key in a redirect": lambda handler: (307, {}, {"Location": f"http://x/{echo(handler)}"}),
}


@pytest.fixture
def serve():
    """Start a real server that behaves as told; return its address and the headers that it got."""
    running = []

    def start(behave):
        seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append(dict(self.headers))
                self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(*behave(self))

            def do_GET(self):
                self.reply(200, {"data": [{"id": "other"}]})

            def reply(self, status, body, headers=None):
                content = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/v1#coder", seen

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def leaks(folder: Path, *texts: str) -> list[str]:
    """Return where a planted secret is: files by name, texts by number."""
    files = [str(path) for path in folder.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]
    return files + [f"text {number}: {text}" for number, text in enumerate(texts) if "planted" in text]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_run_leaves_no_secret_whatever_the_server_does(
    sharpen, serve, benchmark_file, tmp_path, monkeypatch, behaviour
):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    spec, seen = serve(BEHAVIOURS[behaviour])
    header = ("--server.header", "X-Token: $TEAM_TOKEN")
    _, out, err = sharpen("sample", benchmark_file, "-m", spec, "-n", 1, *header, "--run", "r")
    assert seen[0]["x-token"] == "planted-header"
    assert not {"openai-organization", "openai-project"} & seen[0].keys()
    assert leaks(tmp_path, out, err) == []


@pytest.mark.parametrize(
    ("spec", "environ"),
    [
        ("http://me:planted@127.0.0.1:1/v1#m", {}),
        ("http://127.0.0.1:1/v1?api_key=planted#m", {}),
        ("openai:m", {"OPENAI_API_KEY": "sk-planted\x01", "OPENAI_BASE_URL": ""}),
        ("openai:m", {"OPENAI_API_KEY": "sk", "OPENAI_BASE_URL": "http://me:planted@127.0.0.1:1/v1"}),
        ("http://127.0.0.1:1/v1#m", {"ALL_PROXY": "socks5://me:planted@127.0.0.1:9"}),
        ("http://127.0.0.1:1/v1#m", {"HTTP_PROXY": "http://me:planted@127.0.0.1:9"}),
        ("http://127.0.0.1:1/v1", {"SHARPEN_API_KEY": "sk-planted"}),
    ],
)
def test_what_cannot_work_says_no_secret_not_even_in_a_traceback(
    sharpen, benchmark_file, tmp_path, monkeypatch, spec, environ
):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    command = ("sample", benchmark_file, "-m", spec, "-n", 1, "--run", "r")
    code, out, err = sharpen(*command)
    assert code in (1, 2)
    assert leaks(tmp_path, out, err) == []
    with pytest.raises(Exception) as caught:
        sharpen("--debug", *command)
    assert leaks(tmp_path, "".join(traceback.format_exception(caught.value))) == []
