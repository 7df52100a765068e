"""A rate as a bar on an axis from 0 to 1."""

import math

import pytest

from sharpen.reports.figures import Rate
from sharpen.reports.tables import BAR_CELLS, rate_bar


@pytest.mark.parametrize(("value", "low", "high"), [(0.0, 0.0, 0.4), (0.5, 0.25, 0.75), (1.0, 1.0, 1.0)])
def test_the_dot_and_the_interval_stand_where_they_are(value: float, low: float, high: float) -> None:
    bar = rate_bar(Rate(value, low, high, 10))
    assert len(bar) == BAR_CELLS + 2
    assert bar.index("●") - 1 == round(value * (BAR_CELLS - 1))
    drawn = [place - 1 for place, cell in enumerate(bar) if cell in "━●"]
    assert (min(drawn), max(drawn)) == (round(low * (BAR_CELLS - 1)), round(high * (BAR_CELLS - 1)))


def test_what_is_not_known_has_no_bar() -> None:
    assert rate_bar(Rate(math.nan, math.nan, math.nan, 0)) == ""
    assert "●" in rate_bar(Rate(0.5, math.nan, math.nan, 1))
