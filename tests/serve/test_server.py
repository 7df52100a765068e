"""The service as a process: what it will not start with, and that nothing is left when it has ended."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sharpen.serve import options
from tests.sandbox.conftest import processes_naming, wait_until
from tests.serve.conftest import SECONDS, TOKEN, Client, own, serving
from tests.serve.test_service import figures, send

Sharpen = Callable[..., tuple[int, str, str]]
PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_everything_below_it(tmp_path: Path, number: signal.Signals) -> None:
    place = tmp_path / "sandbox"
    with serving(place, "--workers", "1") as (process, url), closing(Client(url)) as client:
        endless = "def f(x):\n    while True: pass\n"
        requests = send(client, own(endless, limits={"cpu_seconds": 9}), own(endless))
        wait_until(lambda: figures(client)["sharpen_programs_running"] == 2)
        assert processes_naming(place)
        requests.close()
        process.send_signal(number)
        _, message = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        assert message == ""
    assert processes_naming(place) == []
    assert list(place.iterdir()) == []


def test_what_is_being_answered_when_it_ends_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path / "sandbox", "--workers", "1") as (process, url), closing(Client(url)) as client:
        requests = send(client, own("import time\ndef f(x):\n    time.sleep(1)\n    return 9\n"))
        wait_until(lambda: figures(client)["sharpen_programs_running"] == 1)
        process.terminate()
        with requests:
            answer = b"".join(iter(lambda: requests.recv(4096), b""))
        assert b'"reward":1' in answer


@pytest.mark.parametrize(
    ("token", "words", "sentence"),
    [
        ("", [], "the service starts with a token only"),
        ("short", [], "at least 16 ASCII characters"),
        ("a token with spaces in it", [], "at least 16 ASCII characters"),
        (TOKEN, ["--token-file", "nowhere"], "the token file nowhere cannot be read"),
        (TOKEN, ["--host", "192.0.2.1"], "nothing can listen at 192.0.2.1"),
        (TOKEN, ["--benchmarks", "humanevil"], "did you mean `humaneval`?"),
        (TOKEN, ["--benchmarks", "textworld"], "asks for no programs"),
        (
            TOKEN,
            ["--limits.cpu-seconds", "0"],
            "limits.cpu_seconds: Input should be greater than or equal to 0.01",
        ),
    ],
)
def test_it_says_why_it_does_not_start(
    sharpen: Sharpen, monkeypatch: pytest.MonkeyPatch, token: str, words: list[str], sentence: str
) -> None:
    monkeypatch.setenv(options.TOKEN, token)
    if "textworld" in words:
        pytest.importorskip("textworld", reason="sharpen[household] is not installed")
    code, _, err = sharpen("sandbox", "serve", "--port", "0", *words)
    assert code == 2
    assert sentence in " ".join(err.split())


def test_a_port_that_is_taken(sharpen: Sharpen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(options.TOKEN, TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = sharpen("sandbox", "serve", "--port", port)
    assert code == 2
    assert f"nothing can listen at 127.0.0.1, port {port}" in " ".join(err.split())


def test_without_its_libraries(sharpen: Sharpen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = sharpen("sandbox", "serve")
    assert code == 2
    assert "pip install 'sharpen[serve]'" in err


def test_the_token_comes_from_the_file_before_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert options.read_token(file, {options.TOKEN: "another token of some length"}) == TOKEN
    assert options.read_token(None, {options.TOKEN: TOKEN}) == TOKEN


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_command_of_the_page(client: Client) -> None:
    (command,) = re.findall(r"```bash\n(curl .*?)```", PAGE.read_text(), re.DOTALL)
    environment = os.environ | {"SHARPEN_URL": client.url, "SHARPEN_TOKEN": TOKEN}
    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert '"reward":1' in ran.stdout
    assert '"trust":"isolated"' in ran.stdout


def test_the_reward_function_of_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, benchmark_file: Path
) -> None:
    """As TRL calls it: with lists as long as the batch, of texts or of conversations."""
    (code,) = re.findall(r"```python\n(.*?def passes.*?)```", PAGE.read_text(), re.DOTALL)
    known = client.judge(benchmark="?", problem="", completion="").json()["error"].split()[-1]
    space: dict[str, Any] = {}
    monkeypatch.setenv("SHARPEN_URL", client.url)
    monkeypatch.setenv("SHARPEN_TOKEN", TOKEN)
    exec(code.replace('"humaneval"', repr(known)), space)
    right, wrong = "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"
    problems = ["mine/add", "mine/add"]
    assert space["passes"](prompts=["", ""], completions=[right, wrong], problem=problems) == [1, 0]
    spoken = [[{"role": "assistant", "content": text}] for text in (wrong, right)]
    assert space["passes"](prompts=["", ""], completions=spoken, problem=problems) == [0, 1]
