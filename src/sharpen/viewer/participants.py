"""The pages of a study's participants: consent, their programs, saving while they type."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sharpen.errors import UsageError
from sharpen.reports.draw.listing import listing
from sharpen.viewer import pages
from sharpen.viewer.study import LABELS, Participant, Study

MOST_CHARACTERS = 20_000
"""Of one explanation."""


@dataclass(frozen=True, slots=True)
class Participants:
    """The routes below ``/take-part/TOKEN``: who has a link sees their own programs and nothing else."""

    study: Study
    consent: str

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/take-part/{token}", self._start),
            Route("/take-part/{token}/agree", self._agree, methods=["POST"]),
            Route("/take-part/{token}/{position:int}", self._program),
            Route("/take-part/{token}/{position:int}/save", self._save, methods=["POST"]),
        ]

    async def _start(self, request: Request) -> Response:
        person = await self._person(request)
        if not person.consented:
            return pages.render("consent.html.j2", person=person, consent=self.consent)
        assignments = await run_in_threadpool(self.study.assignments, person.label)
        return pages.render("programs.html.j2", person=person, assignments=assignments)

    async def _agree(self, request: Request) -> Response:
        person = await self._person(request)
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
        name = fields.get("name", [""])[0][:200]
        await run_in_threadpool(self.study.consent, person.label, name)
        return RedirectResponse(f"/take-part/{person.token}", 303)

    async def _program(self, request: Request) -> Response:
        person = await self._person(request)
        if not person.consented:
            return RedirectResponse(f"/take-part/{person.token}", 303)
        assignments = await run_in_threadpool(self.study.assignments, person.label)
        position: int = request.path_params["position"]
        if position >= len(assignments):
            raise HTTPException(404, "you have no such program")
        mine = assignments[position]
        return pages.render(
            "explain.html.j2",
            person=person,
            mine=mine,
            count=len(assignments),
            code=listing(mine.failure.program),
            labels=LABELS,
        )

    async def _save(self, request: Request) -> Response:
        person = await self._person(request)
        try:
            body = await request.json()
            text, kind, seconds = str(body["text"]), str(body["kind"]), float(body["seconds"])
            finish = body["finish"] is True
        except (KeyError, TypeError, ValueError) as error:
            raise HTTPException(400, "not what the page sends") from error
        if len(text) > MOST_CHARACTERS:
            return JSONResponse({"error": f"an explanation has at most {MOST_CHARACTERS:,} characters"}, 422)
        position: int = request.path_params["position"]
        try:
            await run_in_threadpool(
                lambda: self.study.save(person.label, position, text, kind, seconds, finish=finish)
            )
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({"saved": True})

    async def _person(self, request: Request) -> Participant:
        person = await run_in_threadpool(self.study.participant, request.path_params["token"])
        if person is None:
            raise HTTPException(404, "this link is not one of the study's: ask who sent it to you")
        return person
