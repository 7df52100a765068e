"""The words that name a sandbox."""

from typing import Literal

from sharpen.sandbox.base import Sandbox
from sharpen.sandbox.process import ProcessSandbox

Word = Literal["local", "ray"]


def open_sandbox(word: Word) -> Sandbox:
    """Return the sandbox that ``word`` names: processes of this machine, or of a Ray cluster.

    Raises:
        UsageError: Ray is not installed.
        SandboxError: no cluster can be reached or started.
    """
    if word == "ray":
        from sharpen.sandbox.ray.sandbox import RaySandbox

        return RaySandbox()
    return ProcessSandbox()
