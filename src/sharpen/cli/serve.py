"""The verb that serves the sandbox over HTTP."""

from typing import Annotated

from cyclopts import App, Parameter

from sharpen.cli.output import (
    DONE,
    stderr,
)
from sharpen.serve.options import Serve

sandbox_app = App(name="sandbox", help="Where programs run.")
DEFAULT_SERVE = Serve()


@sandbox_app.command(name="serve")
def serve_sandbox(*, config: Annotated[Serve, Parameter(name="*")] = DEFAULT_SERVE) -> int:
    """Answer programs with verdicts and rewards over HTTP, until Ctrl-C or SIGTERM.

    Args:
        config: How it is served.
    """
    from sharpen.serve import start

    start(config, lambda said: stderr().print(said, highlight=False))
    return DONE
