"""Programs a second: the sandbox alone, the reward in this process, and the reward over the service.

`python bench/rewards.py [PROGRAMS]`: as many answers with one call as a test, half of them right.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sharpen.rewards import Reward, own_tests
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, Suite

TEST = {"form": "call", "id": "t", "args": [3], "expected": 9}
ROUNDS = 3


def answers(count: int) -> list[str]:
    """Return answers that all differ."""
    return [
        f"```python\ndef f(x):\n    return x * x + {number % 2}  # {number}\n```" for number in range(count)
    ]


async def alone(texts: list[str]) -> None:
    """Judge with the sandbox alone; the programs are taken out of the answers before."""
    sandbox = ProcessSandbox()
    suite = Suite((CallTest("t", (3,), 9),), "f")
    programs = [Program(str(own_tests(text, [TEST], "f", "")["program"])) for text in texts]
    await asyncio.gather(*(sandbox.execute(program, suite, Limits()) for program in programs[:4]))
    began = time.perf_counter()
    await asyncio.gather(*(sandbox.execute(program, suite, Limits()) for program in programs))
    print(f"the sandbox alone: {len(texts) / (time.perf_counter() - began):.0f} programs a second")
    await sandbox.close()


def rewarded(name: str, reward: Reward, texts: list[str]) -> None:
    """Judge through a reward function."""
    columns: dict[str, list[Any]] = {"tests": [[TEST]] * len(texts), "entry_point": ["f"] * len(texts)}
    reward(completions=texts[:4], tests=[[TEST]] * 4, entry_point=["f"] * 4)
    began = time.perf_counter()
    rewards = reward(completions=texts, **columns)
    print(f"{name}: {len(texts) / (time.perf_counter() - began):.0f} programs a second")
    assert sum(filter(None, rewards)) == (len(texts) + 1) // 2
    reward.close()


@contextmanager
def service() -> Iterator[str]:
    """Serve the sandbox in another process."""
    os.environ["SHARPEN_TOKEN"] = "a-word-for-a-measurement"
    command = "from sharpen.cli.app import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "sandbox", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        (url,) = re.findall(r"http://\S+", process.stderr.readline())
        yield url
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Measure each in turn, several times."""
    texts = answers(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    ways: list[Callable[[], None]] = [
        lambda: asyncio.run(alone(texts)),
        lambda: rewarded("the reward here", Reward(), texts),
    ]
    with service() as url:
        ways.append(lambda: rewarded("the reward over the service", Reward(service=url), texts))
        for _ in range(ROUNDS):
            for way in ways:
                way()


if __name__ == "__main__":
    main()
