"""Killed in the middle of saves: every scenario that was acknowledged is there, none is half."""

import os
import signal
import subprocess
import sys
import time

from ipps_geo.scenarios import ScenarioStore

SAVES = 50

# The same call as behind the button "save": it prints a name only after the store has acknowledged it.
SAVER = """
import sys
from ipps_geo.planning import open_scenarios
store = open_scenarios()
print("ready", flush=True)
for number in range(10_000):
    name = f"{sys.argv[1]}-{number}"
    store.save(name, {"open_sites": [{"id": f"P{i:03}", "note": name} for i in range(400)]})
    print(name, flush=True)
"""


def test_no_acknowledged_scenario_is_lost_and_none_is_half(tmp_path):
    path = tmp_path / "scenarios.sqlite"
    env = os.environ | {"IPPS_GEO_SCENARIOS": str(path)}
    acknowledged = []
    turn = 0
    while len(acknowledged) < SAVES:
        turn += 1
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(turn)], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert saver.stdout.readline() == "ready\n"
        wanted = len(acknowledged) + 12
        while len(acknowledged) < wanted:
            acknowledged.append(saver.stdout.readline().strip())
        time.sleep(0.003 * turn)  # somewhere inside the next save
        os.killpg(saver.pid, signal.SIGKILL)
        rest = saver.stdout.read().splitlines(keepends=True)
        acknowledged += [line.strip() for line in rest if line.endswith("\n")]
        saver.wait()
        saver.stdout.close()
    store = ScenarioStore(path)
    kept = {each.name: each.id for each in store.scenarios()}
    assert set(acknowledged) <= set(kept)
    for name, scenario_id in kept.items():
        sites = store.get(scenario_id).document["open_sites"]  # raises when the checksum differs
        assert [site["note"] for site in sites] == [name] * 400
