"""A small structured task, and a model that answers from a list."""

from pathlib import Path

from sharpen.benchmarks.structures import Item, Structures
from sharpen.errors import ContextOverflowError
from sharpen.graphs.checker import GraphChecker
from sharpen.graphs.codec import format_of
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.journal.journal import Journal
from sharpen.methods.few_shot import few_shot
from sharpen.methods.structure import Structure, structure
from sharpen.run.run import Run
from sharpen.types import Completion, Node

FLAT = format_of("edges", "flat")
STEPS = tuple(Vertex(f"step{n}", text) for n, text in enumerate(["eat", "cook", "decide to cook", "wash up"]))
GOLD = (("step2", "step1"), ("step1", "step0"), ("step0", "step3"))


def item(number: int, goal: str) -> Item:
    given = Graph((("goal", goal),), STEPS)
    reference = Graph(given.about, STEPS, tuple(Edge(*pair) for pair in GOLD))
    return Item(f"edges/{number}", given, reference, goal)


TASK = Structures("proscript/edges", "edges", [item(n, f"goal {n}") for n in range(8)], "made here")
RIGHT = FLAT.encode(TASK.items[0].reference).removeprefix(FLAT.prompt(TASK.items[0].given))
CYCLE = RIGHT.replace("step0 -> step3", "step0 -> step2")


class Scribe:
    """Answers from a list, in order; refuses prompts with more turns than it can take."""

    name = identity = "scribe"

    def __init__(self, answers, most_turns=99):
        self.answers, self.most_turns, self.prompts, self.samplings = list(answers), most_turns, [], []

    async def sample(self, prompt, sampling, indices):
        if not isinstance(prompt, str) and len(prompt) > self.most_turns:
            raise ContextOverflowError("the prompt does not fit")
        for index in indices:
            self.prompts.append(prompt)
            self.samplings.append(sampling)
            yield index, completion(self.answers.pop(0))

    async def close(self):
        pass


def completion(text):
    return Completion(text, 10, 0, 5, "stop", "scribe", 0.0)


def configured(**options) -> Structure:
    options = {"shots": 2, "ids": ("edges/0",)} | options
    return Structure(benchmark="proscript/edges", model="scribe", format="flat", **options)


async def ran(directory: Path, scribe: Scribe, **options) -> list[Node]:
    """Run ``structure`` in a directory and return the rows of its first item."""
    cfg = configured(**options)
    task = few_shot(TASK, TASK, FLAT, cfg.shots, cfg.choose, cfg.seed, cfg.constrained)
    run = Run(directory, cfg, task.benchmark, {"scribe": scribe}, GraphChecker())
    try:
        await run.map(lambda problem: structure(problem, run, cfg, task))
    finally:
        await run.close()
    with Journal.read(directory) as journal:
        return journal.nodes("edges/0")
