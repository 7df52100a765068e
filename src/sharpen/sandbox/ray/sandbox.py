"""The sandbox on a Ray cluster: a pool a node, and what a lost one was running runs again elsewhere.

- The cluster is the one that Ray finds: by ``RAY_ADDRESS``, else the one on this machine, else one is started
  for as long as the sandbox is open.
- Every node that has processors gets a pool, also one that joins later. A pool reserves its processors.
- At most two programs a worker are sent to a pool; the others wait here.
- A pool that is lost, by itself or with its node, is started again if its node lives. Its programs are run
  again wherever there is room. A program that loses five pools in a row is refused.
- A verdict and its key are those of the local sandbox: a node with other code or another Python is refused.
"""

import asyncio
import warnings
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sharpen.errors import SandboxError
from sharpen.extras import extra, start
from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness.judge_process import with_its_tests
from sharpen.sandbox.process import ProcessSandbox
from sharpen.sandbox.ray.node import Pool
from sharpen.types import Program, Suite, Verdict

_AHEAD = 2
"""Programs a worker that are with a pool: one runs, one is there when it ends."""
_LOSSES = 5
_HELD_SUITES = 64
_BESIDES = 8
"""Calls of a pool that are not programs."""
_START_SECONDS = 180.0
_CLOSE_SECONDS = 60.0
_PATIENCE_SECONDS = 60.0
"""How long a cluster may be without any node."""
_LOOK_SECONDS = 5.0
"""How often nodes that joined are looked for."""


@dataclass(eq=False, slots=True)
class _Node:
    """A node's pool as seen from here."""

    name: str
    workers: int
    actor: Any
    dropped: bool = False


class RaySandbox:
    """Runs programs on every node of a cluster, ``workers`` at a time on each; one a processor if not given.

    Raises:
        UsageError: Ray is not installed, or no cluster can be reached or started.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._ray: Any = extra("ray", "ray")
        extra("ray.util.scheduling_strategies", "ray")
        self._workers, self._started = workers, not self._ray.is_initialized()
        if self._started:
            start(self._ray)
        self._version = ProcessSandbox(1).version
        self._nodes: dict[str, _Node] = {}
        self._refused: dict[str, str] = {}
        self._over = ""
        self._places: asyncio.Queue[_Node | None] = asyncio.Queue()
        self._look_again = asyncio.Event()
        self._shared: OrderedDict[int, tuple[Suite, Any]] = OrderedDict()
        self._background: set[asyncio.Task[None]] = set()

    @property
    def version(self) -> str:
        """That of the local sandbox, which is what runs on every node."""
        return self._version

    @property
    def in_flight(self) -> int:
        """How many programs the nodes that are there now take at a time."""
        return _AHEAD * sum(map(self._workers_on, self._members().values()))

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        """Run ``program`` on ``suite`` on one of the nodes.

        Raises:
            SandboxError: the sandbox is closed, no node can run programs, the program's pools were lost
                again and again, or the sandbox of the node refused it.
        """
        if not self._background and not self._over:
            self._spawn(self._watch())
        shared = self._share(suite)
        for _ in range(_LOSSES):
            node = await self._place()
            try:
                return await self._run(node, program, shared, limits)
            except self._ray.exceptions.RayTaskError as error:
                raise SandboxError(f"the pool of node {node.name} failed: {error.cause}") from error
            except self._ray.exceptions.RayError:
                self._drop(node)
        raise SandboxError(f"{_LOSSES} pools were lost while the program ran on them: see Ray's log")

    async def _place(self) -> _Node:
        """Return a node with a place for a program; the place is free again when the program has ended."""
        if self._over:
            raise SandboxError(self._over)
        while (node := await self._places.get()) is not None:
            if not node.dropped:
                return node
        self._places.put_nowait(None)  # for the next who waits
        raise SandboxError(self._over)

    async def _run(self, node: _Node, program: Program, shared: list[Any], limits: Limits) -> Verdict:
        reference = node.actor.execute.remote(program, shared, limits)
        running = asyncio.ensure_future(_value(reference))
        running.add_done_callback(partial(self._give_back, node))
        try:
            outcome = await asyncio.shield(running)
        except asyncio.CancelledError:
            self._ray.cancel(reference)
            raise
        if isinstance(outcome, SandboxError):
            raise outcome
        verdict: Verdict = outcome
        return verdict

    def _give_back(self, node: _Node, running: "asyncio.Task[Any]") -> None:
        if not running.cancelled():
            running.exception()  # has been seen, unless nobody wants the verdict any more
        if not node.dropped:
            self._places.put_nowait(node)

    def _share(self, suite: Suite) -> list[Any]:
        """Return a list of the reference to the suite: in a list it goes to each node once, not each time."""
        name = id(suite)  # of an object that is held here as long as its reference is
        if name not in self._shared:
            plain = with_its_tests(suite)
            try:
                self._shared[name] = suite, self._ray.put(plain)
            except self._ray.exceptions.RayError as error:
                raise SandboxError(f"the tests cannot be given to the Ray cluster: {error}") from error
        self._shared.move_to_end(name)
        if len(self._shared) > _HELD_SUITES:
            self._shared.popitem(last=False)
        return [self._shared[name][1]]

    # The nodes

    def _members(self) -> dict[str, int]:
        """Return the nodes that have processors, and how many."""
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        members = {node["NodeID"]: int(node["Resources"].get("CPU", 0)) for node in nodes}
        return {name: cpus for name, cpus in members.items() if cpus}

    def _workers_on(self, cpus: int) -> int:
        return min(self._workers or cpus, cpus)

    async def _watch(self) -> None:
        """Keep a pool on every node, until there is none."""
        began = asyncio.get_running_loop().time()
        while True:
            self._look_again.clear()
            members = await asyncio.to_thread(self._members)
            for name in members.keys() - self._nodes.keys() - self._refused.keys():
                self._start(name, self._workers_on(members[name]))
            now = asyncio.get_running_loop().time()
            if self._nodes:
                began = now
            elif self._refused or now - began > _PATIENCE_SECONDS:
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look_again.wait(), _LOOK_SECONDS)
        reasons = "; ".join(f"{name}: {why}" for name, why in self._refused.items())
        raise SandboxError(f"no node of the Ray cluster can run programs ({reasons or 'there is none'})")

    def _start(self, name: str, workers: int) -> None:
        here = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(name, soft=False)
        kind = self._ray.remote(Pool).options(
            num_cpus=workers, max_concurrency=_AHEAD * workers + _BESIDES, scheduling_strategy=here
        )
        self._nodes[name] = _Node(name, workers, kind.remote(workers))
        self._spawn(self._admit(self._nodes[name]))

    async def _admit(self, node: _Node) -> None:
        """Let programs go to a pool as soon as it answers, and only if its verdicts are those made here."""
        try:
            version = await asyncio.wait_for(_value(node.actor.version.remote()), _START_SECONDS)
        except TimeoutError:
            why = f"no pool came up in {_START_SECONDS:.0f} s; are its {node.workers} processors taken?"
        except self._ray.exceptions.RayError as error:
            why = "its pool did not start: " + str(error).strip().split("\n")[-1]
        else:
            why = "" if version == self._version else f"it has {version} and not {self._version}"
        if not why:
            for _ in range(_AHEAD * node.workers):
                self._places.put_nowait(node)
            return
        warnings.warn(f"node {node.name} runs no programs: {why}", RuntimeWarning, stacklevel=2)
        self._refused[node.name] = why
        self._drop(node)

    def _drop(self, node: _Node) -> None:
        """Forget a pool that is lost; if its node is still there, it gets another."""
        if not node.dropped:
            node.dropped = True
            del self._nodes[node.name]
            self._ray.kill(node.actor)
            self._look_again.set()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._end(f"{error}" if isinstance(error, SandboxError) else f"the Ray cluster failed: {error}")

    def _end(self, why: str) -> None:
        """Refuse every program that waits or comes."""
        self._over = self._over or why
        self._places.put_nowait(None)

    async def close(self) -> None:
        """End every program that runs and every pool, and the cluster if it was started here."""
        self._end("the sandbox is closed; make a new one")
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        nodes, self._nodes = list(self._nodes.values()), {}
        closing = [asyncio.ensure_future(_value(node.actor.close.remote())) for node in nodes]
        if closing:
            await asyncio.wait(closing, timeout=_CLOSE_SECONDS)
        for node in nodes:
            self._ray.kill(node.actor)
        self._shared.clear()
        if self._started:
            self._ray.shutdown()


async def _value(reference: Any) -> Any:  # noqa: ANN401 - what Ray's references stand for
    return await reference
