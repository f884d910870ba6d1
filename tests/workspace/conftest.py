"""The embedded demonstration and a small one, made once."""

from __future__ import annotations

import pytest

from ipps_geo.workspace import Workspace, generate_demo, load_workspace


@pytest.fixture(scope="session")
def embedded() -> Workspace:
    return load_workspace()


@pytest.fixture(scope="session")
def small() -> Workspace:
    return generate_demo(6_000, seed=3)
