"""An answer put into its context, as DS-1000's test_ds1000.py does: the context's own functions decide.

The context runs the answer by ``exec``. What the context defines, and its builtins, are put back then: an
answer could replace the function that checks it. It is no wall: an answer can also change a library that
the check uses, or read what is expected, and the verdict says ``in_process``.
"""

from types import FunctionType
from typing import Any


def run_context(solution: str, tests: str) -> None:
    """Define the context's functions and have them test the answer: how it runs, and how it is written."""
    context: dict[str, Any] = {"__name__": "context"}
    exec(compile(tests, "<test>", "exec", dont_inherit=True), context)  # noqa: S102

    def run(code: Any, *namespaces: Any) -> None:  # noqa: ANN401 - as exec
        held = [(names, dict(names)) for names in (context, context["__builtins__"])]
        codes = [(each, each.__code__) for each in context.values() if isinstance(each, FunctionType)]
        try:
            exec(code, *(namespaces or (context,)))  # noqa: S102
        finally:
            for names, before in held:
                names.update(before)
                for added in names.keys() - before.keys():
                    del names[added]
            for function, genuine in codes:
                function.__code__ = genuine

    context["exec"] = run
    context["test_execution"](solution)
    if "test_string(" in tests:
        context["test_string"](solution)
