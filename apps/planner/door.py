"""The door: where people sign in, nothing of this server is given to a browser without a living session."""

from __future__ import annotations

from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ipps_geo.errors import BadInput
from planner.signing import Signing
from planner.visitors import visitor

OPEN = frozenset({"/sign-in", "/health", "/_stcore/health"})
"""What anybody may ask for."""
PROVIDER = frozenset({"/sign-in/provider", "/auth/login", "/oauth2callback"})
"""What a person on the way to the identity provider and back asks for."""
PROVIDER_COOKIE = "_streamlit_user"
REFUSED = 4401
"""The code with which a connection without a session is closed."""


class Door(NamedTuple):
    """Passes on what may pass, and sends everybody else to the sign-in page."""

    app: ASGIApp
    way: Signing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the session behind a request."""
        if self.way.way == "oidc" and scope["path"] == "/oauth2callback" and b"error=" in scope["query_string"]:
            await RedirectResponse("/sign-in?why=provider", 303)(scope, receive, send)
            return
        if self.way.way == "none" or scope["type"] not in ("http", "websocket") or self._open(scope["path"]):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        token = asked.cookies.get(self.way.cookie, "")
        try:
            await run_in_threadpool(visitor, token)
        except BadInput as refusal:
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": REFUSED})
                return
            await self._elsewhere(asked, token, refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _open(self, path: str) -> bool:
        return path in OPEN or (self.way.way == "oidc" and path in PROVIDER)

    def _elsewhere(self, asked: HTTPConnection, token: str, refusal: BadInput) -> ASGIApp:
        if "text/html" not in asked.headers.get("accept", ""):
            return JSONResponse({"error": refusal.code}, 401)
        if self.way.way == "oidc" and PROVIDER_COOKIE in asked.cookies:
            return RedirectResponse("/sign-in/provider", 303)
        # Who never held a session is not told that it ended.
        return RedirectResponse(f"/sign-in?why={refusal.code.removeprefix('sign_in.')}" if token else "/sign-in", 303)
