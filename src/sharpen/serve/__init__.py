"""The sandbox as a service: verdicts and rewards over HTTP."""

from collections.abc import Callable

from sharpen.extras import extra
from sharpen.serve.options import Serve

_LIBRARIES = ("starlette", "uvicorn", "prometheus_client")


def start(options: Serve, say: Callable[[str], None]) -> None:
    """Serve until a signal ends it; what a person should know is given to ``say``.

    Raises:
        UsageError: the libraries are not installed, there is no token, the address cannot be had, or a
            benchmark asks for no programs.
        SandboxError: the sandbox does not work here.
        SharpenError: a benchmark cannot be loaded.
    """
    for library in _LIBRARIES:
        extra(library, "serve")
    from sharpen.serve.server import serve

    serve(options, say)
