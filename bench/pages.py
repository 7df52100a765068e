"""A report of 300 problems with 550 programs each: how long it takes to write, to open and to search.

    python bench/pages.py [--problems 300] [--programs 50] [--repairs 10] [--run DIR]

A problem has 50 first programs and 10 repairs of each. ``--run`` keeps the run, and uses it again. Needs a
Chromium (SHARPEN_CHROMIUM or on the PATH) and playwright. To open is to show the page with its list;
searches are timed from the key to the new list.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.journal.rows import ProblemRow
from sharpen.reports import publish
from sharpen.types import Completion, Message, Node, Outcome, Program, Sampling, Stage, Verdict

CONFIG = {
    "method": "repair", "outcomes": "key", "benchmark": "humaneval", "model": "bench", "format": 2,
    "stop_at_success": False, "baseline": "none", "feedback_tests": "visible", "order": "batch",
    "rounds": 1, "temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "seed": 0, "sharpen": "0.1.0",
    "visible_tests": "the examples in the docstring", "machine": {},
}  # fmt: skip
LINES = 30
"""Of a program."""
TIMES = 5
FLAGS = ["--no-sandbox", "--disable-gpu"]
WORDS = ("return", "value_17", "humaneval/12", "expected", "no such text")


def write_run(directory: Path, problems: int, programs: int, repairs: int) -> Path:
    """Write a run of full trees, or what one lacks, and return its directory."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(CONFIG | {"n_p": programs, "n_fr": repairs}))
    with Journal.write(directory) as journal:
        written = journal.outcomes("key")
        for number in range(problems):
            problem = f"HumanEval/{number}"
            if problem in written:
                continue
            journal.record_problem(number, ProblemRow(problem, f"Write f for {number}.", "", "", {}))
            for index in range(programs):
                parent = _write_node(journal, problem, None, index, "program", number)
                for repair in range(repairs):
                    _write_node(journal, problem, parent, repair, "repair", number + index)
            journal.record_outcome(problem, "key")
    return directory


def _write_node(
    journal: Journal, problem: str, parent: str | None, index: int, stage: Stage, salt: int
) -> str:
    identity = fingerprint(problem, parent, index, stage)
    passed = (salt * 7 + index * 13) % 11 == 0
    body = "".join(f"    value_{line} = xs[{line}] + {index}\n" for line in range(LINES))
    code = f"def f(xs):\n{body}    return value_{salt % LINES}\n"
    answer = f"The loop ends early.\n```python\n{code}```"
    prompt = (Message("user", f"Write f for {problem}, {parent}."),)
    completion = Completion(answer, 200, 150, 180, "stop", "bench", 1.0)
    key = journal.record_completion("sha256:bench", prompt, Sampling(), index, completion)
    kind = "passed" if passed else "wrong_answer"
    message = "" if passed else "f([3, 1]) returned [3, 1], expected [1, 3]"
    verdict = Verdict(kind, (Outcome("test", kind),), message)  # type: ignore[arg-type]
    shown, hidden = (journal.record_verdict(code, suite, "{}", "bench", verdict) for suite in ("v", "h"))
    node = Node(identity, parent, problem, stage, index, "bench", answer, (), completion, Program(code))
    journal.record_node(node, key, shown, hidden)
    return identity


def opened(browser: Any, page: Path) -> tuple[float, list[list[float]]]:  # noqa: ANN401 - playwright is optional
    """Return the seconds to open the page, and for each search the ms to its first and to all results."""
    tab = browser.new_page()
    started = time.perf_counter()
    tab.goto(page.as_uri(), wait_until="load")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = time.perf_counter() - started
    searches = [tab.evaluate(_SEARCH, word) for word in WORDS]
    tab.close()
    return seconds, searches


_SEARCH = """async (word) => {
    const search = document.getElementById("search");
    const started = performance.now();
    search.value = word;
    search.dispatchEvent(new Event("input"));
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    const first = performance.now() - started;
    while (document.getElementById("matches").textContent.includes("searching")) await frame();
    return [first, performance.now() - started];
}"""


def main() -> None:
    """Print what writing, opening and searching take."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--programs", type=int, default=50)
    parser.add_argument("--repairs", type=int, default=10)
    parser.add_argument("--run", type=Path)
    arguments = parser.parse_args()
    chromium = os.environ.get("SHARPEN_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as scratch:
        run = arguments.run or Path(scratch)
        write_run(run, arguments.problems, arguments.programs, arguments.repairs)
        started = time.perf_counter()
        page = publish.write([run], run / "report.html")
        print(f"write: {time.perf_counter() - started:.1f} s, {page.stat().st_size / 2**20:.1f} MiB")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            taken = [opened(browser, page) for _ in range(TIMES)]
            browser.close()
    seconds = [each for each, _ in taken]
    print(f"open: median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s, n = {TIMES}")
    for place, name in enumerate(("first results", "all results")):
        taken_ms = [search[place] for _, several in taken for search in several]
        print(f"{name}: median {statistics.median(taken_ms):.0f} ms, most {max(taken_ms):.0f} ms")


if __name__ == "__main__":
    main()
