"""The sample network and its plan, made for the room of files and read here too."""

import pytest

from tests.report import sample as made


@pytest.fixture(scope="session")
def sample():
    return made


@pytest.fixture
def workspace(sample):
    return sample.workspace()


@pytest.fixture
def plan(sample):
    return sample.plan()
