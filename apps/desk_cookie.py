"""A cookie that names a browser's desk, so that a page loaded again finds what was on it."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "ipps_desk"
BYTES = 16


class DeskCookie:
    """Gives each browser that asks for a page a name of its own: random, hidden from scripts, sent to nobody else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the answer to one without a name carries one."""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                cookie = f"{COOKIE}={secrets.token_urlsafe(BYTES)}; Path=/; HttpOnly; SameSite=Strict{secure}"
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
            await send(message)

        asked = scope["type"] == "http" and COOKIE not in _cookies(scope)
        await self.app(scope, receive, named if asked else send)


def _is_page(message: MutableMapping[str, Any]) -> bool:
    return any(name.lower() == b"content-type" and b"text/html" in text for name, text in message.get("headers", ()))


def _cookies(scope: Scope) -> SimpleCookie:
    sent: SimpleCookie = SimpleCookie()
    for name, text in scope.get("headers", ()):
        if name == b"cookie":
            try:
                sent.load(text.decode("latin-1"))
            except CookieError:
                continue
    return sent
