"""The one thing a sandbox must do: run a program on a suite of tests and say what happened."""

from dataclasses import dataclass, replace
from typing import Protocol

from sharpen.sandbox.languages import toolchains
from sharpen.types import Program, Suite, Verdict


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use. Part of a verdict's key in the journal.

    Attributes:
        cpu_seconds: user and system time for the whole suite.
        wall_seconds: time on the clock, the backstop when a program sleeps.
        memory_bytes: address space.
        output_bytes: what it may print, and the largest file it may write.
        processes: threads and processes of its own.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 30.0
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 8 * 1024**2
    processes: int = 64

    def bound_by(self, cpu_seconds: float, wall_seconds: float, least: float = 0.05) -> "Limits":
        """Return the limits of other programs than one that took so long: ten times that, ``least`` at least.

        One that never ends would else cost the whole limit.
        """
        return replace(
            self,
            cpu_seconds=min(self.cpu_seconds, max(least, 10 * cpu_seconds)),
            wall_seconds=min(self.wall_seconds, max(1.0, 10 * wall_seconds)),
        )


def version_for(sandbox: "Sandbox", suite: Suite) -> str:
    """Return what a verdict on a suite depends on besides program, tests and limits: part of its key.

    Raises:
        SandboxError: this machine has no toolchain for the suite's language.
    """
    if suite.language == "python":
        return sandbox.version
    return f"{sandbox.version} {toolchains.find(suite.language).version}"


class Sandbox(Protocol):
    """A place where hostile programs may run."""

    @property
    def version(self) -> str:
        """Changes whenever a verdict could: it is part of a verdict's key."""
        ...

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        """Run ``program`` on ``suite``. Whatever the program does is a verdict, never an exception.

        Raises:
            SandboxError: the sandbox itself failed.
        """
        ...

    async def close(self) -> None:
        """End every process and remove every file that is left."""
        ...
