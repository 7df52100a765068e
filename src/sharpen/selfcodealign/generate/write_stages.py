"""The stage files of a run: ``concepts``, ``instructions`` and ``responses``, read off its recorded rows.

They are written in the order of the seeds, and of the responses to one task, whatever order they were drawn
in: the same answers give the same bytes. Nothing is in them that only says when or how fast.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from sharpen.selfcodealign.generate import concepts, instructions, responses
from sharpen.selfcodealign.generate.pipeline import Align, concepts_in, finish, instruction_in, response_in
from sharpen.selfcodealign.stage_files import Funnel, Writer
from sharpen.types import Node

STAGES = ("concepts", "instructions", "responses")


def write(directory: Path, trees: Iterable[Sequence[Node]], cfg: Align) -> tuple[Funnel, ...]:
    """Write the three files into ``directory`` and return what each stage did.

    Args:
        directory: the run's.
        trees: the rows of each seed, parents first.
        cfg: as the rows were drawn.

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
            _sort_out(nodes, cfg, *writers)
    return tuple(writer.funnel() for writer in writers)


def _sort_out(nodes: Sequence[Node], cfg: Align, listings: Writer, tasks: Writer, answers: Writer) -> None:
    """Write the rows of one seed, each where it belongs."""
    for listing in (node for node in nodes if node.stage == "concepts"):
        found = concepts_in(listing)
        _put(listings, found, found.fault)
        for task in _below(nodes, listing):
            instruction = instruction_in(listing, task, cfg)
            _put(tasks, instruction, instructions.fault(instruction, finish(task)))
            for node in _below(nodes, task)[: cfg.n]:
                response = response_in(instruction, node)
                _put(answers, response, responses.fault(response))


def _below(nodes: Sequence[Node], parent: Node) -> list[Node]:
    return sorted((node for node in nodes if node.parent == parent.id), key=lambda node: node.index)


def _put(writer: Writer, row: object, fault: str) -> None:
    if fault:
        writer.reject(row, fault)
    else:
        writer.keep(row)
