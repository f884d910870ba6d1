"""Signing in, the door behind it, and what opens it no more: the routes before the app, without the app."""

import datetime as dt
import logging

import pytest

pytest.importorskip("streamlit")
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ipps_geo.ledger import administration, passwords
from ipps_geo.ledger.accounts import DESK, Account, Role
from ipps_geo.ledger.opening import open_ledger

PASSWORD = "seven quiet herons"
HOST = "http://127.0.0.1"
PAGE = {"accept": "text/html"}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Return (a browser's client maker, the ledger): two accounts, a page and a connection behind the door."""
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setenv("IPPS_GEO_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("IPPS_GEO_SIGN_IN", "local")
    from planner import door, front, signing, visitors

    for kept in (signing.signing, visitors._opened):
        kept.cache_clear()
    ledger = open_ledger()
    at = dt.datetime.now(dt.UTC)
    for login in ("li.hua", "wang.wu"):
        first = administration.create(ledger, DESK, Account(login, login, Role.DISTRICT, "110108"), {"110108"}, at=at)
        administration.change_own_password(ledger, login, first, PASSWORD, at=at)

    async def page(_):
        return PlainTextResponse("the data")

    async def stream(socket):
        await socket.accept()
        await socket.send_text("the data")
        await socket.close()

    app = Starlette(
        routes=[
            *front.ROUTES,
            Route("/media/roster.xlsx", page),
            Route("/", page),
            WebSocketRoute("/_stcore/stream", stream),
        ],
        middleware=[Middleware(door.Door, way=signing.signing())],
    )
    yield lambda: TestClient(app, base_url=HOST, follow_redirects=False), ledger
    for kept in (signing.signing, visitors._opened):
        kept.cache_clear()


def enter(browser, login="li.hua", password=PASSWORD, **headers):
    return browser.post("/sign-in", data={"login": login, "password": password}, headers=headers)


def hears(browser):
    try:
        with browser.websocket_connect("ws://127.0.0.1/_stcore/stream") as socket:
            return socket.receive_text()
    except WebSocketDisconnect as closed:
        return closed.code


def test_nothing_is_given_without_a_session(house):
    browser = house[0]()
    assert browser.get("/", headers=PAGE).headers["location"] == "/sign-in"
    assert browser.get("/media/roster.xlsx").status_code == 401
    assert hears(browser) == 4401
    for path in (
        "/%2e%2e/",
        "/sign-in/",
        "/sign-in/../",
        "/health/x",
        "/auth/login",
        "/oauth2callback",
        "/sign-in/provider",
    ):
        assert "the data" not in browser.get(path).text
        assert browser.get(path).status_code in (401, 404)
    assert browser.get("/health").json()["status"] == "up"


def test_a_session_is_a_cookie_that_scripts_cannot_read(house):
    browser = house[0]()
    answer = enter(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/").text == "the data"
    assert hears(browser) == "the data"


def test_a_stolen_cookie_dies_with_sign_out(house):
    browser, thief = house[0](), house[0]()
    enter(browser)
    thief.cookies = browser.cookies
    assert thief.get("/media/roster.xlsx").text == "the data"
    assert browser.post("/sign-out").headers["location"] == "/sign-in?why=ended"
    assert thief.get("/media/roster.xlsx").status_code == 401
    assert thief.get("/", headers=PAGE).headers["location"] == "/sign-in?why=ended"
    assert hears(thief) == 4401


def test_a_disabled_account_is_out_at_its_next_request(house):
    browser, ledger = house[0](), house[1]
    enter(browser)
    administration.create(
        ledger, DESK, Account("admin", "admin", Role.CITY, administrator=True), (), at=dt.datetime.now(dt.UTC)
    )
    administration.disable(ledger, DESK, "li.hua", at=dt.datetime.now(dt.UTC))
    assert browser.get("/media/roster.xlsx").status_code == 401
    assert hears(browser) == 4401
    assert enter(house[0]()).status_code == 401


def test_a_wrong_password_is_told_in_words_and_slows_down_that_account_alone(house):
    browser = house[0]()
    said = [enter(browser, password="wrong") for _ in range(6)]
    assert [answer.status_code for answer in said] == [401] * 5 + [429]
    assert "账号或密码不正确" in said[0].text
    assert "秒再试" in said[-1].text
    assert "set-cookie" not in said[0].headers
    assert enter(browser, login="wang.wu").status_code == 303


@pytest.mark.parametrize("way", ["/sign-in", "/sign-out"])
def test_a_form_of_another_site_does_nothing(house, way):
    browser = house[0]()
    enter(browser)
    answer = browser.post(
        way, data={"login": "wang.wu", "password": PASSWORD}, headers={"origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert browser.get("/").text == "the data"
    assert enter(house[0](), origin=HOST).status_code == 303


def test_what_is_typed_is_text_on_the_page_and_a_long_form_is_not_read(house):
    browser = house[0]()
    assert "<script>" not in enter(browser, login="<script>alert(1)</script>", password="x").text
    assert browser.get("/sign-in?why=<script>&lang=<script>").status_code == 200
    assert enter(browser, password="x" * 5000).status_code == 413
    page = browser.get("/sign-in")
    assert page.headers["referrer-policy"] == "same-origin"
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_no_secret_is_logged(house, caplog):
    browser = house[0]()
    with caplog.at_level(logging.DEBUG):
        token = enter(browser).cookies["ipps-geo"]
        enter(browser, password="a wrong secret")
        browser.get("/")
        browser.post("/sign-out")
    told = "\n".join(
        f"{each.getMessage()} {each.__dict__}" for each in caplog.records if not each.name.startswith("http")
    )
    for secret in (token, PASSWORD, "a wrong secret"):
        assert secret not in told


def test_over_https_the_cookie_is_for_this_host_alone(house, monkeypatch):
    from planner import signing

    monkeypatch.setenv("IPPS_GEO_HTTPS", "1")
    signing.signing.cache_clear()
    cookie = enter(house[0]()).headers["set-cookie"]
    assert cookie.startswith("__Host-ipps-geo=")
    assert "Secure" in cookie
    assert "Path=/;" in cookie
