import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.models.openai.concurrency import InFlight

ROUNDS = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=200)


@given(start=st.integers(1, 16), ceiling=st.integers(16, 32), rounds=ROUNDS)
def test_the_limit_stays_between_one_and_the_ceiling(start, ceiling, rounds):
    async def run():
        inflight, marks = InFlight(start, ceiling), []
        async with inflight:
            for succeeded, age in rounds:
                marks.append(inflight.mark())
                mark = marks[max(0, len(marks) - 1 - age)]
                (inflight.succeeded if succeeded else inflight.overloaded)(mark)
                assert 1 <= inflight.limit <= ceiling

    asyncio.run(run())


@given(start=st.integers(1, 256), refusals=st.integers(1, 50))
def test_refusals_of_one_round_trip_halve_once(start, refusals):
    inflight = InFlight(start)
    mark = inflight.mark()
    for _ in range(refusals):
        inflight.overloaded(mark)
    assert inflight.limit == max(1, start // 2)


@given(start=st.integers(2, 256))
def test_success_of_a_request_from_before_a_halving_changes_nothing(start):
    async def run():
        inflight = InFlight(start)
        async with inflight:
            before = inflight.mark()
            while inflight.limit > 1:
                inflight.overloaded(inflight.mark())
            inflight.succeeded(before)
        return inflight.limit

    assert asyncio.run(run()) == 1


@given(start=st.integers(2, 256))
def test_success_without_demand_changes_nothing(start):
    async def run():
        inflight = InFlight(start)
        async with inflight:
            inflight.succeeded(inflight.mark())
        return inflight.limit

    assert asyncio.run(run()) == start


async def drive(inflight, requests, capacity):
    """Send requests to a server that refuses any beyond its capacity and answers the rest a tick later."""
    busy, taken, limits = 0, [], []

    async def request():
        nonlocal busy
        async with inflight:
            while True:
                mark = inflight.mark()
                taken.append(inflight.taken)
                if busy < capacity:
                    break
                inflight.overloaded(mark)
                await asyncio.sleep(0)
            busy += 1
            await asyncio.sleep(0)
            busy -= 1
            inflight.succeeded(mark)
            limits.append(inflight.limit)

    await asyncio.gather(*(request() for _ in range(requests)))
    return taken, limits


@pytest.mark.parametrize("capacity", [1, 2, 3, 7, 20, 40])
def test_it_settles_around_what_the_server_bears(capacity):
    _, limits = asyncio.run(drive(InFlight(8), 2000, capacity))
    settled = limits[1000:]
    assert max(settled) <= capacity + 1
    assert min(settled) >= capacity // 2
    assert max(settled) >= capacity * 3 // 4


def test_it_reaches_the_ceiling_quickly_where_nothing_is_refused():
    taken, limits = asyncio.run(drive(InFlight(8, ceiling=256), 1000, capacity=1000))
    assert max(taken) == limits[-1] == 256


@given(cancelled=st.sets(st.integers(0, 19)), start=st.integers(1, 4))
def test_cancelled_requests_give_their_slots_back(cancelled, start):
    async def run():
        inflight = InFlight(start)

        async def hold():
            async with inflight:
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(hold()) for _ in range(20)]
        await asyncio.sleep(0)
        for number in cancelled:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return inflight.taken

    assert asyncio.run(run()) == 0
