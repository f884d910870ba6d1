"""No server outlives the tests that started it."""

import os
import subprocess
import sys
import time

from tests.browser.conftest import ROOT

STARTER = """
import sys, time
from tests.browser.conftest import tied
tied([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"])
time.sleep(600)
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_a_killed_test_run_has_started_ends_with_it():
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    started = int(starter.stdout.readline())
    assert alive(started)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until = time.monotonic() + 30
    while alive(started) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(started)
