"""Twenty sessions at once while others solve: how long a click takes.

    python -m benchmarks.app_load --sessions 20 --clicks 10

Each session speaks the app's own protocol (a web socket), opens a page and clicks on the next ones with pauses between
clicks, as people do: ``--pause`` seconds on average, each pause between half and one and a half of it. A click asks for
a whole page, which is the most that a click can ask for. It is measured from the message sent to the end of the run
that it causes; what a browser adds to draw it is not in the figure. A browser tells the server which large messages it
has kept from earlier runs, and these are not sent again; a session here keeps none, so that more is sent than in use.
Further sessions solve all the while, each a plan of its own after the other: none, one, ``--solves`` of them.

First paint is the first run of the first session: once asked for as soon as the server answers, before anything is
made, and once after another session has been there.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PAGES = ("overview", "data", "compliance", "site", "plan", "scenarios", "export")


class Session:
    """One reader: a web socket and the ids of what the last page offered."""

    def __init__(self, port):
        self.url, self.buttons, self.hashes, self.query = f"ws://127.0.0.1:{port}/_stcore/stream", {}, {}, "lang=en"
        self.fields, self.said, self.script_hash, self.received = {}, [], "", 0

    async def __aenter__(self):
        import websockets

        self.socket = await websockets.connect(self.url, subprotocols=["streamlit"], max_size=None, open_timeout=60)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def run(self, page=None, button=None, texts=()):
        """Ask for a run (of a page, with texts filled in, with a button pressed); return the seconds until its end.

        Buttons and text fields are named by their ids; what the run says in boxes is in ``said``.
        """
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = BackMsg()
        message.rerun_script.query_string = self.query
        if page is not None:
            message.rerun_script.page_script_hash = self.hashes.get(page, "")
            message.rerun_script.page_name = "" if page == "overview" else page
            self.script_hash = message.rerun_script.page_script_hash
        else:
            message.rerun_script.page_script_hash = self.script_hash
        if button is not None:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = button, True
        for field, text in dict(texts).items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.string_value = field, text
        started, self.said = time.perf_counter(), []
        await self.socket.send(message.SerializeToString())
        while True:
            told, content = ForwardMsg(), await asyncio.wait_for(self.socket.recv(), 180)
            self.received += len(content)
            told.ParseFromString(content)
            kind = told.WhichOneof("type")
            if kind == "navigation":
                for each in told.navigation.app_pages:
                    self.hashes[each.url_pathname or "overview"] = each.page_script_hash
            elif kind == "delta":
                self._remember(told.delta.new_element)
            elif kind == "script_finished" and told.script_finished == 0:
                return time.perf_counter() - started

    def _remember(self, element):
        kind = element.WhichOneof("type")
        if kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "text_input":
            self.fields[element.text_input.label] = element.text_input.id
        elif kind == "alert":
            self.said.append(element.alert.body)


async def reader(port, clicks, pause_s, seed, seconds):
    choose = random.Random(seed)
    async with Session(port) as session:
        await session.run()
        for _ in range(clicks):
            await asyncio.sleep(choose.uniform(0.5, 1.5) * pause_s)
            page = choose.choice(PAGES)
            seconds.append((page, await session.run(page)))


async def solver(port, until):
    """Solve over and over until ``until`` is set; return how many solves were started."""
    count = 0
    async with Session(port) as session:
        await session.run()
        await session.run("plan")
        while not until.is_set():
            await session.run(button=session.buttons["Start"])
            count += 1
            for _ in range(40):
                if until.is_set():
                    break
                await asyncio.sleep(0.5)
    return count


async def measure(port, sessions, clicks, pause_s, solving):
    seconds, until = [], asyncio.Event()
    work = [asyncio.create_task(solver(port, until)) for _ in range(solving)]
    await asyncio.gather(*(reader(port, clicks, pause_s, seed, seconds) for seed in range(sessions)))
    until.set()
    return seconds, sum(await asyncio.gather(*work))


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--clicks", type=int, default=10)
    parser.add_argument("--pause", type=float, default=5.0, help="mean seconds between two clicks of one reader")
    parser.add_argument("--solves", type=int, default=3, help="how many sessions solve at once, last")
    parser.add_argument("--soak", type=float, default=0.0, help="minutes; readers come and go, the memory is told")
    chosen = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "ipps_geo", "app", "--port", str(port), "--headless"],
            env=os.environ | {"IPPS_GEO_SCENARIOS": str(Path(folder) / "scenarios.sqlite")},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                        break
                except OSError:
                    time.sleep(0.2)
            asyncio.run(first_paint(port))
            if chosen.soak:
                asyncio.run(soak(port, server.pid, chosen.sessions, chosen.pause, 60 * chosen.soak))
                return
            asyncio.run(each_page(port, server.pid))
            print("solve  sessions  clicks  p50_s  p95_s  max_s")
            for solving in sorted({0, 1, chosen.solves}):
                clicked, solves = asyncio.run(measure(port, chosen.sessions, chosen.clicks, chosen.pause, solving))
                times = [each for _, each in clicked]
                told = f"{solving}: {solves}" if solving else "no"
                print(
                    f"{told:<5}  {chosen.sessions:>8}  {len(times):>6}  {quantile(times, 0.5):5.2f}  "
                    f"{quantile(times, 0.95):5.2f}  {max(times):5.2f}"
                )
                for page in PAGES:
                    own = [each for name, each in clicked if name == page]
                    if own:
                        print(f"       {page:<11} {len(own):>4}  {quantile(own, 0.5):5.2f}  {quantile(own, 0.95):5.2f}")
            print(f"load average at the end {os.getloadavg()[0]:.1f}")
        finally:
            os.killpg(server.pid, signal.SIGKILL)


async def soak(port, server, sessions, pause_s, seconds):
    """Let so many readers be there at any time, each for eight clicks, then somebody else; print what the server holds.

    Memory that is kept for nobody would grow with the number of readers that have left.
    """
    until, times, left = time.monotonic() + seconds, [], 0

    async def seats(seed):
        nonlocal left
        while time.monotonic() < until:
            await reader(port, 8, pause_s, seed + 1000 * left, times)
            left += 1

    async def told():
        print("minute  readers_gone  clicks  p95_s  memory_mb")
        for minute in range(int(seconds // 60) + 1):
            own = [each for _, each in times[-400:]]
            late = quantile(own, 0.95) if own else 0.0
            print(f"{minute:>6}  {left:>12}  {len(times):>6}  {late:5.2f}  {resident_mb(server):9.0f}", flush=True)
            await asyncio.sleep(60)

    await asyncio.gather(told(), *(seats(seed) for seed in range(sessions)))


def resident_mb(server):
    """Return the memory of the server, without that of solvers; NaN where the system does not tell."""
    children = {server}
    found = math.nan
    for _ in range(3):  # the command, the program it starts
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, parent = int(status.parent.name), int(status.read_text().rpartition(")")[2].split()[1])
                if parent in children:
                    children.add(pid)
    for pid in children:
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            found = max(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 0 if math.isnan(found) else found)
    return found


async def first_paint(port):
    async with Session(port) as session:
        cold = await session.run()
    async with Session(port) as session:
        warm = await session.run()
    print(f"first paint {cold:.1f} s as soon as the server answers, {warm:.2f} s once it is warm")


async def each_page(port, server, runs=10):
    """Print what a click on each page costs: processor time of the server, kilobytes sent."""
    print("page         cpu_ms  sent_kb")
    async with Session(port) as session:
        await session.run()
        for page in PAGES:
            await session.run(page)
        for page in PAGES:
            used, session.received = cpu_seconds(server), 0
            for _ in range(runs):
                await session.run(page)
            used = cpu_seconds(server) - used
            print(f"{page:<11}  {1000 * used / runs:6.0f}  {session.received / runs / 1000:7.0f}")


def cpu_seconds(group):
    """Return the processor time that the living processes of a group have used; NaN where the system does not tell."""
    ticks = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else math.nan


if __name__ == "__main__":
    main()
