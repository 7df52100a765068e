"""What a language is to the sandbox: files to compile, commands, and how to read what went wrong.

A program and its assertions are compiled together. Our own ``main`` runs the tests one after the other and
prints a line with a secret word after each, so that a program which leaves early has passed nothing. The
word comes in the environment, is taken out of it before any test runs, and is kept in a local variable. A
program that looks through its own memory can read it: such verdicts are ``in_process``.

What a test calls to compare stays what the language says that it is, whatever the program defines under the
same name. Our own functions have names that no program knows.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SECRET = "SHARPEN_SECRET"  # noqa: S105 - the name of a variable
"""The environment variable with the secret word of a run."""

HIDDEN = f"sharpen_{secrets.token_hex(8)}"
"""How the names of our own functions begin."""

NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class TestedSource:
    """A program with tests, ready to be compiled.

    Attributes:
        files: texts by name.
        main: the file in which program and tests are.
        first_test: the line of ``main``, from 1, at which the tests begin; all before is the program's, at
            the lines it has itself, unless ``tests_within`` says where they are.
        last_test: the last line of the tests.
    """

    files: tuple[tuple[str, str], ...]
    main: str
    first_test: int
    last_test: int

    def line(self, number: int) -> str:
        """Return a line of the main file."""
        lines = dict(self.files)[self.main].replace(HIDDEN, "test").split("\n")
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def is_test(self, number: int) -> bool:
        """Whether a line is one of the tests'."""
        return self.first_test <= number <= self.last_test


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        name: as ``Suite.language`` has it.
        title: its name in a sentence.
        script: makes the source of a program that reads and prints.
        tested: makes the source of a program (first argument) with a benchmark's helpers (second) and tests.
        place: finds the line of the main file in what a program or a compiler said; its first group.
        asserted: finds that an assertion failed.
        memory: finds that there was no memory.
        syntax: finds that a program which is not compiled could not be read.
        noise: finds lines that say nothing of the program.
        before_tests: finds in a program the words by which it could run before its tests, or change what
            they call.
    """

    name: str
    title: str
    script: Callable[[str], TestedSource]
    tested: Callable[[str, str, Sequence[str]], TestedSource]
    place: re.Pattern[str]
    asserted: re.Pattern[str]
    memory: re.Pattern[str]
    syntax: re.Pattern[str] = NOTHING
    noise: re.Pattern[str] = NOTHING
    before_tests: re.Pattern[str] = NOTHING


def after_program(program: str, tests: str, end: str, name: str, *more: tuple[str, str]) -> TestedSource:
    """Return a source in which the tests stand behind the program, and our ``end`` behind them."""
    head = program.rstrip("\n") + "\n\n"
    first = head.count("\n") + 1
    text = f"{head}{tests}\n\n{end}"
    return TestedSource(((name, text), *more), name, first, first + tests.count("\n"))


def whole(name: str) -> Callable[[str], TestedSource]:
    """Return what makes the source of a program without tests."""
    return lambda program: TestedSource(((name, program),), name, 0, 0)
