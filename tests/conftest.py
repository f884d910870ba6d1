"""What many tests look at: the embedded workspace, loaded once, and the policy it is judged by."""

import gc
import importlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import types

import pytest
from hypothesis import settings

from ipps_geo import planning
from ipps_geo.executors import pickled
from ipps_geo.gate import process
from ipps_geo.planning import networks, solving
from ipps_geo.policy import load_policy
from ipps_geo.workspace import load_workspace
from tests import forked, kept

# The same examples on every run, so that a red run can be repeated; `--hypothesis-profile=search` draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")


EMBEDDED = {"beijing", "embedded", "open_page", "page_of", "run"}
"""Fixtures of whoever works on the embedded workspace, on a page, or through the command line."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark as slow whatever works on the whole embedded workspace, a page or a command: seconds each."""
    for item in items:
        if EMBEDDED & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.slow(planted=True))


def pytest_collection_finish():
    """Look for garbage seldom, and not among what was imported and collected: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_configure(config):
    """Make the folder that the processes of this run share; they inherit its name."""
    if not hasattr(config, "workerinput"):
        os.environ[kept.FOLDER] = tempfile.mkdtemp(prefix="ipps-geo-tests-")


def pytest_unconfigure(config):
    """Leave nothing of what they have shared."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(kept.FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def beijing():
    """The embedded workspace; tests must not change it."""
    return load_workspace()


@pytest.fixture(scope="session")
def draft():
    """The policy version ``beijing-draft``."""
    return load_policy("beijing-draft")


@pytest.fixture(scope="session")
def ten_stations(beijing, draft):
    """The plan of ten stations for the embedded workspace, made once for all processes, as are the next four."""
    return kept.kept("ten_stations", lambda: planning.plan(beijing, draft, planning.PlanParameters(stations=10)))


@pytest.fixture(scope="session")
def tested_site(beijing, draft):
    """A site of the embedded workspace, tested with the roster that is found for it."""
    return kept.kept("tested_site", lambda: planning.assess_site(beijing, draft, site_id="P061"))


@pytest.fixture(scope="session")
def audited(beijing, draft):
    """The audit of the embedded workspace."""
    return kept.kept("audited", lambda: planning.audit(beijing, draft))


@pytest.fixture(scope="session")
def covered_city(beijing, draft):
    """The coverage of the embedded workspace as nobody chooses anything for it."""
    return kept.kept("covered_city", lambda: planning.coverage(beijing, draft))


@pytest.fixture(scope="session")
def repaired(beijing, draft):
    """The fewest moves that mend the rosters of the embedded workspace."""
    return kept.kept("repaired", lambda: planning.repair(beijing, draft))


def _here(function, arguments, *, progress=None, should_stop=None, **_):
    """Do what a child would, in this process; what goes in and out is what would go through its pipe."""
    module, _, name = function.partition(":")
    last = []

    def heard(message):
        last[:] = [pickle.loads(pickled(message))]
        if progress is not None:
            progress(*last)

    given = pickle.loads(pickled(dict(arguments)))
    asked = getattr(importlib.import_module(module), name)
    result = asked(**given, progress=heard, should_stop=should_stop or (lambda: False))
    return pickle.loads(pickled(result)), *(last or [None])


@pytest.fixture(scope="session", autouse=True)
def solved_here():
    """Solve and read networks in this process: a child starts for two seconds; ``child_process`` asks for one."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (solving, networks):
            patch.setattr(module, "run_in_child", _here)
        yield


@pytest.fixture
def child_process(monkeypatch):
    """Solve in a process of its own, as users do."""
    from ipps_geo.planning.child import run_in_child

    for module in (solving, networks):
        monkeypatch.setattr(module, "run_in_child", run_in_child)


@pytest.fixture(scope="session", autouse=True)
def readers():
    """Readers of the gate are forked from one that has loaded everything; ``new_readers`` asks for new processes."""
    if sys.platform != "linux":
        yield
        return
    with forked.mother() as start, pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "subprocess", types.SimpleNamespace(**vars(subprocess) | {"Popen": start}))
        yield


@pytest.fixture
def new_readers(monkeypatch):
    """Readers of the gate are new processes, as for users."""
    monkeypatch.setattr(process, "subprocess", subprocess)


@pytest.fixture
def run(monkeypatch, capsys, tmp_path_factory, beijing):
    """Run the program here, through the same door as a user: (exit code, standard output, standard error).

    The embedded workspace, where none is named, is the one that was loaded already.
    """
    import ipps_geo.workspace
    from ipps_geo import cli

    load = ipps_geo.workspace.load_workspace
    embedded = {"accept_partial": False, "datum": None, "region": None}

    def loaded(path=None, **asked):
        return beijing if path is None and asked == embedded else load(path, **asked)

    monkeypatch.setattr(ipps_geo.workspace, "load_workspace", loaded)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))

    def through_main(*arguments):
        monkeypatch.setattr(sys, "argv", ["ipps-geo", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as leaving:
            code = leaving.code or 0
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return through_main


def pytest_addoption(parser):
    """How long the searching tests search."""
    parser.addoption("--kills", type=int, default=4, help="times that a saver is killed, or read beside (default 4)")
    parser.addoption("--explained", type=int, default=6, help="plans explained and solved again (default 6)")
    parser.addoption("--instances", type=int, default=60, help="drawn siting instances (default 60)")
    parser.addoption("--partitioned", type=int, default=12, help="drawn instances in partitions (default 12)")
    parser.addoption("--drawn", type=int, default=2, help="ledgers drawn, and held against SQL (default 2)")
    parser.addoption("--pairs", type=int, default=14, help="pairs of ledgers that must look the same (default 14)")
    parser.addoption("--mutations", type=int, default=500, help="mutated files that intake reads (default 500)")
    parser.addoption(
        "--attacks", type=int, default=300, help="mutated networks, feeds, bundles, policies (default 300)"
    )


@pytest.fixture(scope="session")
def kills(request):
    """How often a program is killed in mid-work."""
    return request.config.getoption("--kills")


@pytest.fixture(scope="session")
def explained(request):
    """How many small plans are explained and checked by solving again."""
    return request.config.getoption("--explained")


@pytest.fixture(scope="session")
def instances(request):
    """How many drawn siting instances are solved and checked."""
    return request.config.getoption("--instances")


@pytest.fixture(scope="session")
def partitioned(request):
    """How many drawn instances in partitions are planned by components and held against the plan of the whole."""
    return request.config.getoption("--partitioned")


@pytest.fixture(scope="session")
def browser_driver():
    """Playwright, once a process: a second one in the same process is refused."""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as driver:
        yield driver


@pytest.fixture(autouse=True)
def main_module():
    """Put ``__main__`` back: a page under test stands there in its place, and new processes would begin with it."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own
