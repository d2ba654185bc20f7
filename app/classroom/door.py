"""The addresses through which people come in and go: /join and /back for students, /teach for the teacher, /leave for both."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.classroom.access import COOKIE
from app.classroom.door_pages import back_page, join_page, teach_page
from app.classroom.public import public_address
from app.live.assets import base_path
from core.classroom.keys import Throttle
from core.classroom.room import HOURS, Classroom
from core.classroom.visitors import NOBODY
from core.errors import ClinicError, NotAllowed

TRIES_AT_ONCE, SECONDS_A_TRY = 30, 6.0
JOINS_AT_ONCE, SECONDS_A_JOIN = 120, 0.5
LONGEST_FORM = 4_000
FORM = "application/x-www-form-urlencoded"
log = logging.getLogger("gradclinic.class")


class Door:
    """Lets people in by code or key; says no after too many wrong ones.

    Wrong codes and keys are counted for each address they come from; all joins together are bounded as well, since a
    whole class may come from one address.
    """

    def __init__(self, room: Classroom) -> None:
        self.room = room
        self._wrong = Throttle(TRIES_AT_ONCE, SECONDS_A_TRY)
        self._joins = Throttle(JOINS_AT_ONCE, SECONDS_A_JOIN)

    async def join(self, request: Request) -> Response:
        """The form, or what was typed into it."""
        if request.method == "GET":
            return page(self._form_for(request))
        form = await self._form(request)
        if form is None:
            return page(
                join_page("", problem="That did not come from this page. Open it again and try once more."), 403
            )
        code, nickname = form.get("code", ""), form.get("nickname", "")
        who = request.client.host if request.client else ""
        if self._wrong.spent(who) or not self._joins.allows("all"):
            log.warning("refused: too many attempts to join from %s", who)
            return page(join_page(code, nickname, "Too many attempts just now; wait a minute and try again."), 429)
        try:
            member, cookie = self.room.join(code, nickname)
        except ClinicError as error:
            if isinstance(error, NotAllowed):
                self._wrong.allows(who)
            log.warning("refused to join from %s: %s", who, type(error).__name__)
            return page(join_page(code, nickname, str(error)), 403)
        log.info("joined: %s", member.id)
        return self._let_in(request, cookie, "class")

    async def teach(self, request: Request) -> Response:
        """The page that hands on the key of the teacher's link, or the key."""
        if request.method == "GET":
            return page(teach_page())
        form = await self._form(request)
        who = request.client.host if request.client else ""
        cookie = self.room.teacher_cookie(form.get("key", "")) if form else None
        if cookie is None and self._wrong.spent(who):  # the right key is too long to be guessed, so it always opens
            log.warning("refused: too many attempts to teach from %s", who)
            return page(teach_page("Too many attempts just now; wait a minute and try again."), 429)
        if cookie is None:
            self._wrong.allows(who)
            log.warning("refused: a wrong teacher's key from %s", who)
            return page(teach_page("This link is not the newest teacher's link of this class, or it has expired."), 403)
        return self._let_in(request, cookie, "class")

    async def back(self, request: Request) -> Response:
        """The page that hands on the pass of a student who lost the cookie, or the pass; it opens no door for the teacher."""
        if request.method == "GET":
            return page(back_page())
        form = await self._form(request)
        who = request.client.host if request.client else ""
        if self._wrong.spent(who):
            return page(back_page("Too many attempts just now; wait a minute and try again."), 429)
        cookie = form.get("key", "") if form else ""
        visitor = self.room.visitor(cookie)
        if not visitor.learns:
            self._wrong.allows(who)
            log.warning("refused: a wrong pass from %s", who)
            return page(back_page("This link has expired, or you are not in this class any more."), 403)
        log.info("back: %s", visitor.id)
        return self._let_in(request, cookie, "class")

    async def leave(self, request: Request) -> Response:
        """Forget the cookie."""
        response = RedirectResponse(f"{base_path()}/join", 303)
        response.delete_cookie(COOKIE, path=base_path() or "/")
        return response

    def _form_for(self, request: Request) -> str:
        """The form for whoever comes: somebody new, somebody who is in, or somebody who was."""
        code, cookie = request.query_params.get("code", ""), request.cookies.get(COOKIE)
        visitor = self.room.visitor(cookie)
        gone = "You are not in this class any more. With the code you can come in again, under another name."
        problem = gone if cookie and visitor is NOBODY else ""
        return join_page(code, problem=problem, member="the teacher" if visitor.teaches else visitor.nickname)

    async def _form(self, request: Request) -> dict[str, str] | None:
        """A small form as a page of the door sends it; None for anything else. (The gate has looked at its origin.)"""
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 6 or int(length) > LONGEST_FORM:
            return None
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return None
        found = await request.form()
        return {name: value for name, value in found.items() if isinstance(value, str)}

    def _let_in(self, request: Request, cookie: str, where: str) -> Response:
        response = RedirectResponse(f"{base_path()}/{where}", 303)
        public = public_address()
        response.set_cookie(
            COOKIE, cookie, max_age=int(3600 * HOURS), path=base_path() or "/", httponly=True, samesite="lax",
            secure=request.url.scheme == "https" or (public is not None and public.secure),
        )  # fmt: skip
        return response


def page(body: str, status: int = 200) -> HTMLResponse:
    """A page of the door; it is never kept."""
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def door_routes(room: Classroom) -> list[BaseRoute]:
    """The routes of the door."""
    door, base = Door(room), base_path()
    return [
        Route(f"{base}/join", door.join, methods=["GET", "POST"]),
        Route(f"{base}/teach", door.teach, methods=["GET", "POST"]),
        Route(f"{base}/back", door.back, methods=["GET", "POST"]),
        Route(f"{base}/leave", door.leave, methods=["POST"]),
    ]
