"""SelfCodeAlign's first three stages as a method: seeds are its benchmark, stage files its result."""

from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.run.method import Load, Method, World, each
from sharpen.sandbox.spec import open_sandbox
from sharpen.selfcodealign.generate import seed_benchmark, write_stages
from sharpen.selfcodealign.generate.pipeline import Align, write


def open_world(cfg: Align, _: Load) -> World:
    """Return the seeds as a benchmark, and the sandbox.

    Raises:
        DataError: the file of seeds cannot be used.
    """
    return seed_benchmark.benchmark(Path(cfg.benchmark)), open_sandbox(cfg.sandbox)


def finish(directory: Path, cfg: Align) -> None:
    """Write the stage files of a run from its journal.

    Raises:
        JournalError: the run cannot be read.
        DataError: a file cannot be written.
    """
    with Journal.read(directory) as journal:
        write_stages.write(directory, (journal.nodes(row.id) for row in journal.problems()), cfg)


METHOD = Method(Align, each(write), kind="dataset", open_world=open_world, finish=finish)
