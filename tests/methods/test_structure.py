"""The method on scripted models; the embedded model's own test is in tests/e2e."""

import pytest

from sharpen.benchmarks.structures import Structures
from sharpen.errors import UsageError
from sharpen.graphs.checker import GraphChecker
from sharpen.journal.journal import Journal
from sharpen.methods.few_shot import few_shot
from sharpen.methods.structure import Structure
from sharpen.run.run import outcome_key
from sharpen.types import Message
from tests.structure_world import CYCLE, FLAT, RIGHT, TASK, Scribe, configured, item, ran

pytestmark = pytest.mark.anyio


async def test_examples_are_turns_and_the_question_is_last(tmp_path):
    scribe = Scribe([RIGHT])
    (node,) = await ran(tmp_path, scribe)
    (prompt,) = scribe.prompts
    assert [turn.role for turn in prompt] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert prompt[-1] == Message("user", FLAT.prompt(TASK.items[0].given))
    assert node.passed
    assert node.shown.passed


async def test_a_base_model_goes_on_with_one_text(tmp_path):
    scribe = Scribe([RIGHT])
    (node,) = await ran(tmp_path, scribe, completion=True)
    (prompt,) = scribe.prompts
    assert isinstance(prompt, str)
    assert prompt.count("# END\n\n") == 2
    assert prompt.endswith(FLAT.prompt(TASK.items[0].given))
    assert scribe.samplings[0].stop == ("# END",)
    assert node.passed


async def test_a_run_with_a_format_of_its_own_resumes(tmp_path):
    first = await ran(tmp_path, Scribe([RIGHT]))
    scribe = Scribe([CYCLE])
    assert await ran(tmp_path, scribe) == first
    assert not scribe.prompts


@pytest.mark.parametrize("choose", ["fixed", "nearest", "tuned"])
async def test_no_item_is_shown_solved_that_is_asked(choose):
    task = few_shot(TASK, TASK, FLAT, 2, choose, 0, False)
    requests = {problem.statement for problem in task.benchmark.problems}
    assert len(requests) == 6
    for problem in task.benchmark.problems:
        shown = task.shots(problem.id)
        assert len(shown) == 2
        assert not requests & {beginning for beginning, _ in shown}


async def test_an_example_that_is_asked_elsewhere_is_refused():
    other = Structures("proscript/edges", "edges", [item(0, "GOAL 3.")], "another file")
    with pytest.raises(UsageError, match="example edges/0 of another file is item edges/3 of made here"):
        few_shot(TASK, other, FLAT, 1, "fixed", 0, False)


async def test_examples_that_do_not_fit_are_left_out_whole(tmp_path):
    scribe = Scribe([RIGHT], most_turns=4)
    (node,) = await ran(tmp_path, scribe)
    assert len(node.prompt) == 4
    assert node.passed


async def test_a_question_that_does_not_fit_alone_is_unsolved_and_counts(tmp_path):
    (node,) = await ran(tmp_path, Scribe([], most_turns=1))
    assert (node.completion.finish_reason, node.text, node.passed) == ("overflow", "", False)
    with Journal.read(tmp_path) as journal:
        assert journal.outcomes(outcome_key(configured(), GraphChecker().version)) == {"edges/0": ""}


async def test_drafts_end_with_the_first_without_fault(tmp_path):
    nodes = await ran(tmp_path, Scribe([CYCLE, RIGHT]), best_of=3, temperature=0.7)
    assert [node.shown.passed for node in nodes] == [False, True]
    assert {node.stage for node in nodes} == {"program"}


async def test_faults_are_told_and_the_graph_is_written_anew(tmp_path):
    scribe = Scribe([CYCLE, RIGHT])
    nodes = await ran(tmp_path, scribe, repairs=2)
    assert [node.stage for node in nodes] == ["program", "repair"]
    text = scribe.prompts[1][-1].content
    assert nodes[0].shown.message in text
    assert "step0" in text
    assert text.rstrip().endswith(FLAT.prompt(TASK.items[0].given).rstrip())
    assert nodes[1].passed


async def test_a_base_model_is_told_faults_as_comments(tmp_path):
    scribe = Scribe([CYCLE, RIGHT])
    await ran(tmp_path, scribe, repairs=1, completion=True)
    assert scribe.prompts[1].startswith(scribe.prompts[0] + CYCLE)
    assert "# That answer has faults:" in scribe.prompts[1]


async def test_a_grammar_goes_with_the_question(tmp_path):
    scribe = Scribe([RIGHT])
    await ran(tmp_path, scribe, constrained=True)
    assert "root ::=" in scribe.samplings[0].grammar
    assert "step3" in scribe.samplings[0].grammar


@pytest.mark.parametrize("answer", ["", "I cannot do that.", "```\n```", RIGHT[:5]])
async def test_garbage_is_a_verdict(tmp_path, answer):
    (node,) = await ran(tmp_path, Scribe([answer]))
    assert not node.passed
    assert node.shown.message


@pytest.mark.parametrize(
    "wrap",
    ["```\n{}\n```", "Here it is:\n```text\n{}\n```\nDone.", "{}\n```", "{}\n```\nDone.", "It is:\n```\n{}"],
)
async def test_a_graph_in_a_fence_is_found(tmp_path, wrap):
    (node,) = await ran(tmp_path, Scribe([wrap.format(RIGHT)]))
    assert node.passed


async def test_a_whole_text_instead_of_its_rest_is_found(tmp_path):
    (node,) = await ran(tmp_path, Scribe([FLAT.encode(TASK.items[0].reference)]))
    assert node.passed


def test_greedy_drafts_would_be_the_same():
    with pytest.raises(ValueError, match="best_of needs a temperature"):
        Structure(benchmark="x", model="m", best_of=2)
