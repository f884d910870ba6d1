"""The planning app as a server: Streamlit's own application behind the headers and the host check of a closed house."""

import json
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import streamlit as st
from desk_cookie import DeskCookie
from planner.door import Door
from planner.front import ROUTES
from planner.signing import signing
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tiles import TILES as TILE_ROUTES

from ipps_geo.screens.base_map import TILE_HOSTS, base_map_file, base_map_style

HOSTS_VARIABLE = "IPPS_GEO_HOSTS"
"""Environment variable with the host names that the server answers to, as a JSON list; set by ``ipps-geo app``."""

TILES = (
    " ".join(f"https://{host}" for host in TILE_HOSTS)
    if base_map_style() is not None and base_map_file() is None
    else ""
)

PLAIN = (".js", ".css", ".svg", ".json", ".html", ".map", ".wasm")
"""Kinds of static files that are not compressed yet."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit starts its components by inline scripts and compiles expressions of charts.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        f"img-src 'self' data: blob: {TILES}".strip(),
        "font-src 'self' data:",
        f"connect-src 'self' ws: wss: data: blob: {TILES}".strip(),
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""What a page of the app may load: what this server gives, and the tiles of the base map where a key is set."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SmallStatics:
    """Sends scripts and styles compressed, a third of their size: Streamlit sends them as they lie on the disk.

    Only they are: what a page says of somebody's data is never compressed beside what somebody else may have put there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.compressed = app, GZipMiddleware(app, minimum_size=1024, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, by the way that fits it."""
        static = scope["type"] == "http" and scope["path"].startswith("/static/") and scope["path"].endswith(PLAIN)
        await (self.compressed if static else self.app)(scope, receive, send)


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(message)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def _add(message: MutableMapping[str, Any]) -> None:
    names = {name.lower() for name, _ in message.get("headers", ())}
    added = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in names]
    message["headers"] = [*message.get("headers", ()), *added]


app = st.App(
    Path(__file__).with_name("streamlit_app.py"),
    routes=[*ROUTES, *TILE_ROUTES],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(SmallStatics),
        Middleware(DeskCookie),
        Middleware(TrustedHostMiddleware, allowed_hosts=json.loads(os.environ.get(HOSTS_VARIABLE, '["*"]'))),
        Middleware(Door, way=signing()),
    ],
)
