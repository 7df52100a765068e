"""A run that is killed again and again ends as an undisturbed one, and asks for nothing twice."""

import asyncio
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.methods.repair import Repair, repair
from sharpen.run.run import Run
from sharpen.types import Node
from tests.methods.test_repair import answer
from tests.world import ReadingSandbox, Slow, killed, toy_benchmark

CONFIG = Repair(benchmark="toy", model="a", n_p=3, n_f=2, n_r=2, concurrency=3)
PROBLEMS = 60
KILLS = 20


async def finish(directory: Path, diary: Path) -> None:
    run = Run(directory, CONFIG, toy_benchmark(PROBLEMS), {"a": Slow(answer, diary, 0.006)}, ReadingSandbox())
    try:
        await run.map(partial(repair, run=run, cfg=CONFIG, explained={}))
    finally:
        await run.close()


def recorded(directory: Path) -> set[tuple[str, int]]:
    if not (directory / "journal.db").exists():
        return set()
    with Journal.write(directory) as journal:
        return {(prompt, index) for prompt, index in journal._all("SELECT prompt, sample FROM completion")}


def asked(diary: Path) -> list[tuple[str, int]]:
    lines = diary.read_text().splitlines() if diary.exists() else []
    return [(line.split()[0], int(line.split()[1])) for line in lines]


def trees(directory: Path) -> list[list[Node]]:
    with Journal.read(directory) as journal:
        return [journal.nodes(problem.id) for problem in journal.problems()]


def test_twenty_kills_change_nothing(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seed = random.randrange(2**32)
    record_property("seed", seed)
    chance = random.Random(seed)
    disturbed, quiet = tmp_path / "disturbed", tmp_path / "quiet"
    kills = 0
    for life in range(200):
        before, diary = recorded(disturbed), tmp_path / f"diary {life}"
        after = chance.uniform(0.0, 0.05) if kills < KILLS else None
        ended = killed(partial(finish, disturbed, diary), after)
        kills += ended
        assert not before & set(asked(diary))
        assert len(asked(diary)) == len(set(asked(diary)))
        if not ended:
            break
    asyncio.run(finish(quiet, tmp_path / "quiet diary"))
    assert kills == KILLS
    assert trees(disturbed) == trees(quiet)
    with Journal.read(disturbed) as journal:
        assert list(journal.verify()) == []
