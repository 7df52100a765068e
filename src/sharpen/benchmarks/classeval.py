"""ClassEval (Du et al. 2023, arXiv 2308.01861): 100 classes to be completed: 410 methods, 502 test classes.

- A problem is the skeleton of a class. Its hidden tests are ClassEval's unittest classes, one for each method
  and one for the whole; each runs with the program in a process of its own, whatever the others said.
- Three strategies: ``holistic`` asks for the class at once; ``incremental`` method by method, with what was
  written before in the prompt; ``compositional`` each method alone, with the signatures of the others.
- Prompts are ClassEval's for chat models (generation/inference_pipeline.py), and a program is taken out of an
  answer by ClassEval's rules, so that scores can be compared: :mod:`sharpen.benchmarks.classeval_answers`.
- Figures are those of ``cal_metrics_pass_at_k`` at k = 1; see :class:`ClassTally`.

Deviations:

1. ClassEval runs all test classes of a program in one process, five seconds on the clock each, with the files
   that earlier ones left. Here each has an empty directory, and ten seconds of processor time that imports
   are part of.
2. ClassEval takes InCoder's answers by another rule; no name of a model counts here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from sharpen.benchmarks.base import Benchmark, Parts
from sharpen.benchmarks.classeval_answers import class_in, method_in, signature
from sharpen.benchmarks.harness import source
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.types import Message, Outcome, Problem, Program, SourceTest, Suite, Verdict

FILE = RemoteFile(
    file="ClassEval_data.json",
    version="eaeac44",
    sha256="50a1ac0e4d0c238573c10c0ab11feae00b14a80ae9e4c9cc28148707ecf0b6a2",
    sources=("https://raw.githubusercontent.com/FudanSELab/ClassEval/eaeac44d0d5d/data/ClassEval_data.json",),
)
LIMITS = {"cpu_seconds": 10.0, "wall_seconds": 60.0}


class MethodInfo(BaseModel):
    """What ClassEval says of a method, as far as prompts need it."""

    method_name: str
    method_description: str


class ClassEvalRecord(BaseModel):
    """One class of ClassEval's file."""

    task_id: str
    skeleton: str
    test: str
    solution_code: str
    import_statement: list[str]
    class_description: str
    class_name: str
    test_classes: list[str]
    class_constructor: str
    methods_info: list[MethodInfo]


def load(path: Path | None = None, strategy: str = "") -> Benchmark:
    """Return the 100 classes, asked by ``strategy`` (holistic if none is named).

    Raises:
        DataError: the file is not ClassEval's.
        FetchError: no source could be reached.
    """
    records, provenance = read_records(path or obtain(FILE), ClassEvalRecord, None if path else FILE)
    known = {record.task_id: record for record in records}
    parts = _parts(known, strategy)
    return Benchmark(
        name=f"classeval/{strategy}" if strategy else "classeval",
        problems=[_problem(record, provenance) for record in records],
        prompt=partial(_first_part, parts) if parts else _holistic,
        extract=partial(_extract, known),
        visible_tests="none: the docstrings' examples are part of the skeleton and are not run",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=LIMITS,
        parts=parts,
        own_tests=_own_tests,
        tally=partial(ClassTally, {record.task_id: record.test_classes for record in records}),
    )


def _own_tests(problem: Problem, text: str) -> Suite:
    """Return the tests as a file of outputs brings them: ClassEval judges by those, and two differ."""
    hidden = problem.hidden
    own = (replace(test, tests=text) for test in hidden.tests if isinstance(test, SourceTest))
    return replace(hidden, tests=tuple(own))


def _problem(record: ClassEvalRecord, provenance: Mapping[str, str]) -> Problem:
    tests = tuple(
        SourceTest(name, f"run_class(solution, tests, {name!r}, measured)", record.test)
        for name in record.test_classes
    )
    return Problem(
        id=record.task_id,
        statement=record.skeleton,
        visible=Suite(()),
        hidden=Suite(tests, record.class_name, source("unittest_class"), every=True),
        solution=_with_imports(record, record.solution_code),
        provenance=provenance,
    )


def _with_imports(record: ClassEvalRecord, code: str) -> str:
    return "\n".join(record.import_statement) + "\n" + code


def _holistic(problem: Problem) -> tuple[Message, ...]:
    name = problem.hidden.entry_point
    return (Message("user", f"Please complete the class {name} in the following code.\n{problem.statement}"),)


def _first_part(parts: Parts, problem: Problem) -> tuple[Message, ...]:
    return parts.prompt(problem, ())


def _extract(known: Mapping[str, ClassEvalRecord], problem: Problem, answer: str) -> Program:
    return _program(known[problem.id], answer)


def _program(record: ClassEvalRecord, answer: str) -> Program:
    code, fenced = class_in(answer)
    if not code.strip():
        return Program("", "none")
    return Program(_with_imports(record, code), "fence" if fenced else "bare")


def _parts(known: Mapping[str, ClassEvalRecord], strategy: str) -> Parts | None:
    """Return how a class is asked for method by method; None where it is asked for at once."""
    if strategy not in ("incremental", "compositional"):
        return None
    incremental = strategy == "incremental"

    def prompt(problem: Problem, answers: Sequence[str]) -> tuple[Message, ...]:
        record = known[problem.id]
        method = record.methods_info[len(answers)]
        written = _written(record, answers) if incremental else _declared(record, method)
        wanted = f"please complete {method.method_name} method in the following class {record.class_name}"
        return (Message("user", f"{wanted}\n\n{written}\n\n    {method.method_description}"),)

    def join(problem: Problem, answers: Sequence[str]) -> Program:
        record = known[problem.id]
        return _program(record, _written(record, answers) if incremental else _composed(record, answers))

    return Parts(lambda problem: len(known[problem.id].methods_info), prompt, join)


def _described(record: ClassEvalRecord) -> str:
    """Return the imports and the constructor, with the description of the class behind its first line."""
    first, _, rest = record.class_constructor.partition("\n")
    return _with_imports(record, "\n".join([f"{first} ", record.class_description, rest]))


def _code_of(record: ClassEvalRecord, answers: Sequence[str]) -> list[str]:
    pairs = zip(record.methods_info, answers, strict=False)
    return [method_in(answer, method.method_name) for method, answer in pairs]


def _written(record: ClassEvalRecord, answers: Sequence[str]) -> str:
    return "\n\n".join([_described(record), *_code_of(record, answers)])


def _declared(record: ClassEvalRecord, wanted: MethodInfo) -> str:
    others = (method for method in record.methods_info if method.method_name != wanted.method_name)
    signatures = (signature(method.method_description, method.method_name) for method in others)
    return _described(record) + "".join(f"{signature}\n        pass\n\n" for signature in signatures)


def _composed(record: ClassEvalRecord, answers: Sequence[str]) -> str:
    return "\n\n".join([_with_imports(record, record.class_constructor), *_code_of(record, answers)])


@dataclass
class ClassTally:
    """ClassEval's four figures: shares of samples, averaged over test classes (fun) and over tasks (class).

    A test class is a success when all its tests pass, a partial success when some do. A class is a success
    when all its test classes are, a partial success when none of them is without a passing test. The partial
    figures count the successes too, as ClassEval's of the same names do.

    Attributes:
        names: the test classes of each task.
        tests: by task and test class, the samples, those that succeed, and those that do at least in part.
        classes: the same by task.
    """

    names: Mapping[str, Sequence[str]]
    tests: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    classes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one sample; where there was no program no test has an outcome, and none succeeds."""
        by_test = {outcome.test: outcome for outcome in verdict.outcomes}
        outcomes = [(name, by_test.get(name, Outcome(name, "no_code"))) for name in self.names[problem]]
        for name, outcome in outcomes:
            _count(self.tests[problem, name], outcome.kind == "passed", _passes_some(outcome))
        _count(self.classes[problem], verdict.passed, all(_passes_some(outcome) for _, outcome in outcomes))

    def figures(self) -> dict[str, float]:
        """Return the four figures."""
        return {
            "class_success": _mean_share(self.classes.values(), 1),
            "class_partial_success": _mean_share(self.classes.values(), 2),
            "fun_success": _mean_share(self.tests.values(), 1),
            "fun_partial_success": _mean_share(self.tests.values(), 2),
        }


def _passes_some(outcome: Outcome) -> bool:
    """Whether a test of the class passes: one that was never finished measured nothing."""
    counts = outcome.measured
    return counts.get("errors", 0) + counts.get("failures", 0) < counts.get("ran", 0)


def _count(counts: list[int], whole: bool, some: bool) -> None:
    for index, counted in enumerate((True, whole, some)):
        counts[index] += counted


def _mean_share(counts: Iterable[list[int]], index: int) -> float:
    shares = [each[index] / each[0] for each in counts]
    return sum(shares) / len(shares) if shares else float("nan")
