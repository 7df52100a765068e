"""The engine's slots: who has which, and from which evaluated text a new prompt can go on.

A text is a conversation in the order in which the engine evaluates it. Each slot still holds the last one
that it evaluated; copies of others lie in files. A prompt starts from whichever shares the longest
beginning with it, and the engine evaluates only the rest. Which slot it gets does not matter, so the
prompt that waits longest gets the next one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from sharpen.models.llama.engine import Engine, EngineReply
from sharpen.models.streaming import current_draft

T = TypeVar("T")


class Copies:
    """Files of evaluated texts, up to a number of bytes; the least recently used go first."""

    def __init__(self, directory: Path, most_bytes: int, fewest: int) -> None:
        """Keep files in ``directory``: ``most_bytes`` in all, but never less than ``fewest`` of them."""
        self._directory, self._most_bytes, self._fewest = directory, most_bytes, fewest
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._names = map(str, count())

    def new(self) -> str:
        """Return the name of the next file."""
        return next(self._names)

    def add(self, name: str, text: str) -> None:
        """Remember that the file ``name`` was written and holds ``text``."""
        self._texts[name], self._sizes[name] = text, (self._directory / name).stat().st_size
        while sum(self._sizes.values()) > self._most_bytes and len(self._texts) > self._fewest:
            oldest, _ = self._texts.popitem(last=False)
            del self._sizes[oldest]
            (self._directory / oldest).unlink()

    def best(self, text: str, least: int) -> str:
        """Return the file that shares most with ``text``; empty if none shares more than ``least``."""
        name = max(self._texts, key=lambda copy: shared(self._texts[copy], text), default="")
        if not name or shared(self._texts[name], text) <= least:
            return ""
        self._texts.move_to_end(name)
        return name


class Slot:
    """A slot, while a request uses it."""

    def __init__(self, number: int, slots: "Slots") -> None:
        self.number, self._slots = number, slots
        self.held = ""
        """The text that it holds; empty while that is not known."""
        self.running: asyncio.Future[Any] | None = None
        """What the engine does or last did with it."""

    async def answer(self, request: Mapping[str, object]) -> EngineReply:
        """Return the engine's answer to a request. Raises what :meth:`Engine.complete` raises."""
        cancelled, engine, draft = Event(), self._slots.engine, current_draft()
        request = {**request, "id_slot": self.number}
        pieces = draft.pieces if draft else []
        pieces.clear()  # of an earlier request for the same sample
        try:
            return await self._block(lambda: engine.complete(request, cancelled, pieces.append))
        finally:
            cancelled.set()

    async def hold(self, text: str) -> None:
        """Note that it evaluated ``text``, and copy its state for requests that go on from there."""
        self.held, copies, engine = text, self._slots.copies, self._slots.engine
        name = copies.new()
        await self._block(lambda: engine.save(self.number, name))
        copies.add(name, text)

    async def restore(self, name: str) -> None:
        """Put the copy ``name`` in it."""
        engine = self._slots.engine
        await self._block(lambda: engine.restore(self.number, name))

    async def _block(self, function: Callable[[], T]) -> T:
        """Run what blocks in a thread. It runs on when the caller is cancelled: see :meth:`Slots.take`."""
        running = asyncio.get_running_loop().run_in_executor(self._slots.threads, function)
        self.running = running
        return await asyncio.shield(running)


class Slots:
    """All slots of a loaded engine. For one event loop."""

    def __init__(self, engine: Engine, number: int, copies: Copies) -> None:
        self.engine, self.copies = engine, copies
        self.threads = ThreadPoolExecutor(number, thread_name_prefix="llama")
        self._held = [""] * number
        self._free = list(range(number))
        self._room = asyncio.Semaphore(number)

    @asynccontextmanager
    async def take(self, text: str) -> AsyncGenerator[Slot, None]:
        """Have a slot that holds as much of ``text`` as was ever evaluated, waiting in line for one.

        It is free again when the engine is done with it, which may be a token after a cancelled caller left.
        """
        await self._room.acquire()
        slot = Slot(max(self._free, key=lambda free: shared(self._held[free], text)), self)
        self._free.remove(slot.number)
        try:
            if copy := self.copies.best(text, least=shared(self._held[slot.number], text)):
                await slot.restore(copy)
            yield slot
        finally:
            if slot.running and not slot.running.done():
                slot.held = ""
                slot.running.add_done_callback(lambda done: self._give(slot, done))
            else:
                self._give(slot, None)

    def _give(self, slot: Slot, abandoned: "asyncio.Future[Any] | None") -> None:
        if abandoned and not abandoned.cancelled():
            abandoned.exception()  # the caller is gone: reading it avoids a warning
        self._held[slot.number] = slot.held
        self._free.append(slot.number)
        self._room.release()

    async def close(self) -> None:
        """Release the engine, when the last request that was abandoned has stopped."""
        await asyncio.to_thread(self.threads.shutdown)
        await asyncio.to_thread(self.engine.close)


def shared(a: str, b: str) -> int:
    """Return the length of the common beginning of two texts."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
