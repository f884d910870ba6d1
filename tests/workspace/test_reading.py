"""What lies in a file beside the layer that is read is told with the table that its name speaks of."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import Point

from ipps_geo.intake import read_table
from ipps_geo.workspace.reading import report_of


@pytest.fixture
def layers(tmp_path):
    """A GeoPackage of three layers: enterprises, old rosters, and trees."""
    path = tmp_path / "data.gpkg"
    for layer in ("enterprises", "rosters_2025", "trees"):
        point = gpd.GeoDataFrame({"name": ["A"]}, geometry=[Point(116.4, 39.9)], crs=4326)
        point.to_file(path, layer=layer, driver="GPKG")
    return path


def test_another_layer_speaks_of_a_table_or_of_none(layers):
    report = report_of(read_table(layers, "enterprises", sandbox=False), "enterprises")
    told = {part.sheet: (part.reason, part.table) for part in report.unread}
    assert told == {"rosters_2025": ("other_layer", "rosters"), "trees": ("other_layer", "other")}
