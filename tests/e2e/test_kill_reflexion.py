"""A run of Reflexion that is killed in the middle of trials ends as an undisturbed one."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.strategies import METHOD
from sharpen.run.run import Run
from sharpen.types import Node, Problem, Prompt, Suite
from tests.methods import reflexion_world
from tests.methods.reflexion import test_acting
from tests.world import Slow, killed

KILLS = 6
PROBLEMS = 30


def programs(prompt: Prompt, index: int) -> str:
    return ["1", "1 2", "3 1", "1 2 3 right"][(index + len(prompt[0].content)) % 4]


FAMILIES = {
    "programs": (reflexion_world.benchmark(PROBLEMS), reflexion_world.script(programs)),
    "worlds": (
        replace(
            test_acting.BENCHMARK,
            problems=[Problem(f"door {n}", "", Suite(()), Suite(())) for n in range(PROBLEMS)],
        ),
        test_acting.acts(test_acting.gives_up_at_first),
    ),
}


async def finish(family: str, directory: Path, diary: Path) -> None:
    benchmark, script = FAMILIES[family]
    cfg = Reflexion(benchmark="toy", model="a", trials=4, concurrency=3)
    run = Run(directory, cfg, benchmark, {"a": Slow(script, diary, 0.02)}, reflexion_world.Numbers())
    try:
        await run.map(METHOD.begin(run, cfg))
    finally:
        await run.close()


def rows(directory: Path) -> list[list[Node]]:
    with Journal.read(directory) as journal:
        assert list(journal.verify()) == []
        return [journal.nodes(problem.id) for problem in journal.problems()]


@pytest.mark.parametrize("family", FAMILIES)
def test_kills_change_nothing(
    family: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = random.randrange(2**32)
    record_property("seed", seed)
    chance = random.Random(seed)
    disturbed, quiet = tmp_path / "disturbed", tmp_path / "quiet"
    kills = 0
    for life in range(100):
        after = chance.uniform(0.0, 0.05) if kills < KILLS else None
        ended = killed(partial(finish, family, disturbed, tmp_path / f"diary {life}"), after)
        kills += ended
        if not ended:
            break
    asyncio.run(finish(family, quiet, tmp_path / "quiet diary"))
    assert kills
    assert rows(disturbed) == rows(quiet)
