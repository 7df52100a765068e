from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.models.openai.retry import Patience, retry_after

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@given(failures=st.integers(1, 60))
def test_waits_are_drawn_from_the_whole_of_a_doubling_range(failures):
    bounds = []
    Patience(uniform=lambda low, high: bounds.append((low, high)) or high).wait(failures, None)
    assert bounds == [(0.0, min(60.0, 0.5 * 2 ** (failures - 1)))]


@given(asked=st.floats(0, 1e6), failures=st.integers(1, 60))
def test_never_sooner_than_the_server_asks(asked, failures):
    assert asked <= Patience().wait(failures, asked) <= asked + 0.5


@given(seconds=st.integers(-5000, 5000))
def test_a_date_counts_from_the_servers_own_clock(seconds):
    headers = {
        "retry-after": format_datetime(NOW + timedelta(seconds=seconds), usegmt=True),
        "date": format_datetime(NOW, usegmt=True),
    }
    assert retry_after(headers) == max(0, seconds)


def test_a_date_without_the_servers_clock_counts_from_ours():
    hour = datetime.now(UTC) + timedelta(hours=1)
    assert 3500 < retry_after({"retry-after": format_datetime(hour, usegmt=True)}) <= 3600


@pytest.mark.parametrize(("wish", "seconds"), [("120", 120), (" 0 ", 0)])
def test_seconds(wish, seconds):
    assert retry_after({"retry-after": wish}) == seconds


@pytest.mark.parametrize("wish", [None, "", "soon", "-3", "Fri, 99 Nov", "nan"])
def test_a_wish_that_means_nothing_is_none(wish):
    assert retry_after({} if wish is None else {"retry-after": wish}) is None
