"""What to say of a program that did not answer: its time was over, it died, or it forged an answer."""

import signal

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.explain import call, shorten
from sharpen.sandbox.judge.candidate import FailedError
from sharpen.sandbox.judge.channel import Interruption, TimeLimitError
from sharpen.sandbox.judge.zygote_handle import Ending
from sharpen.types import CallTest, SourceTest, StdioTest, Suite

_TIME_SIGNALS = {signal.SIGXCPU, signal.SIGPROF}
_SIGSYS = getattr(signal, "SIGSYS", None)


def during(suite: Suite, index: int, statement: str) -> str:
    """Return which test was running, in words; ``index`` is -1 while the program loads."""
    if index < 0:
        return " while the program was loading"
    test = suite.tests[index]
    if isinstance(test, CallTest):
        return f" while running: {call(suite.entry_point, test.args)}"
    if isinstance(test, StdioTest):
        return f" on the input\n{shorten(test.stdin)}"
    if isinstance(test, SourceTest):
        return f" while running: {test.id}"
    return f" while running: {statement or shorten(test.code.strip())}"


def late(limits: Limits, problem: TimeLimitError, doing: str) -> FailedError:
    """A limit on time was reached."""
    limit = f"{limits.cpu_seconds:g} s of processor time"
    if problem.on_clock:
        limit = f"{limits.wall_seconds:g} s on the clock"
    where = f"\n{problem.where}" if problem.where else ""
    return FailedError("timeout", f"the limit of {limit} was reached{doing}{where}")


def forgery(problem: Interruption) -> FailedError:
    """The child sent what the harness' own code would not have sent."""
    message = f"the program wrote to the pipe that reports its results: {problem}"
    return FailedError("forbidden", message)


def is_out_of_time(ending: Ending) -> bool:
    """Whether the kernel ended the program for its use of time."""
    return ending.alone and ending.status & 0x7F in _TIME_SIGNALS


def death(ending: Ending, doing: str) -> FailedError:
    """The process ended, or closed its socket, before it had answered."""
    code, number = ending.status >> 8, ending.status & 0x7F
    if not ending.alone:
        return FailedError("exception", f"the program closed the pipe that reports its results{doing}")
    if number == signal.SIGKILL:
        return FailedError("memory", "the program was killed, most likely for want of memory")
    if number == _SIGSYS:
        return FailedError("forbidden", f"the program made a call of another architecture{doing}")
    if number:
        hint = " (a recursion too deep for the stack ends so)" if number == signal.SIGSEGV else ""
        name = signal.strsignal(number) or "unknown"
        return FailedError("exception", f"the program crashed with signal {number} ({name}){hint}{doing}")
    return FailedError("exception", f"the program exited with status {code} before its tests ended{doing}")
