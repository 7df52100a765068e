"""A node's sandbox: what runs there as a Ray actor."""

from collections import OrderedDict
from typing import Any

from sharpen.errors import SandboxError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program, Suite, Verdict

_HELD_SUITES = 64


class Pool:
    """Runs programs on its node, ``workers`` at a time; a suite is fetched once for all its programs."""

    def __init__(self, workers: int) -> None:
        self._sandbox = ProcessSandbox(workers)
        self._suites: OrderedDict[str, Suite] = OrderedDict()

    async def version(self) -> str:
        """Return the sandbox's version; that there is an answer says that the pool is there."""
        return self._sandbox.version

    async def execute(self, program: Program, shared: list[Any], limits: Limits) -> Verdict | SandboxError:
        """Return the verdict, or why there is none. ``shared`` holds the reference to the suite alone.

        An error is returned, since Ray would wrap what is raised in one of its own.
        """
        (reference,) = shared
        try:
            return await self._sandbox.execute(program, await self._suite(reference), limits)
        except SandboxError as error:
            return error

    async def _suite(self, reference: Any) -> Suite:  # noqa: ANN401 - Ray's reference to an object
        name = reference.hex()
        if name not in self._suites:
            self._suites[name] = await reference
        self._suites.move_to_end(name)
        suite = self._suites[name]
        if len(self._suites) > _HELD_SUITES:
            self._suites.popitem(last=False)
        return suite

    async def close(self) -> None:
        """End every program that runs and wait until nothing is left of it."""
        await self._sandbox.close()
