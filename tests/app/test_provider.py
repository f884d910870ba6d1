"""Signing in through a real OpenID provider on loopback: who carries role and unit is in, nobody else."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow(planted=True)

httpx = pytest.importorskip("httpx")
pytest.importorskip("authlib")
pytest.importorskip("streamlit")

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("IPPS_GEO_OIDC_PROVIDER", Path.home() / ".cache" / "ipps-geo" / "oidc"))
SETTINGS = """
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "ipps-geo"
client_secret = "{client}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid profile", prompt = "login" }}
[claims]
role = "groups"
unit = "district"
[claims.roles]
clerk = "district"
centre = "city"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def waited_for(address, process, log):
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(log.read_text("utf-8"))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Return (address of the app, its log, the secrets): an app that signs in through a provider of its own."""
    if shutil.which("node") is None or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("no oidc-provider here: make oidc-provider")
    folder = tmp_path_factory.mktemp("oidc")
    app, provider = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    cookie, client = secrets.token_hex(24), secrets.token_hex(24)
    settings, log = folder / "oidc.toml", folder / "log.txt"
    settings.write_text(SETTINGS.format(app=app, provider=provider, cookie=cookie, client=client), "utf-8")
    known = os.environ | {
        "IPPS_GEO_LEDGER": str(folder / "ledger.sqlite"),
        "XDG_STATE_HOME": str(folder / "state"),
        "IPPS_GEO_DEBUG": "1",
    }
    node = [
        "node", str(Path(__file__).with_name("provider.mjs")), str(FOLDER), provider.rsplit(":", 1)[1],
        f"{app}/oauth2callback", client,
    ]  # fmt: skip
    served = [
        sys.executable, "-m", "ipps_geo", "app", "--port", app.rsplit(":", 1)[1], "--headless",
        "--sign-in", "oidc", "--oidc", str(settings),
    ]  # fmt: skip
    with log.open("ab") as stream:
        started = [
            subprocess.Popen(command, cwd=ROOT, env=known, stdout=stream, stderr=stream, start_new_session=True)
            for command in (node, served)
        ]
    try:
        waited_for(f"{provider}/.well-known/openid-configuration", started[0], log)
        waited_for(f"{app}/health", started[1], log)
        yield app, folder, (cookie, client)
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


@pytest.fixture
def browser_of():
    """Return what opens one more browser; all are closed at the end."""
    with contextlib.ExitStack() as opened:
        yield lambda **options: opened.enter_context(
            httpx.Client(**({"follow_redirects": True, "headers": {"accept": "text/html"}, "timeout": 60} | options))
        )


def came_back(browser, address, person):
    """Walk the whole way as a browser does and return the last answer."""
    link = re.search(r'href="(/auth/login[^"]+)"', browser.get(f"{address}/").text)
    answer = browser.get(address + link[1])
    for sent in ({"prompt": "login", "login": person, "password": "any"}, {"prompt": "consent"}):
        action = re.search(r'action="([^"]+)"', answer.text)
        answer = browser.post(str(answer.url.join(action[1])), data=sent)
    return answer


def test_a_person_with_role_and_unit_is_in_with_a_session_of_ours(house, browser_of):
    address, browser = house[0], browser_of()
    answer = came_back(browser, address, "clerk-110108")
    assert answer.status_code == 200
    assert "<title>Streamlit" in answer.text
    held = {cookie.name for cookie in browser.cookies.jar if cookie.domain.startswith("127.0.0.1")}
    assert "ipps-geo" in held
    assert not any(name.startswith("_streamlit_user") for name in held)
    thief = browser_of(cookies={"ipps-geo": browser.cookies["ipps-geo"]}, headers={})
    assert thief.get(f"{address}/").status_code == 200
    browser.post(f"{address}/sign-out")
    assert thief.get(f"{address}/").status_code == 401


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("clerk-", "没有给出服务单元"),
        ("clerk-999999", "没有给出服务单元"),
        ("-110108", "没有给出本系统的角色"),
        ("king-110108", "没有给出本系统的角色"),
    ],
)
def test_who_lacks_a_claim_is_not_in(house, browser_of, person, said):
    address, browser = house[0], browser_of()
    answer = came_back(browser, address, person)
    assert said in answer.text
    assert browser.get(f"{address}/").url.path == "/sign-in"
    assert browser.get(f"{address}/media/x", headers={"accept": "*/*"}).status_code == 401


def test_cookies_of_the_way_back_open_nothing_twice(house, browser_of):
    """What the provider's answer left in the browser for a moment is worth nothing to whoever copied it."""
    address, _, _ = house
    kept = {}

    def seen(answer):
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if name.startswith("_streamlit_user") and value.strip('"'):
                kept[name] = value

    answer = came_back(browser_of(event_hooks={"response": [seen]}), address, "centre-")
    assert answer.status_code == 200
    assert kept
    told = browser_of(cookies=kept).get(f"{address}/sign-in/provider")
    assert told.status_code == 403
    assert "已使用过" in told.text


def test_no_secret_is_in_any_log(house, browser_of):
    (address, folder, kept), browser = house, browser_of()
    came_back(browser, address, "centre-")
    logs = [path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.suffix in (".txt", ".log")]
    assert logs
    for secret in (*kept, browser.cookies["ipps-geo"]):
        assert not any(secret in log for log in logs)


def test_a_provider_that_refuses_is_told(house):
    address, _, _ = house
    told = httpx.get(f"{address}/oauth2callback?error=access_denied&state=x", follow_redirects=True)
    assert "没有完成登录" in told.text
