"""What a structured task asks a model: solved items in one format, and the beginning of the next."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sharpen.answers import answer_in
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.structures import Item, Structures
from sharpen.errors import UsageError
from sharpen.graphs import checker
from sharpen.graphs.formats.base import Format
from sharpen.graphs.grammar import grammar
from sharpen.graphs.graph import Graph, Task
from sharpen.graphs.retrieval import ENCODERS, EncoderName, fixed, nearest, normal, tuned
from sharpen.types import Message, Problem, Program

SET_ASIDE = 4
"""One item in this number is reserved for examples where the task has no training split."""

PAPERS_FORMAT: Mapping[Task, str] = {
    "script": "literal",
    "edges": "literal",
    "states": "function",
    "explanation": "literal",
}
"""The formats of CoCoGen's recorded runs."""

_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)

Choice = Literal["fixed", "nearest", "tuned"]
Shot = tuple[str, str]
"""A solved item as text: its beginning, which says what is asked, and the rest."""


@dataclass(frozen=True, slots=True)
class FewShot:
    """A structured task, ready to be asked.

    Attributes:
        benchmark: its items as problems: statements are beginnings, and graphs are judged where programs
            would be run.
        shots: the solved items to show for a problem, the most telling last, by its id.
        grammars: what an answer must follow, by problem id; empty when it may be anything.
    """

    benchmark: Benchmark
    shots: Callable[[str], Sequence[Shot]]
    grammars: Mapping[str, str]


def few_shot(
    structures: Structures,
    examples: Structures,
    form: Format,
    k: int,
    choice: Choice,
    seed: int,
    constrained: bool,
    encoder: EncoderName = "tf-idf",
) -> FewShot:
    """Return ``structures`` as it is asked in ``form`` with ``k`` of ``examples``.

    Raises:
        UsageError: an example is one of the items that are asked, or there are none.
    """
    items, pool = split(structures, examples)
    if k and not pool:
        raise UsageError(f"{examples.name} leaves no examples: name another task's with --examples")
    by_id = {item.id: item for item in items}
    chosen = chooser(items, pool, k, choice, seed, encoder)

    def shots(identity: str) -> list[Shot]:
        return [_shot(pool[position], form) for position in chosen(identity)]

    return FewShot(
        benchmark=Benchmark(
            name=structures.name,
            problems=[_problem(item, structures, form) for item in items],
            prompt=lambda problem: (Message("user", problem.statement),),
            extract=extract,
            visible_tests="what can be checked of a graph without the reference",
            source=structures.source,
        ),
        shots=shots,
        grammars={i: grammar(form, item.given) for i, item in by_id.items()} if constrained else {},
    )


def split(structures: Structures, examples: Structures) -> tuple[list[Item], list[Item]]:
    """Return the items to ask and those to show; no text is in both.

    Raises:
        UsageError: ``examples`` are others, and one of them has an item's text.
    """
    if examples.source == structures.source:
        items = [item for number, item in enumerate(structures.items, 1) if number % SET_ASIDE]
        known = {normal(item.text) for item in items}
        aside = structures.items[SET_ASIDE - 1 :: SET_ASIDE]
        return items, _distinct([item for item in aside if normal(item.text) not in known])
    texts = {normal(item.text): item.id for item in structures.items}
    for example in examples.items:
        if identity := texts.get(normal(example.text)):
            raise UsageError(
                f"example {example.id} of {examples.source} is item {identity} of {structures.source}: "
                "an item must not be shown solved; name other examples with --examples"
            )
    return list(structures.items), _distinct(examples.items)


def _distinct(items: Sequence[Item]) -> list[Item]:
    return list({normal(item.text): item for item in reversed(items)}.values())[::-1]


def chooser(
    items: Sequence[Item],
    pool: Sequence[Item],
    k: int,
    choice: Choice,
    seed: int,
    encoder: EncoderName,
) -> Callable[[str], list[int]]:
    """Return which positions of ``pool`` are shown for an item, by its id."""
    if choice == "fixed" or not k:
        always = fixed(len(pool), k, seed)
        return lambda _: always
    texts = [item.text for item in pool]
    encode = ENCODERS[encoder](texts)
    inputs = encode(texts)
    rows = {item.id: row for row, item in enumerate(items)}
    questions = encode([item.text for item in items])
    if choice == "tuned":
        answers = [answer_text(item.reference) for item in pool]
        questions = tuned(inputs, ENCODERS[encoder](answers)(answers))(questions)
    return lambda identity: nearest(questions[rows[identity]] @ inputs.T, k)


def answer_text(reference: Graph) -> str:
    """Return what an answer says, without its form and its ids: the label of knowledge-similarity tuning.

    As in CoCoGen's code (src/retrieval), the texts of a script's events as sentences in lower case; for
    entity states the places, for an explanation its edges.
    """
    if reference.table is not None:
        return ". ".join(cell for row in reference.table.cells for cell in row).lower()
    if any(edge.label for edge in reference.edges):
        return ". ".join(f"{edge.source} {edge.label} {edge.target}" for edge in reference.edges).lower()
    return " ".join(f"{normal(node.text)}." for node in reference.nodes)


def extract(problem: Problem, answer: str) -> Program:
    """Return the whole text of a graph: the beginning that the model was given and what it wrote.

    An answer that repeats the beginning is the whole text by itself. It is known by the first line of the
    beginning that has a word in it: a lone ``{`` is in every continuation in JSON too. Of several whole texts
    the last counts.
    """
    lines = problem.statement.strip().split("\n")
    telling = next((line.strip() for line in lines if re.search(r"\w", line)), "")
    written = _fenced(answer_in(answer), telling)
    place = written.find(telling) if telling else -1
    again = [match.start() for match in re.finditer(rf"^[ \t]*{re.escape(telling)}", written, re.MULTILINE)]
    if place >= 0 and again and lines[-1] in written[again[-1] :]:
        place = again[-1]
    if place >= 0:
        start = written.rfind(lines[0], 0, place) if telling not in lines[0] else place
        return Program(written[start if start >= 0 else place :], "bare")
    if written.lstrip().startswith(lines[0]) and lines[0]:
        return Program(written.lstrip(), "bare")
    return Program(problem.statement + written, "continuation" if written.strip() else "none")


def _fenced(answer: str, telling: str) -> str:
    """Return what the last fence holds, or all; where only one end of it was written, the longer side.

    Of several fences one that repeats the beginning, by its ``telling`` line, comes before one that does not.
    """
    fences: list[str] = [body for body in _FENCE.findall(answer) if body.strip()]
    if fences:
        return next((body for body in reversed(fences) if telling and telling in body), fences[-1])
    before, fence, rest = answer.partition("```")
    if not fence:
        return answer
    return max(before, rest.partition("\n")[2], key=len)


def _shot(item: Item, form: Format) -> Shot:
    beginning = form.prompt(item.reference)
    return beginning, form.encode(item.reference).removeprefix(beginning)


def _problem(item: Item, structures: Structures, form: Format) -> Problem:
    return Problem(
        id=item.id,
        statement=form.prompt(item.given),
        visible=checker.valid(structures.task, form.name, item.given),
        hidden=checker.right(structures.task, form.name, item.reference),
        solution=form.encode(item.reference),
        provenance={
            "source": structures.source,
            "task": structures.task,
            "format": form.name,
            "gold": checker.dump(item.reference),
        },
    )
