"""A server of the app with its own scenario store, and a real browser that may talk to nobody else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import axe_playwright_python
import pytest

ROOT = Path(__file__).parents[2]
TIED = Path(__file__).with_name("tied.py")
ARTIFACTS = ROOT / "artifacts"
PICTURES = bool(os.environ.get("IPPS_GEO_ALL_PICTURES"))
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu-compositing", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]  # fmt: skip
PATIENCE_MS = 120_000
CONTEXT = {"viewport": {"width": 1280, "height": 1000}, "locale": "zh-CN", "reduced_motion": "reduce"}
"""Maps jump where they would fly: each frame of a flight is drawn by the processor."""
UNMOVED = """
addEventListener('DOMContentLoaded', () => {
  const style = document.createElement('style');
  style.textContent = '*, *::before, *::after { animation: none !important; transition: none !important }';
  document.head.append(style);
})
"""
"""What turns while a page is waited for stands still, for the same reason."""


def context_of(browser):
    """Return a context of a person of their own."""
    context = browser.new_context(**CONTEXT)
    context.add_init_script(UNMOVED)
    return context


STILL = """
calm_ms => new Promise(resolve => {
  const busy = () => document.querySelector(
    '[data-testid=stApp][data-test-script-state=running], [data-testid=stSpinner], [data-testid=stSkeleton]');
  let last = performance.now();
  const observer = new MutationObserver(() => { last = performance.now(); });
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const look = () => {  // not on every frame: without a graphics card the processor draws each that is asked for
    if (busy()) last = performance.now();
    if (performance.now() - last < calm_ms) { setTimeout(look, 50); return; }
    observer.disconnect();
    resolve();
  };
  setTimeout(look, 50);
})
"""
"""Resolves once no script runs and nothing on the page has changed for so many milliseconds."""
CALM_MS = 300


def tied(command, **options):
    """Start a command in a session of its own that ends with this process, even a killed one."""
    return subprocess.Popen(
        [sys.executable, str(TIED), *command], stdin=subprocess.PIPE, start_new_session=True, **options
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(store: Path, log: Path, *options: str, **known: str):
    """Start the app as a user does, with further options and variables, and return (process, address)."""
    port = free_port()
    with log.open("ab") as stream:
        process = tied(
            [sys.executable, "-m", "ipps_geo", "app", "--port", str(port), "--headless", *options],
            cwd=ROOT, env=os.environ | {"IPPS_GEO_SCENARIOS": str(store)} | known, stdout=stream, stderr=stream,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return process, address
        except OSError:
            time.sleep(0.2)
    kill(process)
    raise RuntimeError(log.read_text())


def kill(process):
    """Kill the server and what it started, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.stdin.close()
    process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    if not Path(CHROMIUM).is_file():
        pytest.skip("no chromium here")
    folder = tmp_path_factory.mktemp("app")
    process, address = serve(folder / "scenarios.sqlite", folder / "log.txt")
    yield address, folder / "log.txt"
    kill(process)


class Reader:
    """One person at a browser; remembers whatever should not have happened."""

    def __init__(self, context, address):
        self.page = context.pages[0] if context.pages else context.new_page()
        self.address, self.faults = address, []
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))

    def _request(self, request):
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")

    def _console(self, message):
        # Streamlit looks for its own health below the address of a page first; that is not there, and it goes on.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.faults.append(f"console: {message.text[:300]}")

    def open(self, name="", lang="zh"):
        self.page.goto(f"{self.address}/{name}?lang={lang}")
        self.settle()

    def go(self, title):
        self.page.get_by_role("link", name=title).click()
        self.page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
        self.settle()

    def settle(self):
        """Wait until the page stands still, and check what it says."""
        self.page.locator("h1").first.wait_for()
        self.page.evaluate(STILL, CALM_MS)
        text = self.page.locator("body").inner_text()
        self.faults += [f"untranslated or broken: {sign}" for sign in ("app.", "KeyError", "Traceback") if sign in text]
        if self.page.locator("[data-testid=stException]").count():
            self.faults.append("an exception on the page")

    def barriers(self):
        """Return what axe finds that keeps people out: rule, how grave, and the first place."""
        self.page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        grave = [each for each in found if each["impact"] in ("serious", "critical")]
        return [(each["id"], each["impact"], each["nodes"][0]["html"][:200]) for each in grave]

    def shot(self, name, width=1280):
        """Keep a picture of the whole page, to be looked at: where it is asked for, as drawing it again takes long."""
        if not PICTURES:
            return
        ARTIFACTS.mkdir(exist_ok=True)
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight || 900")
        self.page.set_viewport_size({"width": width, "height": max(800, min(3200, height + 40))})
        self.page.evaluate(STILL, CALM_MS)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")
        self.page.set_viewport_size({"width": width, "height": 1000})

    def picture_of_map(self):
        """Return what the map looks like."""
        return self.page.get_by_role("figure").first.screenshot()

    def click_map(self, lon, lat):
        """Click a place on the first map of the page, wherever the map has been moved to."""
        figure = self.page.get_by_role("figure").first
        x, y = figure.evaluate(
            "async (figure, at) => { const map = figure.querySelector('.map').map; map.jumpTo({center: at}); "
            "await map.once('idle'); const spot = map.project(at); return [spot.x, spot.y]; }",
            [lon, lat],
        )
        figure.click(position={"x": x, "y": y})
        self.settle()

    def choose_row(self, row, table=0):
        """Tick a row of a table on the page; rows count from 0."""
        grid = self.page.get_by_test_id("stDataFrame").nth(table)
        grid.click(position={"x": 15, "y": 35 * (row + 1.5)})

    def download(self, button):
        """Click a download and return its bytes."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=button).first.click()
        return Path(waiting.value.path()).read_bytes()


@pytest.fixture(scope="session")
def browser(browser_driver):
    """One browser for all people of all journeys, each in a context of its own."""
    if not Path(CHROMIUM).is_file():
        pytest.skip("no chromium here")
    opened = browser_driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield opened
    opened.close()


@pytest.fixture
def reader(server, browser):
    address, log = server
    context = context_of(browser)
    person = Reader(context, address)
    yield person
    context.close()
    assert person.faults == []
    assert "Traceback" not in log.read_text()
