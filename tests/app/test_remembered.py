"""A page that is loaded again finds what lay on the desk; nobody else does."""

import asyncio

import pytest


@pytest.fixture
def desks(monkeypatch, open_page):
    from planner import remembered

    return remembered


def test_a_desk_gives_back_what_was_put_on_it_and_only_that_one(desks):
    kept = desks.Desks()
    kept.put("mine", {"plan": "a plan"})
    assert kept.find("mine") == {"plan": "a plan"}
    assert kept.find("another") == {}
    kept.forget("mine")
    assert kept.find("mine") == {}


def test_the_desk_left_longest_ago_is_cleared_first(desks):
    kept = desks.Desks(most=2)
    for name in ("first", "second", "first", "third"):
        kept.put(name, {"plan": name})
    assert [kept.find(name) for name in ("first", "second", "third")] == [{"plan": "first"}, {}, {"plan": "third"}]


def test_a_desk_that_nobody_comes_back_to_is_cleared(desks, monkeypatch):
    kept, now = desks.Desks(forgotten_s=10), 100.0
    monkeypatch.setattr(desks.time, "monotonic", lambda: now)
    kept.put("mine", {"plan": 1})
    now = 109.0
    assert kept.find("mine")
    now = 111.0
    assert not kept.find("mine")


def test_a_new_session_of_the_same_browser_finds_its_place_again(open_page, desks, monkeypatch):
    name = [None]
    monkeypatch.setattr(desks, "_name", lambda who: name[0])
    name[0] = "the cookie of one browser"
    open_page("site", site_how="cell", site_spot=(116.31234, 40.05678))
    again = open_page("site", site_how="cell")
    assert again.session_state["site_spot"] == (116.31234, 40.05678)
    name[0] = "the cookie of another"
    assert "site_spot" not in open_page("site", site_how="cell").session_state


def answer(path, sent=b"", scheme="http"):
    """Headers of an answer behind the middleware: of a page, or of a script."""
    from desk_cookie import DeskCookie

    async def inner(scope, receive, send):
        kind = b"text/html; charset=utf-8" if path == "/" else b"text/javascript"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})

    told = []

    async def send(message):
        told.append(message)

    headers = [(b"cookie", sent)] if sent else []
    scope = {"type": "http", "path": path, "scheme": scheme, "headers": headers}
    asyncio.run(DeskCookie(inner)(scope, None, send))
    return [text.decode() for name, text in told[0]["headers"] if name == b"set-cookie"]


def test_a_browser_without_a_name_is_given_one_that_scripts_cannot_read(desks):
    (cookie,) = answer("/")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert len(cookie.split(";")[0]) > 20
    assert answer("/") != answer("/")
    assert "Secure" in answer("/", scheme="https")[0]


def test_who_has_a_name_keeps_it_and_other_files_give_none(desks):
    assert answer("/", sent=b"ipps_desk=0123456789abcdefgh") == []
    assert answer("/main.js") == []


def test_who_signs_in_at_the_same_browser_has_a_desk_of_his_own(desks, monkeypatch):
    from ipps_geo.ledger.accounts import Account, Role

    monkeypatch.setattr(desks.st, "context", type("Context", (), {"cookies": {"ipps_desk": "x" * 22}}))
    clerk, moved = (Account("li", "李", Role.DISTRICT, unit) for unit in ("110108", "110105"))
    names = {desks._name(who) for who in (clerk, moved, Account("wang", "王", Role.CITY))}
    assert len(names) == 3
