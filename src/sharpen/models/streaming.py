"""The samples of one prompt, drawn together."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from typing import Any

from sharpen.errors import ModelError, ModelUnavailableError
from sharpen.types import Completion

Drawn = tuple[int, Completion]


async def samples_as_ready(requests: Iterable[Coroutine[Any, Any, Drawn]]) -> AsyncGenerator[Drawn, None]:
    """Yield each sample as soon as it is there.

    A failed sample is raised when the others are there: they are paid for. That a model is gone is raised
    before any other failure.
    """
    failure: ModelError | None = None
    tasks = [asyncio.create_task(request) for request in requests]
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
