"""The verb that serves the sandbox over HTTP."""

from typing import Any

from cyclopts import App, Group

from sharpen.cli.fields import arguments, with_options
from sharpen.cli.output import DONE, stderr
from sharpen.serve.options import Serve

sandbox_app = App(name="sandbox")


def serve(**fields: Any) -> int:  # noqa: ANN401 - their types are in the signature that is made below
    """Answer programs with verdicts and rewards over HTTP, until Ctrl-C or SIGTERM.

    Example: `sharpen sandbox serve --port 8080`
    """
    from sharpen.api import sandbox_serve

    sandbox_serve(Serve(**fields), on_start=lambda line: stderr().print(line, highlight=False))
    return DONE


sandbox_app.command(with_options(serve, arguments(Serve, Group("Service", sort_key=1))), name="serve")
