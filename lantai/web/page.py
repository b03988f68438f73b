"""One page for one reader: who they are, in which language, what the API tells them, and how it is shown.

A page's function asks (`get`, `post`), and shows (`show`, `to`): nothing else. What the API refuses is a
page too (`lantai.web.refusals`). Not here: which pages there are (`lantai.web.app`), what stands in them
(templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from lantai.api.answers import language_of
from lantai.messages import Language
from lantai.web import sheets
from lantai.web.asking import Answer, Query, address, ask
from lantai.web.forms import Form
from lantai.web.rooms import rooms_of

LANGUAGE, THEME = "lantai-language", "lantai-theme"
"""Cookies of how somebody reads: no secret, kept for a year."""
THEMES = ("light", "dark")
"""What paper may be chosen; whoever chose none has what their device has."""
SESSION = "__Host-lantai"
"""The cookie that a session is known by (`lantai.api.door.COOKIE`)."""


class Refused(Exception):
    """The API said no: its answer, which has the reason (a problem document, RFC 9457)."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.status = answer.status
        self.problem: Mapping[str, Any] = answer.document or {}
        super().__init__(str(self.problem.get("detail", answer.status)))

    @property
    def code(self) -> str:
        """The stable name of what is wrong, such as `not-found`."""
        return str(self.problem.get("title", ""))


class SignInNeeded(Exception):
    """Nobody is signed in, or their session has ended: they sign in, and come back to `back`."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


@dataclass
class Page:
    """What a page's function works with. `session` is what GET /session told, empty for a stranger."""

    request: Request
    language: Language
    session: Mapping[str, Any] = field(default_factory=dict)
    cookies: list[bytes] = field(default_factory=list)

    def may(self, action: str) -> bool:
        """Whether the matrix gives the reader this action: for what a page offers, not for what it guards."""
        return action in self.session.get("rights", ())

    @property
    def part(self) -> bool:
        """Whether only the part of the page is wanted that changes."""
        headers = self.request.headers
        return (
            "hx-request" in headers
            and "hx-boosted" not in headers
            and "hx-history-restore-request" not in headers
        )

    @property
    def here(self) -> str:
        """Where the reader is, as they come back to it."""
        return here(self.request)

    async def asked(
        self, method: str, path: str, query: Query | None = None, body: object = None, **headers: str
    ) -> Answer:
        """The API's answer, whatever it is; cookies that it sets go to the reader."""
        answer = await ask(
            self.request, method, path, query=query, body=body, headers=headers, language=self.language
        )
        self.cookies += answer.cookies
        return answer

    async def get(self, path: str, **query: object) -> Any:
        """The document at `path`. Raises `Refused`, `SignInNeeded`."""
        return self._need(await self.asked("GET", path, query)).document

    async def get_or(self, otherwise: Any, path: str, **query: object) -> Any:
        """The same, or `otherwise` where the reader may not have it or it cannot be had now."""
        answer = await self.asked("GET", path, query)
        return otherwise if answer.status >= 400 else answer.document

    async def keeps_carriers(self) -> bool:
        """Whether the register of carriers opens to the reader: besides the right it takes every fonds. Asked
        before the register is, whose refusal would stand in the use journal.
        """
        return self.may("carriers") and (await self.get_or({}, "/account")).get("handles") == "all"

    async def send(self, method: str, path: str, body: object, form: Form, *, proves: str = "") -> Answer:
        """Ask for a change that `form` wants: once, however often the form is sent. `proves` names the action
        that the password and code of the form prove. Raises `Refused`, `SignInNeeded`.
        """
        headers = {"x-csrf-token": form["csrf"]}
        if proves:
            given = {"action": proves, "password": form.raw("password"), "code": form["code"]}
            proof = self._need(await self.asked("POST", "/session/proof", None, given, **headers))
            headers["lantai-proof"] = str(proof.document["proof"])
        if method == "POST" and form["key"]:
            headers["idempotency-key"] = form["key"]
        return self._need(await self.asked(method, path, None, body, **headers))

    async def post(self, path: str, body: object, form: Form, *, proves: str = "") -> Any:
        """The same by POST; the document of the answer."""
        return (await self.send("POST", path, body, form, proves=proves)).document

    def show(self, template: str, status: int = 200, /, **values: object) -> Response:
        """The page, or the part of it that is wanted, of `templates/<template>`."""
        return self._with_cookies(sheets.sheet(self.language, template, status, self._own() | values))

    def _own(self) -> dict[str, Any]:
        """What every template has of the reader, and of where they are."""
        request = self.request
        return {
            "page": self,
            "layout": "part.html" if self.part else "page.html",
            "language": self.language,
            "theme": kept if (kept := request.cookies.get(THEME, "")) in THEMES else "",
            "session": self.session,
            "may": self.may,
            "rooms": rooms_of(self.may),
            "path": request.url.path,
            "said": sheets.said(request.query_params.get("said", "")),
        }

    def to(self, path: str, /, **query: object) -> Response:
        """Go on at another page; `said` names what was done, for it to tell (`said-…` of the messages)."""
        there = address(path, query)
        if self.part:
            return self._with_cookies(Response(None, 204, {"HX-Redirect": there}))
        return self._with_cookies(RedirectResponse(there, 303))

    def away(self, there: str) -> Response:
        """Go on at another site, which the API named."""
        return self._with_cookies(RedirectResponse(there, 303))

    def _need(self, answer: Answer) -> Answer:
        if answer.status < 400:
            return answer
        refused = Refused(answer)
        if refused.code == "not-signed-in":
            raise SignInNeeded(here(self.request))
        raise refused

    def _with_cookies(self, response: Response) -> Response:
        response.raw_headers += [(b"set-cookie", value) for value in self.cookies]
        return response


def here(request: Request) -> str:
    """The page that somebody is at, as they come back to it: of a form, the page that it stood on."""
    if request.method == "GET" and "hx-request" not in request.headers:
        return address(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    said = request.headers.get("hx-current-url") or request.headers.get("referer", "")
    after = said.partition("://")[2].partition("/")
    return f"/{after[2]}" if after[1] else "/"


def wanted_language(request: Request) -> Language:
    """The language that the reader chose, else the one that their browser asks for."""
    chosen = request.cookies.get(LANGUAGE, "")
    if chosen == "zh":
        return "zh"
    return "en" if chosen == "en" else language_of(request.headers.get("accept-language", "")[:200])


async def open_page(request: Request) -> Page:
    """The page of whoever asks, signed in or not. Of a browser without a session nothing is asked: its
    refusal would stand in the use journal for every page that a stranger looks at.
    """
    page = Page(request, wanted_language(request))
    request.state.page = page
    if SESSION not in request.cookies:
        return page
    answer = await page.asked("GET", "/session")
    if answer.status < 400:
        page.session = answer.document
    return page


async def own_page(request: Request) -> Page:
    """The page of somebody who is signed in. Raises `SignInNeeded`."""
    page = await open_page(request)
    if not page.session:
        raise SignInNeeded(here(request))
    return page


Anyone = Annotated[Page, Depends(open_page)]
"""What a page for everybody asks for."""
Reader = Annotated[Page, Depends(own_page)]
"""What a page for whoever is signed in asks for."""
