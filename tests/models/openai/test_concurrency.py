import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.models.openai.concurrency import RequestLimiter

ROUNDS = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=200)


@given(start=st.integers(1, 16), ceiling=st.integers(16, 32), rounds=ROUNDS)
def test_the_limit_stays_between_one_and_the_ceiling(start, ceiling, rounds):
    async def run():
        limiter, marks = RequestLimiter(start, ceiling), []
        async with limiter:
            for succeeded, age in rounds:
                marks.append(limiter.mark())
                mark = marks[max(0, len(marks) - 1 - age)]
                (limiter.succeeded if succeeded else limiter.overloaded)(mark)
                assert 1 <= limiter.limit <= ceiling

    asyncio.run(run())


@given(start=st.integers(1, 256), refusals=st.integers(1, 50))
def test_refusals_of_one_round_trip_halve_once(start, refusals):
    limiter = RequestLimiter(start)
    mark = limiter.mark()
    for _ in range(refusals):
        limiter.overloaded(mark)
    assert limiter.limit == max(1, start // 2)


@given(start=st.integers(2, 256))
def test_success_of_a_request_from_before_a_halving_changes_nothing(start):
    async def run():
        limiter = RequestLimiter(start)
        async with limiter:
            before = limiter.mark()
            while limiter.limit > 1:
                limiter.overloaded(limiter.mark())
            limiter.succeeded(before)
        return limiter.limit

    assert asyncio.run(run()) == 1


@given(start=st.integers(2, 256))
def test_success_without_demand_changes_nothing(start):
    async def run():
        limiter = RequestLimiter(start)
        async with limiter:
            limiter.succeeded(limiter.mark())
        return limiter.limit

    assert asyncio.run(run()) == start


async def drive(limiter, requests, capacity):
    """Send requests to a server that refuses any beyond its capacity and answers the rest a tick later."""
    busy, taken, limits = 0, [], []

    async def request():
        nonlocal busy
        async with limiter:
            while True:
                mark = limiter.mark()
                taken.append(limiter.taken)
                if busy < capacity:
                    break
                limiter.overloaded(mark)
                await asyncio.sleep(0)
            busy += 1
            await asyncio.sleep(0)
            busy -= 1
            limiter.succeeded(mark)
            limits.append(limiter.limit)

    await asyncio.gather(*(request() for _ in range(requests)))
    return taken, limits


@pytest.mark.parametrize("capacity", [1, 2, 3, 7, 20, 40])
def test_it_settles_around_what_the_server_bears(capacity):
    _, limits = asyncio.run(drive(RequestLimiter(8), 2000, capacity))
    settled = limits[1000:]
    assert max(settled) <= capacity + 1
    assert min(settled) >= capacity // 2
    assert max(settled) >= capacity * 3 // 4


def test_it_reaches_the_ceiling_quickly_where_nothing_is_refused():
    taken, limits = asyncio.run(drive(RequestLimiter(8, ceiling=256), 1000, capacity=1000))
    assert max(taken) == limits[-1] == 256


@given(cancelled=st.sets(st.integers(0, 19)), start=st.integers(1, 4))
def test_cancelled_requests_give_their_slots_back(cancelled, start):
    async def run():
        limiter = RequestLimiter(start)

        async def hold():
            async with limiter:
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(hold()) for _ in range(20)]
        await asyncio.sleep(0)
        for number in cancelled:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return limiter.taken

    assert asyncio.run(run()) == 0
