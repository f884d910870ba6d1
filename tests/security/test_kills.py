"""Killed at any moment of a save, a folder holds one workspace or the other, and never loads as a mixture."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.workspace import load_workspace, save_workspace
from ipps_geo.workspace.demo import generate_demo

pytestmark = pytest.mark.slow

SAVER = """
import sys
from pathlib import Path
from ipps_geo.workspace import load_workspace, save_workspace
kept = [load_workspace(Path(folder), sandbox=False) for folder in sys.argv[2:]]
print("ready", flush=True)
while True:
    for workspace in kept:
        save_workspace(workspace, Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two workspaces that differ in every table that a demonstration fills, saved: their folders and hashes."""
    root = tmp_path_factory.mktemp("two")
    hashes = set()
    for seed in (3, 4):
        made = generate_demo(1_500, seed=seed)
        save_workspace(made, root / str(seed))
        hashes.add(load_workspace(root / str(seed), sandbox=False).content_hash)
    assert len(hashes) == 2
    return [str(root / "3"), str(root / "4")], hashes


def saving(target, folders):
    child = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(target), *folders], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert child.stdout.readline() == "ready\n"
    return child


def read(folder):
    """The hash of the workspace that loads, or the code of the refusal."""
    try:
        return load_workspace(folder, sandbox=False).content_hash
    except BadInput as refused:
        return refused.code


def test_a_saver_killed_at_any_moment_leaves_one_workspace_or_the_other(two, tmp_path, kills):
    folders, hashes = two
    random = np.random.default_rng(7)
    target = tmp_path / "ws"
    found = []
    for _ in range(kills):
        child = saving(target, folders)
        time.sleep(float(random.uniform(0.0, 0.4)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found.append(read(target))
    assert set(found) <= hashes | {"workspace.none_here"}, found


def test_a_reader_beside_a_saver_reads_one_workspace_or_says_that_it_changed(two, tmp_path, kills):
    folders, hashes = two
    target = tmp_path / "ws"
    child = saving(target, folders)
    try:
        found = [read(target) for _ in range(kills)]
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert set(found) <= hashes | {"workspace.none_here", "workspace.changed_while_read"}, found
