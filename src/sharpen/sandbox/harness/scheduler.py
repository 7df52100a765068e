"""One program's way through the sandbox: a place in a lane, a judge, another try where that is fair.

As many programs run as there are workers. One that runs long is suspected of never ending: it keeps its
judge, but its place goes to another program, as long as there are judges. Where the time on the clock was
over and the program had to wait for a processor, it is tried once more, one such program at a time.
"""

import threading
from random import SystemRandom

from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness.judge_process import Judge, Judged
from sharpen.sandbox.launch import HarnessFaultError, Interpreter
from sharpen.types import Suite, Verdict

JUDGES_A_WORKER = 4
"""Programs that run long or sleep keep their judge; a judge is started when it is first needed."""
_choose = SystemRandom().choice


class Lanes:
    """What the programs of one sandbox share.

    Attributes:
        fast: a place for each program that is not suspected.
        alone: held by the program that is tried again.
        judges: all of them; those that nobody uses are ``idle``. Turns have as many threads as there are
            judges, so one is idle whenever a turn wants one.
    """

    def __init__(self, workers: int, without: tuple[str, ...], hash_seed: int = 0) -> None:
        interpreter = Interpreter.ours(hash_seed)
        self.fast = threading.Semaphore(workers)
        self.alone = threading.Lock()
        self.judges = [Judge(n, interpreter, without) for n in range(JUDGES_A_WORKER * workers)]
        self.idle = self.judges[::-1]
        self._taking = threading.Lock()

    def take_judge(self) -> Judge:
        """Take any of the judges that are idle and were started, else the next one that was not.

        A program can tell processes apart. If the judge that was used last were taken, one that sleeps, and
        so keeps its judge, would decide where the next one runs: a message to it.
        """
        with self._taking:
            started = [place for place, judge in enumerate(self.idle) if judge.started]
            return self.idle.pop(_choose(started) if started else -1)


class ProgramJob:
    """One program's way through the sandbox. :meth:`take` blocks; :meth:`cancel` may come from any thread."""

    def __init__(self, lanes: Lanes, code: str, suite: Suite, limits: Limits) -> None:
        self.lanes, self.code, self.suite, self.limits = lanes, code, suite, limits
        self._lock = threading.Lock()
        self._cancelled = False
        self._judge: Judge | None = None
        self._in_lane = False

    def take(self) -> Judged | None:
        """Return the verdict; None when cancelled."""
        judged = self._tried()
        if judged is not None and judged.verdict.kind == "timeout" and judged.starved:
            with self.lanes.alone:
                judged = self._tried()
        return judged

    def _tried(self) -> Judged | None:
        """Run the program; once more when the harness failed."""
        try:
            return self._run()
        except HarnessFaultError:
            pass
        try:
            return self._run()
        except HarnessFaultError as fault:
            failed = Verdict("harness_error", message=str(fault), trust="isolated")
            return Judged(failed, frozenset(), starved=False)

    def _run(self) -> Judged | None:
        self.lanes.fast.acquire()
        self._in_lane = True
        judge = self.lanes.take_judge()
        try:
            with self._lock:
                if self._cancelled:
                    return None
                self._judge = judge
            return judge.judge(self.code, self.suite, self.limits, self._leave_lane)
        finally:
            with self._lock:
                self._judge = None
            self.lanes.idle.append(judge)
            self._leave_lane()

    def _leave_lane(self) -> None:
        """Let another program start: this one has ended, or runs long."""
        if self._in_lane:
            self._in_lane = False
            self.lanes.fast.release()

    def cancel(self) -> None:
        """End the program; :meth:`take` then returns soon."""
        with self._lock:
            self._cancelled = True
            if self._judge is not None:
                self._judge.close()
