"""Figures and page of a run of the size of the self-repair paper, without a model.

``python bench/report.py [--problems 300] [--np 50] [--nfr 10] [--folder DIR]`` writes a run of full trees
with drawn verdicts (seed 0), reports it, and prints processor time, peak memory and the size of the page.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.journal.rows import ProblemRow
from sharpen.reports import publish
from sharpen.reports.repair.summary import summarise_all
from sharpen.types import (
    Completion,
    Message,
    Node,
    Outcome,
    Program,
    Sampling,
    Stage,
    Verdict,
    VerdictKind,
)

DIFFICULTIES = ("introductory", "interview", "interview", "interview", "competition")
"""The paper's 60, 180 and 60 of 300."""
CODE = "def f(xs):\n    # {number}\n" + "    xs = [x + 1 for x in xs]\n" * 12 + "    return xs\n"


def main() -> None:
    """Write the run where there is none yet, report it, and print what that cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--np", type=int, default=50)
    parser.add_argument("--nfr", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    run = folder / f"run-{options.problems}-{options.np}-{options.nfr}"
    if not run.exists():
        write_run(run, options.problems, options.np, options.nfr)
    for name, step in (
        ("figures", lambda: summarise_all([run])),
        ("page", lambda: publish.write([run], run / "report.html")),
    ):
        started = time.process_time()
        step()
        print(f"{name}: {time.process_time() - started:.1f} s of processor time")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = (run / "report.html").stat().st_size / 1e6
    print(f"page: {size:.1f} MB, peak memory {peak:.0f} MiB")


def write_run(run: Path, problems: int, n_p: int, n_fr: int) -> None:
    """Write a run whose repairs pass half as often as programs do."""
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps(config(n_p, n_fr)))
    chance = random.Random(0)
    with Journal.write(run) as journal:
        for position in range(problems):
            problem = f"apps/{position}"
            difficulty = DIFFICULTIES[position % len(DIFFICULTIES)]
            journal.record_problem(position, ProblemRow(problem, "Sort.", "def f(xs):", difficulty, {}))
            rate = chance.betavariate(0.3, 0.7)
            for index in range(n_p):
                program = attempt(journal, problem, None, "program", index, chance.random() < rate)
                for number in range(0 if program.passed else n_fr):
                    attempt(journal, problem, program.id, "repair", number, chance.random() < rate / 2)
            journal.record_outcome(problem, "key", "")


def attempt(
    journal: Journal, problem: str, parent: str | None, stage: Stage, index: int, passes: bool
) -> Node:
    """Record one program with its verdict."""
    identity = fingerprint(problem, parent, stage, index)
    code = CODE.format(number=identity)
    completion = Completion(f"```python\n{code}```", 300, 200, 150 + index, "stop", "m", 1.0)
    key = journal.record_completion(
        "sha256:m", (Message("user", parent or problem),), Sampling(), index, completion
    )
    kind: VerdictKind = "passed" if passes else "wrong_answer"
    message = "" if passes else "f([1]) returned [2], expected [1]"
    verdict = Verdict(kind, (Outcome("t", kind),), message, 0.01, 0.02, 1 << 20, "isolated")
    judged = journal.record_verdict(code, "suite", "{}", "bench", verdict)
    node = Node(
        identity, parent, problem, stage, index, "m", completion.text, (), completion, Program(code, "fence")
    )
    journal.record_node(node, key, judged, judged)
    return Node(identity, parent, problem, stage, index, "m", "", verdict=verdict)


def config(n_p: int, n_fr: int) -> dict[str, object]:
    """Return what ``config.json`` holds of such a run."""
    return {
        "method": "repair", "outcomes": "key", "benchmark": "apps", "model": "m", "n_p": n_p, "n_fr": n_fr,
        "stop_at_success": False, "baseline": "none", "format": 2, "feedback_tests": "hidden",
        "order": "batch", "rounds": 1, "temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "seed": 0,
    }  # fmt: skip


if __name__ == "__main__":
    main()
