"""Structured tasks with a real model: too small to reason, held to a grammar it still writes graphs."""

import json
from pathlib import Path

import pytest

import sharpen
from sharpen.graphs.codec import FORMATS, decode
from sharpen.graphs.grammar import grammar, with_grammar
from sharpen.graphs.graph import Graph, Table, Vertex
from sharpen.models.llama.engine import EngineSettings
from sharpen.models.llama.model import Llama
from sharpen.models.weights import pull
from sharpen.reports.structure.figures import summarise
from sharpen.types import Sampling

pytestmark = [pytest.mark.model, pytest.mark.anyio]

TASKS = ["make tea", "ride a bike", "write a letter", "wash the car", "plant a tree"]


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """proScript's format, by hand."""
    steps = ["go out", "start", "decided to {}", "{}"]
    rows = [
        {
            "scenario": goal,
            "reference_graph": {
                "schema": [f"step{n}: {step.format(goal)}" for n, step in enumerate(steps)],
                "relations": ["step2 -> step0", "step0 -> step1", "step1 -> step3"],
            },
        }
        for goal in TASKS
    ]
    path = tmp_path / "dev.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("form", ["flat", "tree"])
async def test_a_small_model_held_to_a_grammar_writes_graphs_that_can_be_read(scripts, tmp_path, form):
    run = tmp_path / "run"
    await sharpen.structure(
        f"proscript/edges@{scripts}",
        model="smollm2-135m",
        run=run,
        format=form,
        shots=1,
        limit=1,
        constrained=True,
        max_tokens=200,
    )
    (result,) = summarise([run]).runs
    (answer,) = result.answers
    assert result.score.read == 1
    assert answer.decoded.graph is not None
    assert {edge.source for edge in answer.decoded.graph.edges} <= {f"step{n}" for n in range(4)}


STEPS = tuple(Vertex(f"step{n}", text) for n, text in enumerate(["rain falls", "the ground is wet"], 1))
GIVEN = {
    "edges": Graph((("goal", "get wet"),), STEPS),
    "states": Graph((), STEPS, (), Table(("rain",), ())),
    "explanation": Graph(
        (("belief", "rain is good"), ("argument", "plants need rain"), ("stance", "support")), ()
    ),
}


async def test_the_engine_takes_every_grammar_and_its_answers_are_whole():
    weights = pull("smollm2-135m")
    model = Llama("smollm2-135m", weights.path, weights.sha256, EngineSettings(slots=2, context=1024))
    try:
        for task, given in GIVEN.items():
            for form in (FORMATS[task, name] for name in with_grammar(task)):
                beginning = form.prompt(given)
                sampling = Sampling(max_tokens=900, grammar=grammar(form, given))
                async for _, answer in model.sample(beginning, sampling, [0]):
                    assert answer.finish_reason == "stop", form.name
                    assert decode(beginning + answer.text, form).status == "whole", form.name
    finally:
        await model.close()
