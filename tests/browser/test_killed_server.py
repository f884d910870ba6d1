"""The server is killed in the middle of saves: every scenario that a page has acknowledged is there, none is half.

What a killed process leaves of a save at any moment is tested beside the store; here a whole server goes.
"""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets

from benchmarks.app_load import Session
from ipps_geo.ledger.scenarios import ScenarioStore
from tests.browser.conftest import kill, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAVES = 8


def test_a_killed_server_has_every_scenario_that_a_page_has_acknowledged(tmp_path):
    store, acknowledged = tmp_path / "scenarios.sqlite", []
    server, address = serve(store, tmp_path / "log.txt")
    try:
        # In a thread of its own: a browser that other tests share keeps a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(_save(int(address.rpartition(":")[2]), server, acknowledged))).result()
    finally:
        kill(server)
    kept = {each.name: each.id for each in ScenarioStore(store).scenarios()}
    assert len(acknowledged) >= SAVES
    assert set(acknowledged) <= set(kept)
    for scenario_id in kept.values():
        assert ScenarioStore(store).get(scenario_id).document["open_sites"]  # raises when the checksum differs


async def _save(port, server, acknowledged):
    """Plan once, then save again and again; the server is killed while the one after the eighth is on its way."""
    async with Session(port) as planner:
        await planner.run()
        planner.query += "&plan_stations=1&plan_enlarge=false"  # a plan that is proven at once
        await planner.run("plan")
        await planner.run(button=planner.buttons["Start"])
        while "Save as a scenario" not in planner.buttons:
            await asyncio.sleep(0.2)
            await planner.run()
        field = planner.fields["Name of the scenario"]
        for number in range(10 * SAVES):
            name = f"plan {number}"
            if number == SAVES:
                asyncio.get_running_loop().call_later(0.02, os.killpg, server.pid, signal.SIGKILL)
            try:
                await planner.run(button=planner.buttons["Save as a scenario"], texts={field: name})
            except (ConnectionError, websockets.ConnectionClosed):
                return
            assert f"Saved: {name}" in planner.said
            acknowledged.append(name)
