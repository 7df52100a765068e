"""The routes of the viewer: pages for people, JSON for the pages' scripts.

Everything but a participant's own pages wants the token of the link that `sharpen view` prints: it is given
once in the address, and then by a cookie. All texts come from models and strangers, so templates escape them
and scripts put them into the page as text only.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sharpen.errors import JournalError, SharpenError, UsageError
from sharpen.journal.journal import Journal
from sharpen.journal.steps import read_steps
from sharpen.reports import publish
from sharpen.viewer import pages
from sharpen.viewer.participants import Participants
from sharpen.viewer.state import RunState, changed, find_runs, read_state
from sharpen.viewer.study import Study

T = TypeVar("T")

COOKIE = "sharpen_view"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'"
)
"""Of a report, which is one file with its style and script in it."""
_HEADINGS = {401: "The token is missing", 404: "This is not here"}
"""Of the pages of errors, by their status."""
_SHARE = 50
"""A figure that took a second to read is read again after fifty: the run beside it keeps its processors."""


@dataclass(slots=True)
class _Cached:
    """What was read of a run, with when it may be read again."""

    value: object
    stamp: float
    until: float


@dataclass
class Viewer:
    """What the routes answer with.

    Attributes:
        folder: the folder whose runs are shown.
        token: what a link must hold.
        study: the study whose participants are let in; None without one.
        consent: the text that participants agree to; empty for none.
    """

    folder: Path
    token: str
    study: Study | None = None
    consent: str = ""
    _cache: dict[tuple[str, str], _Cached] = field(default_factory=dict)
    _reports: TemporaryDirectory[str] = field(
        default_factory=lambda: TemporaryDirectory(prefix="sharpen-view-")
    )

    def app(self) -> Starlette:
        """Return the application."""
        routes = [
            Route("/", self._index),
            Route("/assets/{name}", _asset),
            Route("/api/runs", self._runs_json),
            Route("/api/run/{run:path}", self._run_json),
            Route("/api/search/{run:path}", self._search_json),
            Route("/compare", self._compare),
            Route("/report/{run:path}", self._report),
            Route("/problem/{run:path}", self._problem),
            Route("/run/{run:path}", self._run),
        ]
        if self.study:
            routes += Participants(self.study, self.consent).routes()
            routes.append(Route("/study", self._study))
        return Starlette(
            routes=routes,
            middleware=[Middleware(_Guard, token=self.token)],
            exception_handlers={SharpenError: _failed, HTTPException: _refused},
        )

    # Pages

    async def _index(self, _: Request) -> Response:
        return pages.render("runs.html.j2", folder=self.folder.resolve(), study=self.study)

    async def _run(self, request: Request) -> Response:
        run = self._path(request)
        state = await run_in_threadpool(self._state, run)
        return pages.render("run.html.j2", state=state)

    async def _problem(self, request: Request) -> Response:
        """Show one problem of one run, or of two beside each other (``&with=RUN``)."""
        names = [request.path_params["run"], *request.query_params.getlist("with")]
        problem = request.query_params.get("id", "")
        rows = [
            (name, await run_in_threadpool(pages.shown, read_steps(self._run_of(name), problem)))
            for name in names
        ]
        return pages.render("problem.html.j2", sides=rows, problem=rows[0][1].problem)

    async def _compare(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        if len(names) != 2:
            raise UsageError("two runs are compared: choose two in the list")
        for name in names:
            self._run_of(name)
        return pages.render("compare.html.j2", names=names)

    async def _report(self, request: Request) -> Response:
        run = self._path(request)
        page = Path(self._reports.name) / f"{abs(hash(run))}.html"
        if not page.exists() or page.stat().st_mtime < changed(run):
            await run_in_threadpool(publish.write, [run], page)
        return FileResponse(page, media_type="text/html", headers={"Content-Security-Policy": _REPORT_POLICY})

    async def _study(self, request: Request) -> Response:
        assert self.study
        people = await run_in_threadpool(self.study.participants)
        base = str(request.base_url).rstrip("/")
        return pages.render("study.html.j2", people=people, base=base, run=self.study.run)

    # Data

    async def _runs_json(self, _: Request) -> Response:
        runs = await run_in_threadpool(lambda: [asdict(self._state(run)) for run in find_runs(self.folder)])
        return JSONResponse({"runs": runs, "now": time.time()})

    async def _run_json(self, request: Request) -> Response:
        run = self._path(request)
        return JSONResponse(await run_in_threadpool(self._figures, run))

    async def _search_json(self, request: Request) -> Response:
        run, words = self._path(request), request.query_params.get("q", "")
        with_text = await run_in_threadpool(_search, run, words)
        return JSONResponse({"problems": sorted(with_text)})

    def _figures(self, run: Path) -> dict[str, object]:
        def read() -> dict[str, object]:
            with Journal.read(run) as journal:
                return {
                    "problems": [asdict(tally) for tally in journal.tallies()],
                    "growth": _thin(journal.growth()),
                }

        return {"state": asdict(self._state(run)), **self._cached(run, "figures", read)}

    def _state(self, run: Path) -> RunState:
        state = self._cached(run, "state", lambda: read_state(self.folder, run))
        # Nothing changes in a run that stops: only the clock says so.
        return state if state.status != "running" else read_state(self.folder, run)

    def _cached(self, run: Path, what: str, read: Callable[[], T]) -> T:
        """Return what ``read`` gives; read again when the run has changed, as often as its cost allows."""
        stamp, now = changed(run), time.monotonic()
        held = self._cache.get((str(run), what))
        if held is None or (held.stamp != stamp and now >= held.until):
            value = read()
            held = _Cached(value, stamp, now + _SHARE * (time.monotonic() - now))
            self._cache[str(run), what] = held
        return held.value  # type: ignore[return-value]  # what read gave

    def _path(self, request: Request) -> Path:
        return self._run_of(request.path_params["run"])

    def _run_of(self, name: str) -> Path:
        """Return the directory of the run ``name``; nothing outside of the folder is a run."""
        run = next(
            (run for run in find_runs(self.folder) if run.relative_to(self.folder).as_posix() == name), None
        )
        if run is None:
            raise HTTPException(404, f"there is no run {name} here")
        return run


def _search(run: Path, words: str) -> set[str]:
    with Journal.read(run) as journal:
        return journal.mentioning(words)


def _thin(points: list[tuple[int, int]], most: int = 300) -> list[tuple[int, int]]:
    """Return at most about ``most`` of the points of a curve, its ends included."""
    step = max(1, len(points) // most)
    return [*points[:-1:step], *points[-1:]]


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in pages.ASSETS:
        raise HTTPException(404, f"there is no {name} here")
    return Response(pages.asset(name), media_type=pages.ASSETS[name])


async def _failed(request: Request, error: Exception) -> Response:
    return _message(request, 404 if isinstance(error, JournalError | UsageError) else 500, str(error))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _message(request, error.status_code, error.detail)


def _message(request: Request, status: int, message: str) -> Response:
    """Return the page of an error; who may not see the list of runs gets no link to it."""
    inside = status != 401 and not request.url.path.startswith("/take-part/")
    heading = _HEADINGS.get(status, "This did not work")
    return pages.render("message.html.j2", status, heading=heading, message=message, inside=inside)


class _Guard:
    """Lets in who has the token, and participants to their own pages; adds the headers for safety."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = self._refusal(request)
        await (answer or self.app)(scope, receive, _with_headers(send))

    def _refusal(self, request: Request) -> Response | None:
        if request.url.path.startswith(("/assets/", "/take-part/")):
            return None
        if self._is_token(request.query_params.get("token", "")):
            redirect = RedirectResponse(str(request.url.remove_query_params("token")), 303)
            redirect.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
            return redirect
        if self._is_token(request.cookies.get(COOKIE, "")):
            return None
        return _message(request, 401, "Open the link that sharpen view printed: it holds the token.")

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def _with_headers(send: Send) -> Send:
    extra: Mapping[bytes, bytes] = {
        b"content-security-policy": _POLICY.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"no-referrer",
        b"cache-control": b"no-store",
    }

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *((n, v) for n, v in extra.items() if n not in there)]
        await send(message)

    return sending
