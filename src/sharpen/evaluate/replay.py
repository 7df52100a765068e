"""Replay: execute and score a run again from its recorded answers, with no model."""

import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sharpen.execution import execute
from sharpen.models.replay import Replay
from sharpen.registry import options_of
from sharpen.results import Results
from sharpen.run.progress import Progress


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many programs were executed again, and the verdicts that came out differently."""

    programs: int
    flips: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


async def replay(directory: Path, on_progress: Progress | None = None) -> Replayed:
    """Replay the run in ``directory`` in a scratch directory and compare the verdicts.

    Raises:
        JournalError: there is no run, or it is damaged.
        NotRecordedError: the run did not end, and an answer is missing.
    """
    config = options_of(directory).model_copy(update={"sandbox": "local"})
    recorded = {node.id: node for node in Results(directory).nodes()}
    with tempfile.TemporaryDirectory(prefix="sharpen-replay-") as scratch:
        again = await execute(
            config, Path(scratch), on_progress=on_progress, opener=partial(Replay, directory)
        )
        flips, programs = [], 0
        for node in again.nodes():
            if node.verdict is None:
                continue
            programs += 1
            before = recorded[node.id].verdict
            if before is None or before.kind != node.verdict.kind:
                was = before.kind if before else "absent"
                flips.append(f"{node.problem} {node.stage} {node.id}: {was} -> {node.verdict.kind}")
    return Replayed(programs, tuple(flips))
