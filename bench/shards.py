"""How long merging and reporting shards takes, and how much memory: `python bench/shards.py [PROBLEMS]`.

Sixteen shards of a made-up repair run: PROBLEMS problems (30 if not given) with 50 programs and 10 repairs of
each. No program passes. Rows are written to the journals directly, with no model or sandbox;
texts are as long as those of a 1.5B model on HumanEval (about 600 characters).
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sharpen import api
from sharpen.benchmarks import own
from sharpen.benchmarks.base import Benchmark
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from sharpen.run.resume import keep_run_config
from sharpen.run.run import outcome_key, row_of
from sharpen.run.subset import select
from sharpen.types import Completion, Message, Node, Outcome, Problem, Program, Verdict

SHARDS, PROGRAMS, REPAIRS, CHARACTERS = 16, 50, 10, 600
SANDBOX = "made up"


def text(chance: random.Random) -> str:
    """Return an answer that compresses like code."""
    words = "for", "x", "return", "len(values)", "+= 1", "\n    "
    return " ".join(chance.choices(words, k=CHARACTERS // 5))


def nodes(problem: Problem, chance: random.Random) -> Iterator[tuple[Node, Completion]]:
    """Yield the rows of one problem's tree."""
    prompt = (Message("user", problem.statement * 20),)
    for index in range(PROGRAMS):
        program = _node(problem, None, index, prompt, text(chance))
        yield program
        repaired = (*prompt, Message("assistant", program[0].text), Message("user", "It failed. Repair it."))
        for number in range(REPAIRS):
            yield _node(problem, program[0], number, repaired, text(chance))


def _node(
    problem: Problem, parent: Node | None, index: int, prompt: tuple[Message, ...], answer: str
) -> tuple[Node, Completion]:
    completion = Completion(answer, 300, 0, 150, "stop", "m", 1.0)
    verdict = Verdict("wrong_answer", (Outcome("t", "wrong_answer"),), "assert f(3) == 3 failed: got 4")
    node = Node(
        id=fingerprint(problem.id, parent.id if parent else None, index),
        parent=parent.id if parent else None,
        problem=problem.id,
        stage="repair" if parent else "program",
        index=index,
        author="m",
        text=answer,
        prompt=prompt,
        completion=completion,
        program=Program(answer),
        shown=verdict,
        verdict=verdict,
    )
    return node, completion


def write(run: Path, config: Repair, benchmark: Benchmark) -> int:
    """Write one shard and return how many rows it has."""
    chance, count = random.Random(config.shard), 0
    outcomes = outcome_key(config, SANDBOX)
    with Journal.write(run) as journal:
        keep_run_config(run, config, benchmark, {"m": Scripted({}, "m")}, outcomes, {})
        for position, problem in enumerate(select(benchmark.problems, None, (), config.shard)):
            journal.record_problem(position, row_of(problem))
            for node, completion in nodes(problem, chance):
                count += 1
                sampling = config.sampling
                key = journal.record_completion("scripted:m", node.prompt, sampling, node.index, completion)
                assert node.program and node.verdict
                verdict = journal.record_verdict(node.program.code, "suite", "{}", SANDBOX, node.verdict)
                journal.record_node(node, key, verdict, verdict)
            journal.record_outcome(problem.id, outcomes)
    return count


def main() -> None:
    """Print sizes, times and memory."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    benchmark = own.in_memory(
        [Problem.from_function(f"Problem {n}.", f"assert f{n}(3) == 3") for n in range(count)]
    )
    with tempfile.TemporaryDirectory() as scratch:
        runs = [Path(scratch) / f"{n}" for n in range(1, SHARDS + 1)]
        size: dict[str, object] = {"n_p": PROGRAMS, "n_fr": REPAIRS, "baseline": "none"}
        options = size | {"benchmark": benchmark.name, "model": "m"}
        rows = 0
        for number, run in enumerate(runs, 1):
            rows += write(run, Repair.model_validate(options | {"shard": f"{number}/{SHARDS}"}), benchmark)
        held = sum((run / "journal.db").stat().st_size for run in runs)
        print(f"{count} problems, {rows:,} rows, {held / rows:,.0f} bytes a row")
        for name, work in (
            ("merge", lambda: api.merge(*runs, run=Path(scratch) / "whole")),
            ("report", lambda: api.report(Path(scratch) / "whole").to_json()),
        ):
            began = time.process_time()
            work()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name}: {time.process_time() - began:.1f} s of processor time, {peak:,.0f} MiB at most")


if __name__ == "__main__":
    main()
