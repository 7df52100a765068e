import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.models.openai.retry import Retry, requested_wait

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@given(failures=st.integers(1, 60))
def test_waits_are_drawn_from_the_whole_of_a_doubling_range(failures):
    bounds = []
    Retry(uniform=lambda low, high: bounds.append((low, high)) or high).wait(failures, None)
    assert bounds == [(0.0, min(60.0, 0.5 * 2 ** (failures - 1)))]


@given(asked=st.floats(0, 1e6), failures=st.integers(1, 60))
def test_never_sooner_than_the_server_asks(asked, failures):
    wait = Retry().wait(failures, asked)
    assert asked <= wait <= max(asked + 0.5, min(60.0, 0.5 * 2.0 ** min(failures, 10)))


@given(seconds=st.integers(-5000, 5000))
def test_a_date_counts_from_the_servers_own_clock(seconds):
    headers = {
        "retry-after": format_datetime(NOW + timedelta(seconds=seconds), usegmt=True),
        "date": format_datetime(NOW, usegmt=True),
    }
    assert requested_wait(headers) == max(0, seconds)


def test_a_date_without_the_servers_clock_counts_from_ours():
    hour = datetime.now(UTC) + timedelta(hours=1)
    assert 3500 < requested_wait({"retry-after": format_datetime(hour, usegmt=True)}) <= 3600


@pytest.mark.parametrize(
    ("wish", "seconds"), [("120", 120), (" 0 ", 0), ("1.5", 1.5), ("5s", 5), ("5 seconds", 5)]
)
def test_seconds(wish, seconds):
    assert requested_wait({"retry-after": wish}) == seconds


@pytest.mark.parametrize("wish", [None, "", "soon", "-3", "Fri, 99 Nov", "nan"])
def test_a_wish_that_means_nothing_is_none(wish):
    assert requested_wait({} if wish is None else {"retry-after": wish}) is None


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit reached. Please try again in 2.5s.", 2.5),
        ("Please try again in 300ms.", 0.3),
        ("Please try again after 500 milliseconds.", 0.5),
        ("Please try again in 1 minute", 60),
        ("Please retry in 1m30s", 90),
        ("retry after 20 seconds", 20),
        ('"retryDelay": "37s"', 37),
        ("Try again later", None),
        ("5 requests in 10s", None),
    ],
)
def test_a_wait_that_is_only_in_the_words(words, seconds):
    assert requested_wait({}, words) == seconds


def test_a_point_in_time_as_seconds_since_1970():
    assert 3500 < requested_wait({"retry-after": str(int(time.time()) + 3600)}) <= 3600
    assert requested_wait({"retry-after": "1700000000"}) == 0


def test_milliseconds_come_before_seconds():
    assert requested_wait({"retry-after-ms": "300", "retry-after": "1"}) == 0.3
