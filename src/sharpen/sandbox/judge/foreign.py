"""One trial of a program in another language than Python: compiled once, then run on its tests.

Assertions are compiled with the program and run beside it, so their verdict says ``in_process``. That a test
has passed is known by a line with a secret word (:mod:`sharpen.sandbox.languages.base`). What a program
prints for an input is compared here, so that such a verdict is ``isolated``. Compiling has limits of its own
and costs the program nothing.
"""

import marshal
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.explain import shorten
from sharpen.sandbox.child.foreign import CANNOT_EXECUTE, COMPILED, Built, Files
from sharpen.sandbox.judge import failures, script
from sharpen.sandbox.judge.builds import COMPILE_LIMITS, OUT_OF_TIME, Build, KeptBuilds, build_of, trimmed
from sharpen.sandbox.judge.candidate import FailedError
from sharpen.sandbox.judge.channel import (
    CancelledError,
    Channel,
    ChildEndedError,
    Clocks,
    Interruption,
    ProtocolFaultError,
    TimeLimitError,
)
from sharpen.sandbox.judge.trial import END_SECONDS, LEAST_SECONDS, STARVED, BaseTrial
from sharpen.sandbox.judge.zygote_handle import Ending, Zygote
from sharpen.sandbox.languages.base import SECRET, Language, TestedSource
from sharpen.sandbox.languages.toolchains import LANGUAGES, Toolchain
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import AssertTest, StdioTest, Suite


def refused(suite: Suite) -> str:
    """Return why a suite in another language than Python cannot judge any program, or nothing."""
    if all(isinstance(test, AssertTest | StdioTest) for test in suite.tests):
        return ""
    return f"only assertions, and inputs with outputs, can be run in {suite.language}"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all trials of a language share.

    Attributes:
        kept: what was compiled.
        compiler, runner: return the zygote that compiles, and the one that runs programs.
        cancel: the harness's end, which speaks up when nobody wants the verdict.
        suspected: called once when a program runs long.
    """

    toolchain: Toolchain
    kept: KeptBuilds
    compiler: Callable[[], Zygote]
    runner: Callable[[], Zygote]
    cancel: socket.socket
    suspected: Callable[[], None]

    @property
    def language(self) -> Language:
        """The language itself."""
        return LANGUAGES[self.toolchain.language]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program or a compiler."""
        fixed = {"PATH": "/usr/bin:/bin", "HOME": ".", "TMPDIR": ".", "LC_ALL": "C.UTF-8"}
        return fixed | dict(self.toolchain.environment) | dict(more)


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a process of a compiler or of a program went.

    Attributes:
        problem: what ended the conversation with it before its time.
        ending: how it ended.
        output, errors: what it wrote to its standard output and error.
        seconds: on the clock.
        starved: whether it had to wait for a processor when its time on the clock was over.
    """

    problem: Interruption | None
    ending: Ending
    output: str
    errors: str
    seconds: float
    starved: bool


class ForeignTrial(BaseTrial):
    """The trial of one program in another language."""

    def __init__(self, code: str, suite: Suite, limits: Limits, workshop: Workshop) -> None:
        super().__init__(code, suite, limits)
        self.workshop = workshop

    def run_batch(self, indices: Sequence[int]) -> None:
        """Run the tests that share a process.

        Raises:
            FailedError: one failed.
        """
        self.progress.begin(indices[0])
        test = self.suite.tests[indices[0]]
        if isinstance(test, StdioTest):
            self.run_script(test)
        else:
            self.run_asserts(indices)

    def run_script(self, test: StdioTest) -> None:
        """Run the program on one input.

        Raises:
            FailedError: it did not print what it should, or could not.
        """
        source = self.workshop.language.script(self.code)
        files = self.built(source)
        command = [part.format(main=main_class(files)) for part in self.workshop.toolchain.script]
        result = self.run(files, command, {}, test.stdin)
        if failure := self.failure(source, result):
            raise failure
        script.check(test, result.output)
        self.progress.passed()

    def run_asserts(self, indices: Sequence[int]) -> None:
        """Run assertions beside the program, in one process.

        Raises:
            FailedError: one failed, or the program could run before them or change them, ended before all
                were run, or badly afterwards.
        """
        if early := self.workshop.language.before_tests.search(self.code.replace("\\\n", "")):
            text = f"the program uses `{early[0]}`, by which it could run before its tests or change them"
            raise FailedError("forbidden", text)
        tests = [test.code for index in indices if isinstance(test := self.suite.tests[index], AssertTest)]
        source = self.workshop.language.tested(self.code, self.suite.context, tests)
        files, word = self.built(source), secrets.token_hex(12)
        self.progress.trust = "in_process"
        command = [part.format(secret=word) for part in self.workshop.toolchain.tested]
        hidden = {} if word in command else {SECRET: word}
        result = self.run(files, command, hidden, "")
        count = passed_tests(result.output, word, len(tests))
        self.progress.begin(indices[min(count, len(tests) - 1)])
        failure = self.failure(source, result)
        if failure is None and count < len(tests):
            failure = failures.death(result.ending, self.during())
        for index in indices[: count - 1 if failure and count == len(tests) else count]:
            self.progress.begin(index)
            self.progress.passed()
        if failure:
            self.progress.begin(indices[min(count, len(tests) - 1)])
            raise failure

    def during(self) -> str:
        """Return which test was running, in words."""
        return failures.during(self.suite, self.progress.running, "")

    def built(self, source: TestedSource) -> Files:
        """Return what a source was compiled to.

        Raises:
            FailedError: it could not be compiled.
            HarnessFaultError: the compiler could not be executed.
        """
        files = {name: text.encode("utf-8", "surrogateescape") for name, text in source.files}
        if not self.workshop.toolchain.compile:
            return files
        language, kept = self.suite.language, self.workshop.kept
        build = kept.get(language, files)
        if build is None:
            build = self.compiled(files)
            kept.keep(language, files, build)
        if isinstance(build, tuple):
            raise FailedError(*build)
        return build

    def compiled(self, files: Files) -> Build:
        """Have a source compiled."""
        command = list(self.workshop.toolchain.compile)
        command += [name for name in files if name not in command]
        task = "compile", files, command, self.workshop.environment({})
        answers: list[Built] = []

        def talk(channel: Channel) -> None:
            letter, body = channel.answer()
            if letter != COMPILED:
                raise ProtocolFaultError("the answer is none to what was asked")
            answers.append(marshal.loads(body))  # noqa: S302 - plain data

        result = self.converse(self.workshop.compiler(), COMPILE_LIMITS, "", task, talk)
        if answers:
            return build_of(answers[0], self.suite.language)
        if isinstance(result.problem, TimeLimitError) and result.problem.on_clock:
            seconds = f"{COMPILE_LIMITS.wall_seconds:g} s"
            raise HarnessFaultError(f"the compiler did not come to an end within {seconds} on the clock")
        if isinstance(result.problem, TimeLimitError) or failures.is_out_of_time(result.ending):
            return OUT_OF_TIME
        raise HarnessFaultError(f"the compiler's process ended early: {trimmed(result.errors)}")

    def run(self, files: Files, command: Sequence[str], more: Mapping[str, str], stdin: str) -> ProcessResult:
        """Run a compiled program.

        Raises:
            HarnessFaultError: the processes around it failed.
            CancelledError: nobody wants the verdict any more.
        """
        task = "run", files, list(command), self.workshop.environment(more)
        result = self.converse(self.workshop.runner(), self.limits_left(), stdin, task, until_it_ends)
        self.cpu_seconds += result.ending.cpu_seconds
        self.wall_seconds += result.seconds
        self.peak_bytes = max(self.peak_bytes, result.ending.peak_bytes)
        self.starved = result.starved
        return result

    def limits_left(self) -> Limits:
        """Return what the next process may use: tests share the limits, unless each has them to itself."""
        if self.suite.alone or self.suite.every:
            return self.limits
        return replace(
            self.limits,
            cpu_seconds=max(self.limits.cpu_seconds - self.cpu_seconds, LEAST_SECONDS),
            wall_seconds=max(self.limits.wall_seconds - self.wall_seconds, LEAST_SECONDS),
        )

    def converse(
        self,
        zygote: Zygote,
        limits: Limits,
        stdin: str,
        task: tuple[object, ...],
        talk: Callable[[Channel], None],
    ) -> ProcessResult:
        """Give a new child its task, talk to it, and end it.

        Raises:
            HarnessFaultError: the child was never ready.
            CancelledError: nobody wants the verdict any more.
        """
        began, nonce = time.monotonic(), secrets.token_bytes(8)
        suspected, others = self.workshop.suspected, zygote.others
        clocks = Clocks(zygote.process, limits.cpu_seconds, limits.wall_seconds, suspected, others)
        ours, theirs = socket.socketpair()
        problem: Interruption | None = CancelledError()
        with ours, script.files(stdin.encode("utf-8", "surrogateescape"), 3) as streams:
            with theirs:
                zygote.fork(
                    [theirs.fileno(), *(stream.fileno() for stream in streams)],
                    cpu_seconds=limits.cpu_seconds,
                    memory=limits.memory_bytes,
                    file_size=limits.output_bytes,
                    threads=limits.processes,
                )
            size, cancel = limits.output_bytes, self.workshop.cancel
            channel = Channel(ours, clocks, nonce=nonce, max_chars=size, cancel=cancel)
            try:
                channel.begin(*task, nonce)
                talk(channel)
                problem = None
            except Interruption as interruption:
                problem = interruption
            finally:
                ending = zygote.end(END_SECONDS if isinstance(problem, ChildEndedError) else 0)
            output, errors = (script.output_of(stream, size) for stream in streams[1:])
        if isinstance(problem, CancelledError):
            raise problem
        if not ending.ready:
            raise HarnessFaultError(f"a child could not be prepared (status {ending.status})")
        seconds = time.monotonic() - began
        on_clock = isinstance(problem, TimeLimitError) and problem.on_clock
        starved = on_clock and clocks.waited > STARVED * seconds
        return ProcessResult(problem, ending, output, errors, seconds, starved)

    def failure(self, source: TestedSource, result: ProcessResult) -> FailedError | None:
        """Return what was wrong with a run, or None where the program ended by itself and well.

        Raises:
            HarnessFaultError: it could not be executed.
        """
        ending, errors, during = result.ending, result.errors, self.during()
        if isinstance(result.problem, ProtocolFaultError):
            return failures.forgery(result.problem)
        if isinstance(result.problem, TimeLimitError):
            return failures.late(self.limits, result.problem, during)
        if failures.is_out_of_time(ending) or self.cpu_seconds > self.limits.cpu_seconds:
            return failures.late(self.limits, TimeLimitError(on_clock=False), during)
        if ending.alone and ending.status == 0:
            return None
        if ending.alone and ending.status >> 8 == CANNOT_EXECUTE and "cannot be executed" in errors:
            raise HarnessFaultError(errors.strip())
        death, text = failures.death(ending, during), trimmed(errors, self.workshop.language.noise)
        if self.workshop.language.memory.search(errors):
            return FailedError("memory", f"the memory limit was reached{during}\n{text}")
        return explained(self.workshop.language, source, death, text) if text else death


def explained(language: Language, source: TestedSource, death: FailedError, text: str) -> FailedError:
    """Return a failure with the test at which it came and what the program wrote about it."""
    if language.syntax.search(text):
        return FailedError("syntax", text)
    lines = [int(match[1]) for match in language.place.finditer(text)]
    at_test = next((line for line in lines if source.is_test(line)), 0)
    quoted = source.line(at_test) if at_test else ""
    head = f"{shorten(quoted)} failed" if quoted else death.message
    is_wrong = language.asserted.search(text) and lines and source.is_test(lines[0])
    return FailedError("wrong_answer" if is_wrong else death.kind, f"{head}\n{text}")


def until_it_ends(channel: Channel) -> None:
    """Wait for the end of a program, which has nothing to say to the judge.

    Raises:
        Interruption: it has ended, or said something.
    """
    channel.answer()
    raise ProtocolFaultError("a compiled program has nothing to say there")


def passed_tests(output: str, word: str, count: int) -> int:
    """Return how many tests have passed: each printed a line, in order."""
    printed = re.findall(rf"^{word} (\d+)$", output, re.MULTILINE)
    return next((n for n in range(count) if printed[n : n + 1] != [str(n)]), count)


def main_class(files: Files) -> str:
    """Return the first Java class, by name, that has a main method."""
    names = sorted(name.removesuffix(".class") for name in files if name.endswith(".class"))
    having = (name for name in names if b"([Ljava/lang/String;)V" in files[f"{name}.class"])
    return next(having, "Main")
