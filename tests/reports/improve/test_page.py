"""The page of rounds that scripted models played."""

import math
from functools import partial
from pathlib import Path

import pytest

from sharpen import api, improve_verbs
from sharpen.improvement.measure import Change
from sharpen.improvement.rounds import Improved, Round, RoundTraining
from sharpen.reports.improve.page import conclusion
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.selfcodealign.train.tune import Training
from tests.improvement.test_rounds import config, opener, trainings  # noqa: F401 - fixtures

pytestmark = pytest.mark.anyio


async def test_the_page_shows_changes_rows_losses_and_programs(config, trainings, tmp_path: Path):  # noqa: F811
    await improve_verbs.improve(config, tmp_path / "run", execute=partial(api.execute, opener=opener))
    page = (tmp_path / "run" / "report.html").read_text()
    for words in (
        "No clear change on 3 of 4 measures",  # one problem has no interval
        "Without a problem in common, so not compared: other.jsonl, repairs.",
        "+100.0 points",
        "candidates became rows",
        "The loss of",
        "gained",
        "other/median",
        "tuned: passes",
        "self-contained",
    ):
        assert words in page, words


async def test_a_training_on_preferences_is_shown_beside_the_other(config, trainings, tmp_path: Path):  # noqa: F811
    config = config.model_copy(update={"kinds": ("programs", "preferences")})
    await improve_verbs.improve(config, tmp_path / "run", execute=partial(api.execute, opener=opener))
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Training on preferences" in page
    assert "nats a token" in page
    assert "a model that tells no pair apart has 0.693" in page


def change(measure: str, low: float, high: float) -> Change:
    return Change(measure, 9, 0.2, 0.2 + (low + high) / 2, (low + high) / 2, low, high, (), ())


def test_the_conclusion_says_what_is_better_worse_and_unclear():
    changes = (
        change("a", 0.01, 0.05),
        change("b", -0.2, -0.1),
        change("c", -0.1, 0.1),
        change("d", math.nan, math.nan),
    )
    training = Training({"rows": 1}, {"rows": 0}, before=1.0)
    trained = RoundTraining(("programs",), Funnel("rows", 2, 1, {}), training)
    text = conclusion(Improved((), (Round(1, (trained,), changes),)))
    assert text == (
        "Better after round 1: a (+3.0 points (1.0 to 5.0)). Worse: b (-15.0 points (-20.0 to -10.0)). "
        "No clear change on 2 of 4 measures."
    )
