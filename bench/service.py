"""The service on one kept-alive connection, against a fresh connection for each request.

python bench/service.py [--requests 200]
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time

TOKEN = "a-token-of-the-benchmark"
MAIN = "from sharpen.cli.app import main; main()"
REQUEST = json.dumps(
    {
        "program": "def f(x):\n    return x * x\n",
        "entry_point": "f",
        "tests": [{"form": "call", "args": [3], "expected": 9}],
    }
)


def ask(connection: http.client.HTTPConnection, path: str) -> float:
    """Return the milliseconds of one request."""
    started = time.perf_counter()
    method, body = ("GET", None) if path == "/health" else ("POST", REQUEST)
    connection.request(method, path, body, {"Authorization": f"Bearer {TOKEN}"})
    reply = connection.getresponse()
    reply.read()
    assert reply.status == 200, reply.status
    return (time.perf_counter() - started) * 1e3


def measure(address: str, path: str, requests: int) -> tuple[float, float]:
    """Return the median milliseconds kept alive and fresh, in turns, so that both see the same machine."""
    reused, fresh = [], []
    connection = http.client.HTTPConnection(address)
    for _ in range(requests):
        reused.append(ask(connection, path))
        other = http.client.HTTPConnection(address)
        fresh.append(ask(other, path))
        other.close()
    connection.close()
    return statistics.median(reused), statistics.median(fresh)


def main() -> None:
    """Print both medians and their ratio for a request that runs nothing and one that judges a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    arguments = parser.parse_args()
    command = [sys.executable, "-c", MAIN, "sandbox", "serve", "--port", "0", "--workers", "1"]
    environment = os.environ | {"SHARPEN_TOKEN": TOKEN, "COLUMNS": "200"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        match = re.search(r"http://(\S+)", process.stderr.readline())
        assert match, process.stderr.read()
        try:
            for path in ("/health", "/v1/judge"):
                reused, fresh = measure(match[1], path, arguments.requests)
                print(
                    f"{path}: {reused:.1f} ms on a kept-alive connection, {fresh:.1f} ms on fresh ones,"
                    f" ratio {reused / fresh:.2f}"
                )
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
