"""The stage files of a run, ``concepts``, ``instructions`` and ``responses``, written from its journal.

They are in the order of the seeds and of the responses to a task, whatever the order in which they were
drawn, and hold no times: the same answers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from sharpen.selfcodealign.generate import concepts, docstrings, instructions, responses
from sharpen.selfcodealign.generate.pipeline import (
    Align,
    concepts_in,
    finish,
    instruction_in,
    response_in,
    task_fault,
)
from sharpen.selfcodealign.stage_files import Funnel, Writer
from sharpen.types import Node

STAGES = ("concepts", "instructions", "responses")


def write(directory: Path, trees: Iterable[Sequence[Node]], cfg: Align) -> tuple[Funnel, ...]:
    """Write the three files into ``directory`` and return what each stage did.

    Args:
        directory: the run's.
        trees: the journal's rows of each seed, parents first.
        cfg: the configuration of the run.

    Raises:
        DataError: a file cannot be written.
    """
    reasons = (concepts.REASONS, instructions.REASONS, responses.REASONS)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(Writer(directory / f"{name}.jsonl", reasons=why))
            for name, why in zip(STAGES, reasons, strict=True)
        ]
        for nodes in trees:
            _write_seed(nodes, cfg, *writers)
    return tuple(writer.funnel() for writer in writers)


def _write_seed(nodes: Sequence[Node], cfg: Align, listings: Writer, tasks: Writer, answers: Writer) -> None:
    """Write the rows of one seed, each to its stage."""
    for judgement in (node for node in nodes if node.stage == "docstring"):
        if not docstrings.is_yes(judgement.answer):
            listings.reject(concepts.read(judgement.problem, "", finish(judgement)), docstrings.POOR)
    for listing in (node for node in nodes if node.stage == "concepts"):
        listed = concepts_in(listing)
        _put(listings, listed, listed.fault)
    parents = {node.id: node for node in nodes}
    for task in (node for node in nodes if node.stage == "instruction"):
        instruction = instruction_in(parents.get(task.parent or ""), task, cfg)
        _put(tasks, instruction, task_fault(instruction, task, cfg))
        for node in _children(nodes, task)[: cfg.n]:
            response = response_in(instruction, node)
            _put(answers, response, responses.fault(response, cfg.examples))


def _children(nodes: Sequence[Node], parent: Node) -> list[Node]:
    return sorted((node for node in nodes if node.parent == parent.id), key=lambda node: node.index)


def _put(writer: Writer, row: object, fault: str) -> None:
    if fault:
        writer.reject(row, fault)
    else:
        writer.keep(row)
