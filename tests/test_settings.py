"""The data that travel with the package are found in a checkout and in an installed wheel."""

from __future__ import annotations

import shutil

import pytest

from ipps_geo import settings
from ipps_geo.errors import BadInput


def test_the_data_of_this_installation_are_found():
    assert (settings.data_root() / settings.MANIFEST).is_file()
    assert (settings.data_root() / settings.WORKSPACE_FILE).is_file()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package as a wheel unpacks it, without data yet."""
    package = tmp_path / "site-packages" / "ipps_geo"
    package.mkdir(parents=True)
    monkeypatch.setattr(settings, "__file__", str(shutil.copy(settings.__file__, package)))
    return package


def test_a_wheel_carries_its_data_inside(installed):
    (installed / "_data").mkdir()
    (installed / "_data" / settings.MANIFEST).touch()
    assert settings.data_root() == installed / "_data"


def test_without_data_there_is_a_clear_error(installed):
    with pytest.raises(BadInput, match="the embedded data are missing"):
        settings.data_root()


def test_another_packages_data_folder_is_not_taken_for_ours(installed):
    (installed.parent / "data").mkdir()
    with pytest.raises(BadInput):
        settings.data_root()
