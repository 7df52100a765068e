"""The viewer as a process: its socket, its link, and its end by Ctrl-C or SIGTERM."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from sharpen.errors import UsageError
from sharpen.viewer.app import Viewer
from sharpen.viewer.options import View
from sharpen.viewer.study import Study


def view(folder: Path, options: View, on_message: Callable[[str], None]) -> None:
    """Show the runs in ``folder`` until a signal ends it; the links are given to ``on_message``.

    Raises:
        UsageError: there is no such folder, the address cannot be had, or the run of the study has too few
            failing programs.
        JournalError: the run of the study cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: give the one that holds the runs")
    study = None
    if options.feedback:
        study = Study.prepare(options.feedback, options.participants, options.per_person, options.seed)
    viewer = Viewer(folder, secrets.token_urlsafe(24), study, _consent(options.consent))
    with _listening(options.host, options.port) as listening, suppress(KeyboardInterrupt):
        port = listening.getsockname()[1]
        on_message(f"runs: http://{options.host}:{port}/?token={viewer.token}")
        if study:
            on_message(
                f"the study, with a link for each person: http://{options.host}:{port}/study?token={viewer.token}"
            )
        config = uvicorn.Config(
            viewer.app(),
            access_log=False,
            log_level="warning",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(config).run([listening])


def _consent(path: Path | None) -> str:
    try:
        return path.read_text("utf-8-sig") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the text to agree to, {path}, cannot be read: {error}") from error


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(
            f"nothing can listen at {host}, port {port}: {error.strerror}; give another --port"
        ) from error
