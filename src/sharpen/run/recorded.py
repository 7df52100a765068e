"""A sandbox whose verdicts are recorded in a journal, and taken from there when the same is run again."""

import json
from dataclasses import asdict, replace

from sharpen.errors import SandboxError
from sharpen.journal.journal import Journal
from sharpen.journal.keys import storable, verdict_key
from sharpen.run.calibration import suite_hash
from sharpen.sandbox.base import Limits, Sandbox, version_for
from sharpen.types import Program, Suite, Verdict


class RecordedSandbox:
    """Runs in ``sandbox`` what ``journal`` has no verdict on yet."""

    def __init__(self, sandbox: Sandbox, journal: Journal) -> None:
        self._sandbox, self._journal = sandbox, journal

    @property
    def version(self) -> str:
        """The sandbox's own."""
        return self._sandbox.version

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        """Return the verdict on a program, recorded or new.

        Raises:
            SandboxError: the sandbox failed, which says nothing about the program and is not recorded.
            JournalError: the journal cannot be read or written.
        """
        tests, limits_json = suite_hash(suite), json.dumps(asdict(limits))
        version = version_for(self._sandbox, suite)
        key = verdict_key(program.code, tests, limits_json, version)
        if (recorded := self._journal.verdict(key)) is not None:
            return recorded
        verdict = await self._sandbox.execute(program, suite, limits)
        verdict = replace(verdict, message=storable(verdict.message))
        if verdict.kind == "harness_error":
            raise SandboxError(verdict.message)
        self._journal.record_verdict(program.code, tests, limits_json, version, verdict)
        return verdict

    async def close(self) -> None:
        """Close the sandbox."""
        await self._sandbox.close()
