"""The sandbox: a warm fork server for hostile programs, behind every layer the machine offers.

::

    harness --> judge, one a slot --> zygote, one a tier of imports --> child, one a program

Covered, each with programs in ``tests/sandbox/hostile``:

- Verdicts: a pass is computed by the judge, from plain values in the order in which it asked for them. Exit
  statuses, printed text, other descriptors and objects with an ``__eq__`` of their own mean nothing. Expected
  values and assertions never enter a program's process, save where a test cannot be split from its program;
  such a verdict says ``in_process``.
- State: each program is a fork of an interpreter that has never run another.
- Guesses: after a wrong answer the rest is asked as well, so a program does not see whether it was right.
- Time: processor time decides, read by the judge from the kernel's account; time on the clock is counted
  without what a program spent waiting for a processor. Where that was over and the program had to wait, it
  is tried once more, one such program at a time. A program that runs long gives its place to others.
- Memory (address space), size and number of files, output, threads, no core files.
- Files: only the scratch directory can be written, and only the interpreter be read.
- Processes: no program can start another, signal another, trace another, or outlive its verdict.
- The network: no socket can be made, and the namespace has none.
- Privileges: none are kept, none can be gained; as root the program runs as another user.

Not covered: side channels; a kernel with a hole in a system call that is allowed. On macOS there are rlimits
and the scratch directory only, and processor time is limited in whole seconds. Profile ``best`` uses all
layers there are and names what is missing once in a warning; ``strict`` refuses to run without any of them.
"""

import asyncio
import os
import platform
import warnings
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from sharpen.errors import SandboxError
from sharpen.sandbox import missing
from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness.judge_process import Judge
from sharpen.sandbox.harness.scheduler import Lanes, ProgramJob
from sharpen.sandbox.languages import toolchains
from sharpen.types import Program, Suite, Verdict

Profile = Literal["best", "strict"]

VERDICTS = 10
"""The version of the rules for verdicts: raise it with any change after which some verdict may differ.

It is part of every recorded verdict's key. ``tests/sandbox/test_version.py`` fails when the code that decides
verdicts changes, until somebody has thought about it.
"""


class ProcessSandbox:
    """Runs programs, at most ``workers`` at a time besides those that run long; see the module's docstring.

    ``without`` leaves out layers by name, to show what they are for. Another ``hash_seed`` shows whether a
    program depends on the order of its sets.

    Attributes:
        layers: those that held when a program was last judged.
    """

    def __init__(
        self,
        workers: int | None = None,
        profile: Profile = "best",
        without: Collection[str] = (),
        hash_seed: int = 0,
    ) -> None:
        workers = workers or os.cpu_count() or 1
        self.profile = profile
        self._lanes = Lanes(workers, tuple(without), hash_seed)
        self._threads = ThreadPoolExecutor(len(self._lanes.judges), thread_name_prefix="sandbox")
        seeded = f" hash-seed-{hash_seed}" if hash_seed else ""
        self._version = f"fork-{VERDICTS} python-{platform.python_version()}{seeded}"
        self.layers: frozenset[str] = frozenset()
        self._running: set[ProgramJob] = set()
        self._closed = False
        self._warned = False

    @property
    def version(self) -> str:
        """The version of the rules for verdicts and that of the interpreter."""
        return self._version

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        """Run ``program`` on ``suite``. Whatever the program does is a verdict, never an exception.

        Raises:
            SuiteError: the suite has no tests, checks nothing, or is not plain data.
            SandboxError: the sandbox is closed, no process or scratch directory can be had, this machine has
                no toolchain for the language, or the profile is ``strict`` and the machine lacks a layer.
        """
        self._refuse_if_closed()
        if not program.code.strip():
            return Verdict("no_code", message="the answer holds no program", trust="isolated")
        if suite.language != "python":
            await asyncio.to_thread(toolchains.find, suite.language)
        turn = ProgramJob(self._lanes, program.code, suite, limits)
        self._running.add(turn)
        future = asyncio.get_running_loop().run_in_executor(self._threads, turn.take)
        try:
            judged = await asyncio.shield(future)
        except asyncio.CancelledError:
            turn.cancel()
            await asyncio.wait([future])
            raise
        finally:
            self._running.discard(turn)
        if judged is None:
            raise SandboxError("the sandbox was closed while the program ran; make a new one")
        if judged.layers:
            self.layers = judged.layers
            self._check_layers(judged.layers)
        return judged.verdict

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SandboxError("the sandbox is closed; make a new one")

    def _check_layers(self, layers: frozenset[str]) -> None:
        if not (lacking := missing.names(layers)):
            return
        names = ", ".join(lacking)
        if self.profile == "strict":
            raise SandboxError(f"this machine does not offer what the profile strict requires: {names}")
        if not self._warned:
            self._warned = True
            text = f"this machine does not offer every layer of the sandbox; missing: {names}"
            warnings.warn(f"{text}; {missing.sentence(lacking)}", RuntimeWarning, stacklevel=2)

    async def close(self) -> None:
        """End every program that runs and wait until nothing is left of it."""
        self._closed = True
        for turn in list(self._running):
            turn.cancel()
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._threads.shutdown()  # a turn may still start its judge
        with ThreadPoolExecutor(len(self._lanes.judges)) as closing:
            list(closing.map(Judge.close, self._lanes.judges))
