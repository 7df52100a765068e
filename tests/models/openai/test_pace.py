"""Caps for a minute: when requests start, by a clock of the test's own."""

import asyncio

import pytest

from sharpen.models.openai.pace import Pace
from tests.models.openai.asking import Clock


async def starts(pace: Pace, clock: Clock, count: int, tokens: int = 0) -> list[float]:
    found = []
    for _ in range(count):
        await pace.turn()
        found.append(clock.seconds)
        pace.used(tokens)
    return found


@pytest.mark.parametrize(
    ("requests", "tokens", "used", "expected"),
    [
        (None, None, 10, [0, 0, 0]),
        (30, None, 10, [0, 2, 4]),
        (None, 600, 100, [0, 10, 20]),
        (30, 600, 100, [0, 12, 24]),
    ],
)
def test_requests_start_apart(
    requests: int | None, tokens: int | None, used: int, expected: list[float]
) -> None:
    clock = Clock()
    pace = Pace(requests, tokens, lambda: clock.seconds, clock.sleep)
    assert asyncio.run(starts(pace, clock, 3, used)) == expected


def test_after_a_pause_nothing_is_made_up_for() -> None:
    clock = Clock()
    pace = Pace(60, None, lambda: clock.seconds, clock.sleep)
    asyncio.run(starts(pace, clock, 1))
    clock.seconds = 100.0
    assert asyncio.run(starts(pace, clock, 3)) == [100, 101, 102]
