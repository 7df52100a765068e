"""An answer put into its context, as DS-1000's test_ds1000.py does: the context's own functions decide."""

from typing import Any


def run_context(solution: str, tests: str) -> None:
    """Define the context's functions and have them test the answer: how it runs, and how it is written."""
    context: dict[str, Any] = {"__name__": "context"}
    exec(compile(tests, "<test>", "exec", dont_inherit=True), context)  # noqa: S102
    context["test_execution"](solution)
    if "test_string(" in tests:
        context["test_string"](solution)
