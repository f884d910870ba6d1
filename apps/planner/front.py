"""The pages before the app: signing in, on the way from the identity provider, signing out, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

import ipps_geo
from ipps_geo.errors import BadInput, IppsGeoError
from ipps_geo.ledger import administration
from ipps_geo.ledger.sessions import LONGEST
from ipps_geo.report.words.catalogue import LANGUAGES
from planner.door import PROVIDER_COOKIE
from planner.sign_in_page import page
from planner.signing import signing
from planner.visitors import ledger, now, units, visitor

FORM_MOST_BYTES = 4096
AT_ONCE = anyio.CapacityLimiter(2)
"""How many passwords are looked at at once: each takes 64 MB for a moment."""
REASONS = ("ended", "idle", "disabled", "needed", "provider")


async def sign_in_page(request: Request) -> Response:
    """Show the form, or the way to the provider; say why somebody came back here."""
    why = request.query_params.get("why", "")
    return page(_lang(request), BadInput(f"sign_in.{why}") if why in REASONS else None)


async def sign_in(request: Request) -> Response:
    """Take login and password and give a session."""
    if signing().way != "local":
        return RedirectResponse("/sign-in", 303)
    if not _from_here(request):
        return page(_lang(request), BadInput("sign_in.elsewhere"), 403)
    if int(request.headers.get("content-length") or FORM_MOST_BYTES + 1) > FORM_MOST_BYTES:
        return page(_lang(request), BadInput("sign_in.wrong"), 413)
    form = await request.form()
    login, password = str(form.get("login", "")), str(form.get("password", ""))
    try:
        token = await anyio.to_thread.run_sync(
            lambda: administration.sign_in(ledger(), login, password, at=now()), limiter=AT_ONCE
        )
    except IppsGeoError as refusal:
        return page(_lang(request), refusal, 429 if refusal.code == "sign_in.slow" else 401, login)
    return _let_in(token)


async def from_provider(request: Request) -> Response:
    """Take what the provider vouched for, once, and give a session of our own in its place."""
    claims = _vouched(request)
    try:
        if claims is None or signing().claims is None:
            raise BadInput("sign_in.needed")
        ticket = json.dumps(claims, sort_keys=True)
        token = await run_in_threadpool(
            lambda: administration.sign_in_by_claims(ledger(), claims, signing().claims, units(), ticket, at=now())
        )
    except IppsGeoError as refusal:
        return _without_provider(request, page(_lang(request), refusal, 403))
    return _without_provider(request, _let_in(token))


async def sign_out(request: Request) -> Response:
    """End the session; a copy of its cookie opens nothing any more."""
    way = signing()
    token = request.cookies.get(way.cookie, "")
    if not _from_here(request):
        return page(_lang(request), BadInput("sign_in.elsewhere"), 403)
    account = await run_in_threadpool(visitor, token)
    await run_in_threadpool(lambda: administration.sign_out(ledger(), account.login, token, at=now()))
    answer = RedirectResponse("/sign-in?why=ended", 303)
    answer.delete_cookie(way.cookie, secure=way.https, httponly=True, samesite="lax")
    return answer


async def health(_: Request) -> Response:
    """Say whether the ledger answers, and nothing of what is in it."""
    try:
        await run_in_threadpool(administration.nobody_yet, ledger())
    except Exception:  # noqa: BLE001 - whatever it is, a monitor learns that it is not well
        return JSONResponse({"status": "down"}, 503)
    return JSONResponse({"status": "up", "version": ipps_geo.__version__})


ROUTES = [
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/provider", from_provider, methods=["GET"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/health", health, methods=["GET"]),
]


def _let_in(token: str) -> Response:
    way, answer = signing(), RedirectResponse("/", 303)
    answer.set_cookie(
        way.cookie,
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=way.https,
        httponly=True,
        samesite="lax",
    )
    return answer


def _vouched(request: Request) -> Mapping[str, Any] | None:
    """Return the claims that Streamlit's own callback put into its signed cookies; None where there are none."""
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    def one(name: str) -> bytes | None:
        kept = request.cookies.get(name)
        return None if kept is None else decode_signed_value(get_cookie_secret(), name, kept.encode("latin-1"))

    found = get_cookie_with_chunks(one, PROVIDER_COOKIE)
    claims = None if found is None else json.loads(found)
    return claims if isinstance(claims, dict) else None


def _without_provider(request: Request, answer: Response) -> Response:
    for name in request.cookies:
        if name.startswith(PROVIDER_COOKIE):
            answer.delete_cookie(name, httponly=True, samesite="lax")
    return answer


def _from_here(request: Request) -> bool:
    """Return whether a form was sent from a page of this server, as far as the browser tells."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _lang(request: Request) -> str:
    asked = request.query_params.get("lang", LANGUAGES[0])
    return asked if asked in LANGUAGES else LANGUAGES[0]
