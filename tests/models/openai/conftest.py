"""For the tests of servers."""

import pytest

from tests.models.openai.asking import Clock


@pytest.fixture
def clock():
    return Clock()
