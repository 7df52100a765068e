"""The viewer as a process: its socket, its link, and its end by Ctrl-C or SIGTERM."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
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
        address = f"http://{options.host}:{listening.getsockname()[1]}"
        links = [f"runs: {address}/?token={viewer.token}"]
        if study:
            links.append(f"the study, with a link for each person: {address}/study?token={viewer.token}")
        config = uvicorn.Config(
            viewer.app(),
            access_log=False,
            log_level="warning",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=2,
        )
        _Server(config, partial(on_message, "\n".join(links))).run([listening])


class _Server(uvicorn.Server):
    """Says that it is ready once it answers, and signals end it: one that came earlier could be lost."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


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
