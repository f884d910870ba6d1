"""Two sessions of one server: neither is told anything of the other, and no other site reaches either."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipps_geo.workspace import generate_demo
from ipps_geo.workspace.model import Source

pytestmark = pytest.mark.slow(planted=True)

pytest.importorskip("streamlit")
ROOT = Path(__file__).parents[2]
PAGES = ("overview", "data", "compliance", "site", "plan", "scenarios", "export")


# ---------------------------------------------------------------------- what a session shows
@pytest.fixture
def open_page(tmp_path, monkeypatch):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("IPPS_GEO_SCENARIOS", str(tmp_path / "scenarios.sqlite"))
    monkeypatch.syspath_prepend(str(ROOT / "apps"))

    def opened(name, **session):
        page = AppTest.from_string(f"from planner.shell import run\nrun({name!r})\n", default_timeout=120)
        for key, value in ({"lang": "zh"} | session).items():
            page.session_state[key] = value
        return page.run()

    return opened


def private(workspace, name):
    """The same tables as everybody's, sent in by somebody in a file of a name that is nobody else's business."""
    return workspace.replace(name=name, sources=(*workspace.sources, Source(f"{name}.xlsx", table="rosters")))


def everything_shown(page):
    texts = [str(element.proto) for element in page.main]
    return "\n".join([*texts, *(frame.value.to_csv() for frame in page.dataframe)])


def test_a_session_meets_nothing_of_another_one_with_the_same_tables(open_page):
    tables = generate_demo(2_500, seed=3)
    mine, theirs = private(tables, "甲区内部名册"), private(tables, "乙区")
    for page in PAGES:
        open_page(page, workspace=mine, overview_who="")
    for page in PAGES:
        shown = open_page(page, workspace=theirs)
        assert not shown.exception
        assert "甲区内部名册" not in everything_shown(shown), page
    page = open_page("export", workspace=theirs)
    for name in ("audit", "coverage"):
        page.button(key=f"make_{name}").click().run()
        _, files = page.session_state[f"files_{name}"]
        document = next(content for file, content in files.items() if file.endswith(".json")).decode()
        assert "乙区.xlsx" in document
        assert "甲区内部名册" not in document


def test_a_solve_that_nobody_asks_for_ends(beijing, draft, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "apps"))
    from planner import solving

    from ipps_geo import planning

    monkeypatch.setattr(solving, "FORGOTTEN_S", -1.0)
    parameters = planning.PlanParameters(stations=10, time_limit_s=60, frontier=20)
    job = solving.Job(beijing, beijing.data_date, solving.Ways(parameters, parameters.travel, draft, None))
    assert job.wait(30)
    assert job.error is not None or job.result.status in ("feasible", "optimal")


# ---------------------------------------------------------------------- what the server answers
@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ipps_geo", "app", "--port", str(port), "--headless"],
        cwd=ROOT,
        env=os.environ | {"IPPS_GEO_SCENARIOS": str(folder / "scenarios.sqlite")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        try:
            if asked(port, "/_stcore/health").status == 200:
                break
        except OSError:
            time.sleep(0.1)
    yield port, process
    process.kill()
    process.wait()


def asked(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_every_answer_carries_the_headers_of_a_closed_house(server):
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        headers = asked(server[0], path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_foreign_host_is_refused(server):
    for host in ("evil.test", f"evil.test:{server[0]}", "127.0.0.1.evil.test"):
        assert asked(server[0], "/", Host=host).status == 400


@pytest.mark.parametrize(
    ("headers", "statuses"), [({}, {101}), ({"Origin": "http://evil.test"}, {403}), ({"Host": "evil.test"}, {400, 403})]
)
def test_no_other_site_opens_a_session(server, headers, statuses):
    port = server[0]
    told = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"} | headers
    key = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    lines = ["GET /_stcore/stream HTTP/1.1", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"{name}: {value}" for name, value in (told | key).items()]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = connection.recv(64).decode()
    assert int(answer.split()[1]) in statuses


def test_whoever_ends_the_command_ends_the_server(server):
    port, process = server
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    for _ in range(100):
        try:
            asked(port, "/_stcore/health")
        except OSError:
            return
        time.sleep(0.1)
    raise AssertionError("the server still answers")
