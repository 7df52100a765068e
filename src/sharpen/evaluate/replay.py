"""Replay: execute and score a run again from its recorded answers, with no model."""

import json
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sharpen.api import Results, execute
from sharpen.errors import JournalError
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure
from sharpen.models.replay import Replay
from sharpen.run.config import RunConfig
from sharpen.run.run import Progress
from sharpen.selfcodealign.generate.pipeline import Align

CONFIGS: dict[str, type[RunConfig]] = {
    config.method: config for config in (Sample, Repair, Reflexion, Structure, Align)
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many programs were executed again, and the verdicts that came out differently."""

    programs: int
    flips: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


async def replay(directory: Path, progress: Progress | None = None) -> Replayed:
    """Replay the run in ``directory`` in a scratch directory and compare the verdicts.

    Raises:
        JournalError: there is no run, or it is damaged.
        NotRecordedError: the run did not end, and an answer is missing.
    """
    config = read_config(directory)
    recorded = {node.id: node for node in Results(directory).nodes()}
    with tempfile.TemporaryDirectory(prefix="sharpen-replay-") as scratch:
        again = await execute(config, Path(scratch), progress=progress, opener=partial(Replay, directory))
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


def read_config(directory: Path) -> RunConfig:
    """Return the configuration of the run in ``directory``.

    Raises:
        JournalError: there is none, or it is not one of ours.
    """
    path = directory / "config.json"
    try:
        saved = json.loads(path.read_text())
        config = CONFIGS[saved["method"]]
        # Where programs ran is no part of what a run was; they are executed again here.
        return config(
            **{name: saved[name] for name in config.model_fields if name in saved and name != "sandbox"}
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalError(
            f"{path} is not a run's configuration ({error}): give a run's directory"
        ) from error
