"""The line before the sandbox: bounded, counted, and left at once by those who want no verdict any more."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from sharpen.types import Verdict

_LONGEST_WAIT = 60
"""Seconds that a refused client is asked to wait, at most."""
_NEWEST = 0.05
"""Weight of the newest program in the running mean of how long one takes."""


class FullError(Exception):
    """There is no room; ``seconds`` is when there may be some."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the queue is full: ask again in {seconds} s")
        self.seconds = seconds


class Queue:
    """At most ``room`` programs are here, at most ``at_once`` of them in the sandbox.

    Attributes:
        here: programs that wait or run.
        running: those in the sandbox.
        metrics: what happened, for Prometheus.
    """

    def __init__(self, room: int, at_once: int) -> None:
        self.room, self.at_once = room, at_once
        self.here = self.running = 0
        self._seconds = 0.1
        self._places = asyncio.Semaphore(at_once)
        self.metrics = CollectorRegistry()
        self._count()

    def _count(self) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"sharpen_{name}", about, labels, registry=self.metrics)

        def gauge(name: str, about: str, value: Callable[[], float]) -> None:
            Gauge(f"sharpen_{name}", about, registry=self.metrics).set_function(value)

        self._programs = counter("programs", "Programs judged, by kind of verdict.", "kind")
        self._cpu = counter("program_cpu_seconds", "Processor time of judged programs.")
        self._refused = counter("programs_refused", "Programs that the queue had no room for.")
        self._left = counter("programs_left", "Programs that were given up before their verdict.")
        gauge("programs_running", "Programs in the sandbox.", lambda: self.running)
        gauge(
            "queue_depth", "Programs that wait for a place in the sandbox.", lambda: self.here - self.running
        )
        gauge("queue_room", "Programs that may wait or run at most.", lambda: self.room)

    async def judge(self, programs: Sequence[Callable[[], Awaitable[Verdict]]]) -> list[Verdict]:
        """Return the verdicts that ``programs`` give when they are called, each in its turn.

        What one of them raises is raised, and the others are given up.

        Raises:
            FullError: there is no room for all of them.
        """
        if self.here + len(programs) > self.room:
            self._refused.inc(len(programs))
            raise FullError(self._wait())
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._take_turn(program)) for program in programs]
                self.here += len(tasks)
                for task in tasks:
                    task.add_done_callback(self._leave)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _take_turn(self, program: Callable[[], Awaitable[Verdict]]) -> Verdict:
        async with self._places:
            self.running += 1
            began = time.monotonic()
            try:
                verdict = await program()
            finally:
                self.running -= 1
                self._seconds += _NEWEST * (time.monotonic() - began - self._seconds)
        self._programs.labels(verdict.kind).inc()
        self._cpu.inc(verdict.cpu_seconds)
        return verdict

    def _leave(self, task: "asyncio.Task[Verdict]") -> None:
        self.here -= 1
        if task.cancelled() or task.exception():
            self._left.inc()

    def _wait(self) -> int:
        return min(max(1, math.ceil(self.here * self._seconds / self.at_once)), _LONGEST_WAIT)
