"""Killed at any moment of a save, a folder holds one workspace or the other, and never loads as a mixture."""

import contextlib
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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and kill -9 are words of POSIX"),
]

SAVER = """
import os
import sys
from pathlib import Path
from ipps_geo.workspace import load_workspace, save_workspace
kept = [load_workspace(Path(folder), sandbox=False) for folder in sys.argv[2:]]
save_workspace(kept[0], Path(sys.argv[1]) / "warm")
for _ in sys.stdin:
    child = os.fork()
    while not child:
        for workspace in kept:
            save_workspace(workspace, Path(sys.argv[1]) / "ws")
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""A mother that has loaded everything: for each line that it is sent it forks a saver, and tells its number."""


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


@pytest.fixture(scope="module")
def mother(two, tmp_path_factory):
    """The folder that is saved into, and how a saver is started and killed: it is left as it was at that moment."""
    folder = tmp_path_factory.mktemp("saved")
    command = [sys.executable, "-c", SAVER, str(folder), *two[0]]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @contextlib.contextmanager
    def saving():
        running.stdin.write("\n")
        running.stdin.flush()
        saver = int(running.stdout.readline())
        try:
            yield
        finally:
            os.kill(saver, signal.SIGKILL)
            assert running.stdout.readline() == "gone\n"

    with running:
        yield folder / "ws", saving
        running.stdin.close()


def read(folder):
    """The hash of the workspace that loads, or the code of the refusal."""
    try:
        return load_workspace(folder, sandbox=False).content_hash
    except BadInput as refused:
        return refused.code


def test_a_saver_killed_at_any_moment_leaves_one_workspace_or_the_other(two, mother, kills):
    (_, hashes), (target, saving) = two, mother
    random = np.random.default_rng(7)
    found = []
    for _ in range(kills):
        with saving():
            time.sleep(float(random.uniform(0.0, 0.4)))
        found.append(read(target))
    assert set(found) <= hashes | {"workspace.none_here"}, found


def test_a_reader_beside_a_saver_reads_one_workspace_or_says_that_it_changed(two, mother, kills):
    (_, hashes), (target, saving) = two, mother
    with saving():
        found = [read(target) for _ in range(kills)]
    assert set(found) <= hashes | {"workspace.none_here", "workspace.changed_while_read"}, found
