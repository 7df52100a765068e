"""Completion tokens a second of bulk sampling: ``torch:NAME`` against llama.cpp on the same prompts.

Each engine draws the same samples of the same problems through ``sharpen sample``: journal, sandbox and
loading of the weights included. The more answers there are, the less loading counts.

python bench/drawing.py [--model NAME] [--problems 32] [--samples 4] [--max-tokens 200]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from sharpen.api import execute
from sharpen.methods.sample import Sample


def rate(model: str, given: argparse.Namespace) -> float:
    """Return the completion tokens per second of a run, and print it."""
    config = Sample(
        benchmark=given.benchmark,
        model=model,
        n=given.samples,
        limit=given.problems,
        max_tokens=given.max_tokens,
        concurrency=given.problems,
    )
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        results = asyncio.run(execute(config, Path(scratch) / "run"))
        seconds = time.perf_counter() - started
        drawn = [node for node in results.nodes() if node.completion]
        tokens = sum(node.completion.completion_tokens for node in drawn if node.completion)
        passed = sum(node.passed for node in drawn)
    print(
        f"{model:28} {tokens / seconds:6.1f} tokens/s ({tokens} tokens in {seconds:.0f} s, "
        f"{passed} of {len(drawn)} programs pass)",
        flush=True,
    )
    return tokens / seconds


def main() -> None:
    """Print both rates and their ratio."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--model", default="qwen2.5-coder-0.5b")
    words.add_argument("--benchmark", default="humaneval")
    words.add_argument("--problems", type=int, default=32)
    words.add_argument("--samples", type=int, default=4)
    words.add_argument("--max-tokens", type=int, default=200)
    given = words.parse_args()
    llama, torch = (rate(model, given) for model in (given.model, f"torch:{given.model}"))
    print(f"torch over llama.cpp: {torch / llama:.2f} times")


if __name__ == "__main__":
    main()
