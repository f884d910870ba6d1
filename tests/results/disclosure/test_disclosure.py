"""Nothing small can be worked out of a public coverage: an attack by linear program on small cities drawn at random."""

import dataclasses

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.coverage import catchment_overlap, coverage_by, coverage_by_unit
from ipps_geo.coverage.areas import HEXAGON_RESOLUTION, hexagon_table
from ipps_geo.planning.access_choices import limits_table
from ipps_geo.results import CoverageResult, Provenance
from ipps_geo.results.disclosure import public_coverage
from ipps_geo.results.disclosure.coverage import units_of_cells
from tests.results.disclosure.attack import NEEDS, Attack, columns, crossed

UNITS = ("A", "B", "C")
CELLS_LON = {"A": 116.1, "B": 116.3, "C": 116.5}
LIMITS = (1000.0, 3000.0)
SIZES = ("micro", "small")
INDUSTRIES = ("chips", "drugs")
CODES = {"yes": 1, "no": 0, "unknown": -1}


def squares():
    """Three units side by side, 0.2 degrees wide."""
    boxes = [shapely.box(lon - 0.1, 39.8, lon + 0.1, 40.2) for lon in CELLS_LON.values()]
    return gpd.GeoDataFrame({"code": UNITS}, geometry=boxes, crs="EPSG:4490")


def city_of(people):
    """Return the whole coverage of ``people``: unit, lon, lat, need, roster, distance_m, size, industries, stations."""
    need = people["need"].map(CODES).to_numpy(np.int8)
    roster, within = people["roster"].to_numpy(bool), (people["distance_m"] <= 3000).to_numpy()
    unjudged = people["distance_m"].isna().to_numpy()
    stations = pd.Series(["A", "B"])
    by_unit = coverage_by_unit(people["unit"], need, roster, people["distance_m"].to_numpy(), 3000, stations, [*UNITS])
    tables = {
        "by_industry": coverage_by(people["industries"], roster, within, "industry", unjudged),
        "by_size": coverage_by(people["size"], roster, within, "sme_class", unjudged),
        "by_need": coverage_by(people["need"], roster, within, "explicit_need", unjudged),
        "overlap": catchment_overlap(people.loc[~unjudged, "stations"].to_numpy()),
        "by_limit": limits_table(people["unit"], people["distance_m"].to_numpy(), LIMITS[:1], [*UNITS]),
        "hexagons": hexagon_table(people["lon"], people["lat"], {}),
        "gaps": pd.DataFrame({"cluster": [1], "enterprises": [2]}),
    }
    origin = Provenance("small", "0" * 64, None, "test", "0", synthetic=True, parameters={"on": "2026-11-22"})
    return CoverageResult(by_unit, 3.0, "km", "straight_line", {"gini": 0.5, "worst_unit": "A"}, origin, tables)


def drawn(seed):
    """Return people drawn at random: a few to sixty, unevenly over units, answers, places."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 60))
    unit = rng.choice(UNITS, n, p=[0.6, 0.3, 0.1])
    spots = rng.uniform(-0.09, 0.09, (3, 2))  # three places of a unit hold most of it
    spot = rng.integers(0, 3, n)
    distance_m = rng.choice([500.0, 2000.0, 9000.0, np.nan], n, p=rng.dirichlet([1, 1, 1, 0.3]))
    near = distance_m <= 3000
    return pd.DataFrame(
        {
            "unit": unit,
            "lon": [CELLS_LON[code] + spots[place][0] for code, place in zip(unit, spot, strict=True)],
            "lat": [40.0 + spots[place][1] for place in spot],
            "need": rng.choice(NEEDS, n, p=rng.dirichlet([2, 1, 1])),
            "roster": rng.random(n) < rng.random(),
            "distance_m": distance_m,
            "size": rng.choice(SIZES, n, p=[0.8, 0.2]),
            "industries": rng.choice(["chips", "drugs", "chips;drugs"], n, p=[0.6, 0.3, 0.1]),
            "stations": np.where(near, rng.integers(1, 3, n), 0),
        }
    )


def cells_of(people):
    """Return the H3 cell of everybody."""
    return [h3.latlng_to_cell(lat, lon, HEXAGON_RESOLUTION) for lon, lat in people[["lon", "lat"]].to_numpy()]


def told(kind, stations):
    """Return whether somebody reaches that many stations, as far as anybody can tell."""
    return kind["stations"] == stations and kind["band"] != 3


def in_unit(unit):
    """Return the test that somebody lives in a unit; the city holds everybody."""
    return lambda kind: unit in ("city", kind["unit"])


def enter_limits(attack, table):
    """Enter what the table of further limits tells."""
    for row in table.to_dict("records"):
        here = in_unit(row["unit"])
        for column, bands in (("enterprises", (0, 1, 2, 3)), ("not_judged", (3,)), ("within_reach", (0,))):
            if not pd.isna(row[column]):
                attack.known(
                    lambda kind, here=here, bands=bands: here(kind) and kind["band"] in bands, int(row[column])
                )


def attack_on(people, public):
    """Return the attack on the tables of ``public``, and every group that may be asked for, with its true number."""
    cells = public.tables["hexagons"]
    touched = units_of_cells(cells["h3_cell"], squares(), pd.Series(UNITS))
    places = [(unit, None) for unit in UNITS] + [(unit, cell) for cell, units in touched.items() for unit in units]
    attack = Attack(places, ("near", "reach", "far", "not judged"), 2, SIZES, INDUSTRIES, (0, 1, 2))
    counted = columns(2) | {"not_judged": lambda kind: kind["band"] == 3}
    groups = []

    def table(name, column, test_of):
        frame = public.by_unit if name == "by_unit" else public.tables[name]
        for row in frame.to_dict("records"):
            for what, test in counted.items():
                if what in row and not pd.isna(row[what]):
                    chosen = test_of(row)
                    attack.known(lambda kind, a=chosen, b=test: a(kind) and b(kind), int(row[what]))

    table("by_unit", "unit", lambda row: in_unit(row["unit"]))
    table("by_size", "sme_class", lambda row: lambda kind: kind["size"] == row["sme_class"])
    table("by_need", "explicit_need", lambda row: lambda kind: kind["need"] == row["explicit_need"])
    table("by_industry", "industry", lambda row: lambda kind: row["industry"] in kind["industries"])
    table("overlap", "stations", lambda row: lambda kind: told(kind, row["stations_within_reach"]))
    table("hexagons", "h3_cell", lambda row: lambda kind: kind["cell"] == row["h3_cell"])
    enter_limits(attack, public.tables["by_limit"])
    attack.solve()
    real = [
        {
            "unit": p["unit"], "cell": cell, "need": p["need"], "roster": p["roster"], "size": p["size"],
            "band": 0 if p["distance_m"] <= 1000 else 1 if p["distance_m"] <= 3000 else 2 if p["distance_m"] > 0 else 3,
            "industries": p["industries"].split(";"), "stations": p["stations"],
        }
        for p, cell in zip(people.to_dict("records"), cells_of(people), strict=True)
    ]  # fmt: skip

    def ask(name, test, *, counted_by_tables=True):
        groups.append((name, test, sum(bool(test(kind)) for kind in real), counted_by_tables))

    for unit in (*UNITS, "city"):
        here = in_unit(unit)
        for name, test, is_counted in crossed(2):
            ask(f"{unit} {name}", lambda k, a=here, b=test: a(k) and b(k), counted_by_tables=is_counted)
        ask(f"{unit} first limit", lambda k, a=here: a(k) and k["band"] == 0)
        ask(f"{unit} in no cell", lambda k, a=here: a(k) and k["cell"] not in touched, counted_by_tables=False)
        ask(f"{unit} not judged", lambda k, a=here: a(k) and k["band"] == 3)
        ask(f"{unit} beyond", lambda k, a=here: a(k) and k["band"] == 2)
        ask(f"{unit} between limits", lambda k, a=here: a(k) and k["band"] == 1)
    sides = [
        ("", lambda k: True), ("roster", lambda k: k["roster"]), ("no roster", lambda k: not k["roster"]),
        ("reach", lambda k: k["band"] < 2), ("no reach", lambda k: k["band"] == 2),
        ("not judged", lambda k: k["band"] == 3),
    ]  # fmt: skip
    labels = [(size, lambda k, s=size: k["size"] == s) for size in SIZES]
    labels += [(need, lambda k, s=need: k["need"] == s) for need in NEEDS]
    labels += [(tag, lambda k, s=tag: s in k["industries"]) for tag in INDUSTRIES]
    for label, chosen in labels:
        for side, test in sides:
            ask(f"{label} {side}", lambda k, a=chosen, b=test: a(k) and b(k))
    for number in (0, 1, 2):
        ask(f"{number} stations", lambda k, n=number: told(k, n))
    return attack, groups


@pytest.mark.parametrize("seed", range(4))
def test_no_small_group_follows_from_all_public_tables_together(seed):
    people = drawn(seed)
    public = public_coverage(city_of(people), squares())
    attack, groups = attack_on(people, public)
    assert attack.given_away(groups) == []


def test_the_attack_bites():
    """On the whole tables, and on tables whose small counts alone are hidden, it finds what is given away."""
    people = drawn(3)
    whole = city_of(people)
    attack, groups = attack_on(people, whole)
    assert attack.given_away(groups)
    naive = dataclasses.replace(whole, by_unit=whole.by_unit.copy())
    for name in columns(2):
        small = naive.by_unit[name].between(1, 4)
        naive.by_unit[name] = naive.by_unit[name].astype("Int64").mask(small)
    attack, groups = attack_on(people, naive)
    assert attack.given_away(groups)
