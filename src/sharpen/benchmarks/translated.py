"""Problems that read and print, in another language than Python: ``apps:rust``, ``livecodebench:cpp@FILE``.

Inputs and outputs are the benchmark's own, and the judge compares what was printed, so verdicts stay
``isolated``. Problems that call a function are left out: their values are Python's.
"""

from dataclasses import replace
from typing import get_args

from sharpen.benchmarks.base import Benchmark, LazySuite, ask
from sharpen.benchmarks.extract_braces import extract
from sharpen.errors import UsageError
from sharpen.languages import SYNTAX, fence, title
from sharpen.types import Language, Message, Problem, Program, Suite

_WISHES = {"java": " Its class with the main method is called Main."}


def in_language(benchmark: Benchmark, word: str) -> Benchmark:
    """Return those problems of a benchmark that read and print, in the language that ``word`` names.

    Raises:
        UsageError: there is no such language, or no such problem.
    """
    language = next((each for each in get_args(Language) if each == word and each in SYNTAX), None)
    if language is None:
        raise UsageError(f"There is no language {word}: choose one of {', '.join(SYNTAX)}.")
    problems = [_problem(each, language) for each in benchmark.problems if _prints(each)]
    if not problems or benchmark.parts or benchmark.environment:
        raise UsageError(
            f"{benchmark.name} has no problems that read and print: it cannot be asked in {word}."
        )
    return replace(
        benchmark,
        name=f"{benchmark.name}:{language}",
        problems=problems,
        prompt=prompt,
        extract=extract_program,
        imports=(),
        tally=None,
    )


def _prints(problem: Problem) -> bool:
    return not problem.hidden.entry_point and not problem.starter.strip()


def _problem(problem: Problem, language: Language) -> Problem:
    visible, hidden = (_suite(suite, language) for suite in (problem.visible, problem.hidden))
    return replace(problem, visible=visible, hidden=hidden, solution="")


def _suite(suite: Suite, language: Language) -> Suite:
    return suite.in_language(language) if isinstance(suite, LazySuite) else replace(suite, language=language)


def prompt(problem: Problem) -> tuple[Message, ...]:
    """Return the conversation that asks a chat model for the program."""
    language = problem.hidden.language
    return ask(
        "script.txt",
        statement=problem.statement.strip(),
        language=title(language),
        fence=fence(language),
        wish=_WISHES.get(language, ""),
    )


def extract_program(problem: Problem, answer: str) -> Program:
    """Return the program in ``answer``."""
    return extract(answer, problem.hidden.language, starter="", entry_point="")
