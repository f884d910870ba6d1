"""The files of a public edition of the embedded workspace, all of them read back and attacked together."""

import csv
import io
import itertools
import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from ipps_geo import planning, report
from ipps_geo.coverage.hexagons import cells_of
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.regions import load_region
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.atlas import atlas
from ipps_geo.report.pages.edition import Edition
from tests.results.disclosure.attack import Attack, columns, crossed

METRIC_CRS = load_region().metric_crs

NUMBER = "京S(2026)000号"
LIMITS = (500.0, 2000.0)
COUNTS = (*columns(1),)


@pytest.fixture(scope="module")
def whole(beijing, draft):
    """The coverage of which the public edition is made."""
    return planning.coverage(beijing, draft, areas=False, choices=AccessChoices(limits=LIMITS))


@pytest.fixture(scope="module")
def folder(beijing, draft, tmp_path_factory):
    """The public files of a coverage, and the pages of a public atlas as text."""
    out = tmp_path_factory.mktemp("public") / "coverage"
    result = planning.coverage(
        beijing, draft, choices=AccessChoices(limits=LIMITS), public=True, map_review_number=NUMBER
    )
    report.write_coverage(beijing, result, out, "zh")
    found = planning.atlas_results(
        beijing, draft, planning.PlanParameters(stations=2), public=True, map_review_number=NUMBER
    )
    edition = Edition(beijing, draft, "zh", found.audit, found.coverage, found.plan, found.previous)
    drawn = {*cells_of(edition.population_xy, METRIC_CRS)}
    assert drawn <= {*found.coverage.tables["hexagons"]["h3_cell"]}
    (out / "atlas.txt").write_text(typeset.plain_text(atlas(edition)), encoding="utf-8")
    return out


def tables_of(folder):
    """Return every table of counts in the files: name of the file, name of the table, rows by column."""
    stated = json.loads((folder / "coverage.json").read_text(encoding="utf-8"))
    yield "json", "by_unit", [*stated["by_unit"], stated["city"]]
    for name, rows in stated["tables"].items():
        yield "json", name, rows
    text = (folder / "coverage.csv").read_text(encoding="utf-8-sig")
    yield "csv", "by_unit", list(csv.DictReader(io.StringIO(text)))
    with closing(sqlite3.connect(folder / "coverage.gpkg")) as book:
        named = pd.read_sql("select table_name from gpkg_contents", book)["table_name"]
        for name in named:
            rows = pd.read_sql(f"select * from {name}", book).rename(columns={"code": "unit"})
            rows = rows.drop(columns=["fid", "geom"], errors="ignore")
            yield "gpkg", {"service_units": "by_unit"}.get(name, name), rows.to_dict("records")
    for file in folder.glob("*.parquet"):
        yield "parquet", file.stem, pd.DataFrame(gpd.read_parquet(file).drop(columns="geometry")).to_dict("records")


def numbers(rows):
    """Yield row label, column and number of every count that rows hold."""
    for row in rows:
        label = str(row[next(iter(row))]) + (f"|{float(row['limit']):g}" if "limit" in row else "")
        label = str(row["unit"]) if "unit" in row and "limit" not in row else label
        for column in COUNTS:
            if column in row and not pd.isna(row[column]) and row[column] != "":
                yield label, column, int(float(row[column]))


def test_every_file_bears_the_mark_and_the_review_number(folder):
    book = openpyxl.load_workbook(folder / "coverage.xlsx")
    texts = {
        "coverage.csv": (folder / "coverage.csv").read_text(encoding="utf-8-sig"),
        "coverage.json": (folder / "coverage.json").read_text(encoding="utf-8"),
        "atlas.txt": (folder / "atlas.txt").read_text(encoding="utf-8"),
    }
    texts |= {sheet.title: str([[cell.value for cell in row] for row in sheet.iter_rows()]) for sheet in book}
    for file in folder.glob("*.parquet"):
        texts[file.name] = gpd.read_parquet(file).drop(columns="geometry").to_csv()
    with closing(sqlite3.connect(folder / "coverage.gpkg")) as layers:
        for name in pd.read_sql("select table_name from gpkg_contents where table_name != 'layer_styles'", layers)[
            "table_name"
        ]:
            texts[name] = pd.read_sql(f"select * from {name}", layers).to_csv()
    for name, text in texts.items():
        assert "公开版" in text, name
        assert NUMBER in text, name


def test_no_file_names_an_enterprise_or_an_undertaking_unit(beijing, folder):
    codes = set(beijing.institutions["undertaking_uscc"].dropna()) | set(beijing.enterprises["uscc"].dropna().head(999))
    names = set(beijing.enterprises["name"].head(999))
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".xlsx")
    book = openpyxl.load_workbook(folder / "coverage.xlsx")
    content += str([[cell.value for row in sheet.iter_rows() for cell in row] for sheet in book]).encode()
    assert not [text for text in codes | names if text.encode() in content]


def test_the_files_agree_and_a_workbook_says_where_a_number_is_not_public(folder):
    known = {}
    for _, table, rows in tables_of(folder):
        for label, column, number in numbers(rows):
            assert known.setdefault((table, label, column), number) == number
    hidden = json.loads((folder / "coverage.json").read_text(encoding="utf-8"))["provenance"]["edition"]["hidden"]
    book = openpyxl.load_workbook(folder / "coverage.xlsx")
    words = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert words.count("不公开") >= sum(count for table, count in hidden.items() if table != "hexagons")
    text = (folder / "atlas.txt").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| 门头沟区 | 292"))
    assert "不公开" in row


def test_no_small_group_follows_from_all_files_together(whole, folder):
    """Units with need, rosters and bands of distance, sizes, numbers of stations: every number of every file."""
    units = [unit for unit in whole.by_unit["unit"] if unit != "city"]
    attack = Attack([(unit, None) for unit in units], ("1 km", "2 km", "3 km", "far"), 3)
    counted = columns(3)
    shown = {}
    for _, table, rows in tables_of(folder):
        shown |= {(table, label, column): number for label, column, number in numbers(rows)}

    for (table, label, column), number in shown.items():
        unit, _, limit = label.partition("|")
        if table == "by_unit":
            attack.known(both(in_unit(unit), counted[column]), number)
        elif table == "by_need":
            attack.known(both(lambda kind, need=label: kind["need"] == need, counted[column]), number)
        elif table == "by_limit" and column == "within_reach":
            attack.known(both(in_unit(unit), between(0, LIMITS.index(float(limit)))), number)
    attack.solve()
    near = whole.tables["by_limit"].set_index(["unit", "limit"])["within_reach"]
    groups = []
    for unit, row in whole.by_unit.set_index("unit").iterrows():
        sizes = sizes_of(row)
        groups += [
            (f"{unit} {name}", both(in_unit(unit), test), sizes[name], True)
            for name, test, is_counted in crossed(3)
            if is_counted
        ]
        ends = [0, *(int(near.get((unit, limit), 0)) for limit in LIMITS), int(row["within_reach"])]
        groups += [
            (f"{unit} band {band}", both(in_unit(unit), between(band, band)), high - low, True)
            for band, (low, high) in enumerate(itertools.pairwise(ends))
        ]
    assert any(0 < number < 5 for _, _, number, _ in groups)
    assert attack.given_away(groups) == []


def in_unit(unit):
    """Return the test that somebody lives in a unit; the city holds everybody."""
    return lambda kind: unit in ("city", kind["unit"])


def between(low, high):
    """Return the test that somebody's band of distance lies between two, both included."""
    return lambda kind: low <= kind["band"] <= high


def both(first, second):
    """Return the test that somebody passes two tests."""
    return lambda kind: first(kind) and second(kind)


def sizes_of(row):
    """Return the number of every group that follows from a row of a coverage, by the names of ``crossed``."""
    need, roster, reach = row["with_need"], row["on_roster"], row["within_reach"]
    both, near, everybody = row["on_roster_with_need"], row["within_reach_with_need"], row["enterprises"]
    sizes = {
        "  ": everybody, "need  ": need, "no need  ": everybody - need, " roster ": roster,
        " no roster ": everybody - roster, "  reach": reach, "  no reach": everybody - reach,
        "need roster ": both, "need no roster ": need - both, "no need roster ": roster - both,
        "no need no roster ": everybody - need - roster + both, "need  reach": near, "need  no reach": need - near,
        "no need  reach": reach - near, "no need  no reach": everybody - need - reach + near,
    }  # fmt: skip
    return {name: int(size) for name, size in sizes.items()}


def test_small_cells_are_gone_and_the_rest_of_a_unit_is_not_known(whole, folder):
    hexagons = gpd.read_parquet(folder / "hexagons.parquet")
    assert hexagons["enterprises"].min() >= 5
    small = set(whole.tables["hexagons"].query("enterprises < 5")["h3_cell"])
    assert small
    assert not small & set(hexagons["h3_cell"])
