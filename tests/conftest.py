"""What many tests look at: the embedded workspace, loaded once, and the policy it is judged by."""

import pytest
from hypothesis import settings

from ipps_geo.policy import load_policy
from ipps_geo.workspace import load_workspace

# The same examples on every run, so that a red run can be repeated; `--hypothesis-profile=search` draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def beijing():
    """The embedded workspace; tests must not change it."""
    return load_workspace()


@pytest.fixture(scope="session")
def draft():
    """The policy version ``beijing-draft``."""
    return load_policy("beijing-draft")


def pytest_addoption(parser):
    """How long the searching tests search."""
    parser.addoption("--kills", type=int, default=4, help="times that a saver is killed, or read beside (default 4)")
    parser.addoption("--mutations", type=int, default=2_000, help="mutated files that intake reads (default 2000)")
    parser.addoption(
        "--attacks", type=int, default=300, help="mutated networks, feeds, bundles, policies (default 300)"
    )


@pytest.fixture(scope="session")
def kills(request):
    """How often a program is killed in mid-work."""
    return request.config.getoption("--kills")


@pytest.fixture(scope="session")
def browser_driver():
    """Playwright, once a process: a second one in the same process is refused."""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as driver:
        yield driver
