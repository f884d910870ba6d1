"""A national plan as a document: every site with what is known of it, and the same plan as the same file."""

from pathlib import Path

import geopandas as gpd
import jsonschema
import pandas as pd
import shapely

from ipps_geo.results import schema
from ipps_geo.results.national import NationalPlan
from ipps_geo.results.national_documents import OPEN_SITE_KEYS, national_document
from tests.report import sample


def test_each_site_has_its_keys_and_whatever_else_its_row_holds():
    columns = {column: f"told {column}" for column in OPEN_SITE_KEYS} | {"newly_served": 60, "partition": "p1"}
    nothing = pd.DataFrame({"unit": ["A"]})
    made = NationalPlan(
        status="optimal", stop_reason="proven", objective=60.0, bound=60.0, gap=0.0, seconds=2.0,
        proposals=gpd.GeoDataFrame([columns], geometry=[shapely.Point(116, 40)], crs=4490), components=nothing,
        by_unit=nothing, bounds=nothing, rosters=Path("rosters"), phases=nothing, census={"enterprises": 9},
        candidates_kept_out=nothing, findings=(), violations=(), provenance=sample.provenance(),
    )  # fmt: skip
    told = national_document(made, files=[Path("out") / "plan.json"])
    (site,) = told["open_sites"]
    assert {key: site[key] for key in OPEN_SITE_KEYS.values()} == {
        key: columns[column] for column, key in OPEN_SITE_KEYS.items()
    }
    assert {name: site[name] for name in set(columns) - set(OPEN_SITE_KEYS)} == {
        name: value for name, value in columns.items() if name not in OPEN_SITE_KEYS
    }
    assert (told["seconds"], told["files"]) == (2.0, ["out/plan.json"])
    assert not {"seconds", "phases"} & set(national_document(made, timed=False))
    assert set(told) >= set(schema("national")["required"]) - {"seconds"}
    jsonschema.Draft202012Validator.check_schema(schema("national"))
