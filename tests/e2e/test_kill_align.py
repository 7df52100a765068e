"""A run of align that is killed again and again gives the same files, to the byte, and asks for nothing twice."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.selfcodealign.generate import method
from tests.align_world import answer, seeds_file
from tests.e2e.test_kill import asked, recorded
from tests.selfcodealign.generate.test_pipeline import Summing, config, data
from tests.world import Slow, killed

SEEDS, KILLS = 40, 12


async def finish(directory: Path, run: Path, diary: Path) -> None:
    method.open_sandbox = lambda _: Summing()
    await api.execute(config(directory, concurrency=3), run, opener=lambda _: Slow(answer, diary, 0.006))


def test_a_dozen_kills_change_no_byte(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seed = random.randrange(2**32)
    record_property("seed", seed)
    chance = random.Random(seed)
    seeds_file(tmp_path, SEEDS)
    disturbed, quiet, kills = tmp_path / "disturbed", tmp_path / "quiet", 0
    for life in range(200):
        before, diary = recorded(disturbed), tmp_path / f"diary {life}"
        after = chance.uniform(0.0, 0.1) if kills < KILLS else None
        ended = killed(partial(finish, tmp_path, disturbed, diary), after)
        kills += ended
        assert not before & set(asked(diary))
        if not ended:
            break
    killed(partial(finish, tmp_path, quiet, tmp_path / "quiet diary"), after=None)
    assert kills == KILLS
    assert data(disturbed) == data(quiet)
    assert len(data(quiet)["responses.jsonl"].splitlines()) == 2 * (SEEDS - 2)
    with Journal.read(disturbed) as journal:
        assert list(journal.verify()) == []
