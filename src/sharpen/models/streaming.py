"""The samples of one prompt, drawn together, and what of them is written already."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sharpen.errors import ModelError, ModelUnavailableError
from sharpen.types import Completion

Drawn = tuple[int, Completion]


@dataclass(eq=False)
class Draft:
    """An answer while a model writes it.

    Attributes:
        problem: the problem's id.
        pieces: its text so far; a local model gives a piece for about each token. Threads append to it.
    """

    problem: str
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What is written so far."""
        return "".join(self.pieces)


class Drafts:
    """The answers of a run that are being written, in the order in which they began."""

    def __init__(self) -> None:
        self.open: list[Draft] = []

    @contextmanager
    def of(self, problem: str) -> Iterator[None]:
        """Collect the drafts of all samples that are drawn in this block, also by tasks that begin in it."""
        token = _COLLECTED.set((self, problem))
        try:
            yield
        finally:
            _COLLECTED.reset(token)


_COLLECTED: ContextVar[tuple[Drafts, str] | None] = ContextVar("collected", default=None)
_DRAFT: ContextVar[Draft | None] = ContextVar("draft", default=None)


def current_draft() -> Draft | None:
    """Return the draft of the sample that this task draws; None where nobody watches."""
    return _DRAFT.get()


async def _as_draft(request: Coroutine[Any, Any, Drawn]) -> Drawn:
    collected = _COLLECTED.get()
    if collected is None:
        return await request
    drafts, problem = collected
    draft = Draft(problem)
    _DRAFT.set(draft)  # in the context of this task alone
    drafts.open.append(draft)
    try:
        return await request
    finally:
        drafts.open.remove(draft)


async def samples_as_ready(requests: Iterable[Coroutine[Any, Any, Drawn]]) -> AsyncGenerator[Drawn, None]:
    """Yield each sample as soon as it is there.

    A failed sample is raised when the others are there: they are paid for. That a model is gone is raised
    before any other failure.
    """
    failure: ModelError | None = None
    tasks = [asyncio.create_task(_as_draft(request)) for request in requests]
    try:
        for task in asyncio.as_completed(tasks):
            try:
                drawn = await task
            except ModelError as error:
                ends = isinstance(error, ModelUnavailableError)
                failure = error if failure is None or ends else failure
            else:
                yield drawn
    finally:
        for unfinished in tasks:
            unfinished.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failure:
        raise failure
