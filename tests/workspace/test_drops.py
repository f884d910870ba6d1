"""The drop test: whatever is taken away from a workspace, no verdict gets better in silence.

Drawn with a seed: a row is damaged so that a load must leave it out, or cut from its file without a trace; a column, a
file or a sheet goes. Then no finding may turn better than it was, unless it is UNDETERMINED or the report of the load
names what is missing; and no enterprise that a damaged row of a roster holds is free for a plan.

``IPPS_GEO_DROPS=2000 pytest tests/workspace/test_drops.py`` draws more than the suite does.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from ipps_geo.columns import TABLES
from ipps_geo.compliance import audit
from ipps_geo.errors import BadInput
from ipps_geo.policy import load_policy
from ipps_geo.workspace import generate_demo, load_workspace, plant_flaws, save_workspace
from ipps_geo.workspace.demand import demand_table

DRAWS = int(os.environ.get("IPPS_GEO_DROPS", "12"))
PER_CHUNK = 4
POLICY = load_policy("beijing-draft")
BETTER = {"FAIL": 0, "UNDETERMINED": 1, "PASS": 2}
FLAWS = ("R7-2a,R7-2c,R7-2d,R7-6,R4-1",)
"""Failures that are planted: a network of a few thousand enterprises has no room for all."""

FLAT = ("rosters", "staff", "evaluations", "key_industries", "institutions", "applications", "carriers", "enterprises")


def flat(workspace, folder):
    """Save ``workspace`` as CSV alone, so that any row and column can be taken away by its text."""
    save_workspace(workspace, folder)
    listed = (folder / "workspace.toml").read_text(encoding="utf-8")
    for name in ("institutions", "applications", "carriers", "enterprises"):
        frame = workspace.tables[name]
        table = frame.drop(columns="geometry").assign(lon=frame.geometry.x, lat=frame.geometry.y)
        for old in folder.glob(f"{name}.*"):
            listed = listed.replace(old.name, f"{name}.csv")
            old.unlink()
        table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    (folder / "workspace.toml").write_text(listed, encoding="utf-8")
    (folder / "sources.toml").unlink()


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A small network with failures of many kinds, with its verdicts; half of its rosters in a workbook by station."""
    made = generate_demo(6_000, seed=3)
    for flaws in FLAWS:
        made, _ = plant_flaws(made, flaws)
    folder = tmp_path_factory.mktemp("drops") / "base"
    flat(made, folder)
    workspace = load_workspace(folder, sandbox=False)
    save_manifest(workspace, folder)
    workspace = load_workspace(folder, sandbox=False)
    assert workspace.loaded.complete
    return folder, verdicts(workspace), free_keys(workspace)


def save_manifest(workspace, folder):
    """Count the rows and columns of the files, as a saved workspace does."""
    from ipps_geo.workspace.model import Source
    from ipps_geo.workspace.sources import manifest_text, sha256_of

    entries = []
    for part in workspace.loaded.parts:
        path = folder / part.file
        header = path.read_text(encoding="utf-8").splitlines()[0] if path.suffix == ".csv" else ""
        columns = header.replace(",", ";")
        entries.append(Source(part.file, sha256=sha256_of(path), rows=str(part.rows), columns=columns))
    (folder / "sources.toml").write_text(manifest_text(tuple(entries)), encoding="utf-8")


def free_keys(workspace):
    table = demand_table(workspace, POLICY, workspace.data_date)
    return set(table.loc[table["free"], "entity_key"])


def verdicts(workspace):
    return {(f.rule, f.subject): str(f.verdict) for f in audit(workspace, POLICY)}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def damage(folder, draw):
    """Spoil one cell of one row so that the row cannot be used; return what was done and the enterprise it held."""
    spoilt = {
        "rosters": ("uscc", "holder_id", "explicit_need", "need_date", "name"),
        "staff": ("mode", "qualified", "institution_id", "person_id"),
        "evaluations": ("year", "result", "institution_id"),
        "institutions": ("kind", "established_on", "undertaking_uscc", "institution_id"),
        "applications": ("kind", "applied_on", "application_id"),
        "enterprises": ("uscc", "explicit_need", "enterprise_id"),
        "key_industries": ("valid_from", "industry"),
    }
    table = draw.choice([name for name in spoilt for _ in range(6 if name == "rosters" else 1)])
    path = folder / f"{table}.csv"
    header, *rows = rows_of(path)
    row, column = draw.randrange(len(rows)), draw.choice(spoilt[table])
    held = dict(zip(header, rows[row], strict=True))
    cell = rows[row][header.index(column)]
    kind = TABLES[table].columns[column].kind
    bad = {"date": "2026-13-45", "choice": "maybe or not", "integer": "many"}.get(kind, "")
    rows[row][header.index(column)] = cell[:-2] if column.endswith("uscc") and cell else bad
    write(path, [header, *rows])
    return f"damaged {table} row {row + 2} {column}", held if table == "rosters" else None


def cut_row(folder, draw):
    path = folder / f"{draw.choice(FLAT)}.csv"
    header, *rows = rows_of(path)
    row = draw.randrange(len(rows))
    write(path, [header, *rows[:row], *rows[row + 1 :]])
    return f"cut {path.name} row {row + 2}", None


def cut_column(folder, draw):
    path = folder / f"{draw.choice(FLAT)}.csv"
    rows = rows_of(path)
    column = draw.randrange(len(rows[0]))
    name = rows[0][column]
    write(path, [[*row[:column], *row[column + 1 :]] for row in rows])
    return f"cut {path.name} column {name}", None


def remove_file(folder, draw):
    name = draw.choice([name for name in FLAT if TABLES[name].optional] + ["evaluations", "staff"])
    listed = folder / "workspace.toml"
    lines = listed.read_text(encoding="utf-8").splitlines(keepends=True)
    listed.write_text("".join(line for line in lines if not line.startswith(f"{name} =")), encoding="utf-8")
    (folder / f"{name}.csv").unlink()
    return f"removed {name}.csv", None


def spoil_sheet(folder, draw):
    """Put the rosters into a workbook, a sheet for each station, one of which has headers that nobody understands."""
    header, *rows = rows_of(folder / "rosters.csv")
    holders = sorted({row[header.index("holder_id")] for row in rows})
    chosen = draw.choice(holders)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for holder in holders:
        sheet = book.create_sheet(holder)
        sheet.append([f"第{n}项" for n in range(len(header))] if holder == chosen else header)
        for row in rows:
            if row[header.index("holder_id")] == holder:
                sheet.append(row)
    (folder / "rosters.csv").unlink()
    book.save(folder / "rosters.xlsx")
    listed = folder / "workspace.toml"
    listed.write_text(listed.read_text(encoding="utf-8").replace("rosters.csv", "rosters.xlsx"), encoding="utf-8")
    return f"spoilt sheet {chosen}", None


WAYS = (damage, damage, damage, damage, cut_row, cut_row, cut_column, cut_column, remove_file, spoil_sheet)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(-(-DRAWS // PER_CHUNK)))
def test_nothing_that_goes_missing_makes_a_verdict_better_in_silence(base, tmp_path, chunk):
    folder, before, free = base
    told = Counter()
    for number in range(chunk * PER_CHUNK, min((chunk + 1) * PER_CHUNK, DRAWS)):
        draw = random.Random(number)
        copy = Path(shutil.copytree(folder, tmp_path / str(number)))
        way = draw.choice(WAYS)
        what, held = way(copy, draw)
        what = f"draw {number}: {what}"
        try:
            workspace = load_workspace(copy, accept_partial=True, sandbox=False)
        except BadInput:
            told["refused"] += 1
            continue
        after = verdicts(workspace)
        better = {key for key, verdict in after.items() if BETTER[verdict] > BETTER[before.get(key, "PASS")]}
        if way is damage:
            assert {key for key in better if after[key] == "PASS"} == set(), what
            assert not workspace.loaded.complete or after == before, what
        elif better:
            assert not workspace.loaded.complete, (what, better)
        if held is not None:
            assert free_keys(workspace) <= free, what
        told["better, and named" if better else "none better"] += 1
        shutil.rmtree(copy)
    assert sum(told.values()) > 0
