"""What lies in a drawn area, against a count by another library in the same metric plane."""

import geopandas as gpd
import pytest
from shapely.geometry import Polygon

from ipps_geo.errors import BadInput
from ipps_geo.planning.inside import inside
from ipps_geo.workspace.demand import demand_table

RING = [[116.2, 39.9], [116.45, 39.92], [116.4, 40.1], [116.25, 40.05]]


def test_counts_are_those_of_a_spatial_join(beijing, draft):
    found = inside(beijing, draft, RING)
    area = gpd.GeoSeries([Polygon(RING)], crs="EPSG:4490").to_crs("EPSG:4548")
    demand = demand_table(beijing, draft, beijing.data_date).to_crs("EPSG:4548")
    key = demand[(demand["is_enterprise"] == "yes") & (demand["key_industry"] == "yes")]
    within = key[key.within(area.iloc[0])]
    assert found["enterprises"] == len(within) > 0
    assert found["on_roster"] == int(within["holder_id"].notna().sum())
    assert found["on_roster"] + found["not_on_roster"] == found["enterprises"]
    assert found["with_need"] == int((within["need"] == 1).sum())
    assert found["carriers"] == int(beijing.carriers.to_crs("EPSG:4548").within(area.iloc[0]).sum())
    assert found["area_km2"] == pytest.approx(area.area.iloc[0] / 1e6)
    assert found["without_place"] == int((key.geometry.isna() | key.geometry.is_empty).sum())


@pytest.mark.parametrize("ring", [[], RING[:2], [RING[0]] * 4, [RING[0], RING[2], RING[1], RING[3]]])
def test_what_is_no_area_is_refused(beijing, draft, ring):
    with pytest.raises(BadInput, match="no area"):
        inside(beijing, draft, ring)
