from pathlib import Path
from threading import Event

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.models.llama.engine import EngineReply
from sharpen.models.llama.slots import Copies, Slots, shared

pytestmark = pytest.mark.anyio

ANSWER = EngineReply("an answer", 3, 0, 2, "stop")


class ScriptedEngine:
    """Writes down what it is told to do; a request is answered once ``go`` is set."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.done: list[tuple] = []
        self.go = Event()
        self.go.set()
        self.closed = False

    def complete(self, request, cancelled, on_piece=None) -> EngineReply:
        self.done.append(("complete", request["id_slot"]))
        while not self.go.wait(0.01):
            if cancelled.is_set():
                self.done.append(("cancelled", request["id_slot"]))
                break
        return ANSWER

    def save(self, slot, name) -> None:
        self.done.append(("save", slot, name))
        (self.directory / name).write_bytes(b"x" * 10)

    def restore(self, slot, name) -> None:
        self.done.append(("restore", slot, name))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def engine(tmp_path):
    return ScriptedEngine(tmp_path)


@pytest.fixture
async def slots(engine, tmp_path):
    slots = Slots(engine, 2, Copies(tmp_path, most_bytes=1000, fewest=1))
    yield slots
    await slots.close()
    assert engine.closed


@given(st.text("ab"), st.text("ab"))
def test_shared_is_the_common_beginning(a, b):
    n = shared(a, b)
    assert a[:n] == b[:n]
    assert n == min(len(a), len(b)) or a[n] != b[n]


def test_the_copy_that_shares_most_is_found(tmp_path):
    copies = Copies(tmp_path, most_bytes=1000, fewest=1)
    for name, text in (("0", "abc"), ("1", "abcdef"), ("2", "x")):
        (tmp_path / name).write_bytes(b"")
        copies.add(name, text)
    assert copies.best("abcde", least=0) == "1"
    assert copies.best("abcde", least=4) == "1"
    assert copies.best("abcde", least=5) == ""
    assert copies.best("zzz", least=0) == ""


def test_no_more_bytes_are_kept_than_allowed_and_the_used_stay(tmp_path):
    copies = Copies(tmp_path, most_bytes=30, fewest=1)
    for name in "0123":
        (tmp_path / name).write_bytes(b"x" * 10)
        copies.add(name, f"{name} text")
        copies.best("0 text", least=0)
    assert {path.name for path in tmp_path.iterdir()} == {"0", "2", "3"}
    assert copies.best("1 text", least=0) == ""


def test_the_fewest_are_kept_however_large_they_are(tmp_path):
    copies = Copies(tmp_path, most_bytes=5, fewest=2)
    for name in "012":
        (tmp_path / name).write_bytes(b"x" * 10)
        copies.add(name, name)
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2"}


async def test_a_text_goes_to_the_slot_that_holds_it(slots, engine):
    for text in ("one", "two"):
        async with slots.take(text) as slot:
            await slot.hold(text)
    engine.done.clear()
    for text in ("two and more", "one and more", "two again"):
        async with slots.take(text) as slot:
            await slot.answer({})
            slot.held = text
    numbers = [step[1] for step in engine.done]
    assert numbers[0] == numbers[2] != numbers[1]
    assert all(step[0] == "complete" for step in engine.done)


async def test_a_text_held_elsewhere_is_restored(slots, engine):
    async with slots.take("one") as first:
        await first.hold("one")
        async with slots.take("one and more"):
            pass
    assert [step[0] for step in engine.done] == ["save", "restore"]
    assert engine.done[0][1] != engine.done[1][1]
    assert engine.done[0][2] == engine.done[1][2]


async def test_after_a_failure_nothing_is_believed_of_the_slot(slots, engine):
    async with slots.take("one") as slot:
        await slot.hold("one")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with slots.take("one"):
                raise ZeroDivisionError
    async with slots.take("one"):
        pass
    assert [step[0] for step in engine.done].count("restore") >= 1


async def test_who_waits_gets_the_next_slot_and_none_is_lost(slots, engine):
    served = []

    async def ask(number: int) -> None:
        async with slots.take(f"text {number}") as slot:
            await slot.answer({})
            served.append(number)

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(ask, number)
    assert sorted(served) == list(range(20))


async def test_a_cancelled_request_stops_the_engine_before_its_slot_is_free(slots, engine):
    engine.go.clear()
    with anyio.move_on_after(0.1) as scope:
        async with slots.take("one") as slot:
            await slot.answer({})
    assert scope.cancelled_caught
    async with slots.take("b"), slots.take("c"):
        assert [step[0] for step in engine.done] == ["complete", "cancelled"]
    engine.go.set()
    async with slots.take("a"), slots.take("b") as slot:
        assert await slot.answer({}) == ANSWER


async def test_who_is_cancelled_while_waiting_takes_no_slot(slots):
    async with slots.take("a"), slots.take("b"):
        with anyio.move_on_after(0.05):
            async with slots.take("c"):
                pytest.fail("there was no slot to have")
    async with slots.take("a"), slots.take("b"):
        pass
