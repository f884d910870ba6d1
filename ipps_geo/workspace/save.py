"""A workspace as files: a folder of CSV, GeoJSON and GeoParquet tables, or one GeoPackage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.mapping import MAPPING_FILE, mappings_text
from ipps_geo.media import csv_cell
from ipps_geo.settings import MANIFEST, WORKSPACE_FILE
from ipps_geo.workspace.geojson import write_geojson
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.planted import planted_text
from ipps_geo.workspace.sources import manifest_text, sha256_of

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.workspace.model import Workspace

PLANTED_FILE = "planted.toml"

MANY_PLACES, MANY_ROWS = 5_000, 200_000
"""Tables with a place, and others, that have more rows are written as (Geo)Parquet: far smaller and quicker to read."""


def save_workspace(workspace: Workspace, folder: str | Path) -> tuple[Path, ...]:
    """Write ``workspace`` into ``folder`` so that it can be loaded again, and return the files.

    Tables without a place become CSV, tables with one GeoJSON, large ones (Geo)Parquet; ``workspace.toml`` names them,
    ``sources.toml`` says where they come from, ``columns.toml`` keeps the mappings of headers. A path that ends in
    ``.gpkg`` becomes one GeoPackage of the tables instead. Empty optional tables are not written. Every file is written
    beside and then renamed, so that none is ever half there.
    """
    target = Path(folder)
    if target.suffix.lower() == ".gpkg":
        return (_save_geopackage(workspace, target),)
    if target.exists() and not target.is_dir():
        raise BadInput("this is a file", where=str(target), advice="name a folder")
    target.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    sources = []
    for name, frame in workspace.tables.items():
        if not len(frame) and TABLES[name].optional:
            continue
        file = f"{name}{_suffix(name, len(frame))}"
        write_table(frame, target / file)
        files[name] = file
        sources.append(_source(workspace, name, file, target / file))
    day = f"data_date = {workspace.data_date.isoformat()}\n" if workspace.data_date else ""
    planted = f'planted = "{PLANTED_FILE}"\n' if workspace.planted else ""
    if planted:
        _write_text(target / PLANTED_FILE, planted_text(workspace.planted))
    named = "".join(f'{name} = "{file}"\n' for name, file in files.items())
    _write_text(target / WORKSPACE_FILE, f"name = {_quoted(workspace.name)}\n{day}{planted}\n[tables]\n{named}")
    _write_text(target / MANIFEST, manifest_text(tuple(sources)))
    if workspace.mappings:
        _write_text(target / MAPPING_FILE, mappings_text(workspace.mappings))
    extra = (*((PLANTED_FILE,) if workspace.planted else ()), *((MAPPING_FILE,) if workspace.mappings else ()))
    return tuple(target / file for file in (*files.values(), *extra, WORKSPACE_FILE, MANIFEST))


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table in the format of the suffix of ``path``: .csv, .geojson or .parquet."""
    beside = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        if path.suffix == ".parquet":
            frame.to_parquet(beside, compression="zstd", index=False)
        elif path.suffix == ".geojson":
            write_geojson(frame.loc[:, _told(frame)], beside, path.stem)
        else:
            _with_lonlat(frame).to_csv(beside, index=False, date_format="%Y-%m-%d", lineterminator="\n")
        _publish(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _suffix(name: str, rows: int) -> str:
    if TABLES[name].geometry is None:
        return ".parquet" if rows > MANY_ROWS else ".csv"
    return ".parquet" if rows > MANY_PLACES else ".geojson"


def _told(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the columns that say something: those with a value anywhere, and the geometry."""
    return [name for name in frame.columns if name == "geometry" or not len(frame) or frame[name].notna().any()]


def _with_lonlat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as CSV has it: places as lon and lat, answers as true and false."""
    flat = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    if "geometry" in frame:
        flat = flat.assign(lon=frame.geometry.x, lat=frame.geometry.y)
    flags = flat.select_dtypes("bool").columns
    texts = [name for name in flat.columns if pd.api.types.is_string_dtype(flat[name])]
    return flat.assign(
        **{name: flat[name].map({True: "true", False: "false"}) for name in flags},
        **{name: flat[name].map(csv_cell, na_action="ignore") for name in texts},
    )


def _save_geopackage(workspace: Workspace, path: Path) -> Path:
    import pyogrio

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.part.gpkg")
    beside.unlink(missing_ok=True)
    try:
        for name, frame in workspace.tables.items():
            if not len(frame) and TABLES[name].optional:
                continue
            if TABLES[name].geometry is None:
                pyogrio.write_dataframe(frame, beside, layer=name, driver="GPKG")
            else:
                kind = "Point" if TABLES[name].geometry == "point" else "MultiPolygon"
                pyogrio.write_dataframe(
                    frame, beside, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=kind != "Point"
                )
        _publish(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _source(workspace: Workspace, name: str, file: str, path: Path) -> Source:
    frame = workspace.tables[name]
    classes = sorted(set(frame["data_class"])) if "data_class" in frame and len(frame) else []
    # A table that was sent in keeps what is known of it: how its coordinates were read is said nowhere else.
    sent = next((source for source in reversed(workspace.sources) if source.table == name), Source(file))
    return Source(
        file=file,
        publisher=sent.publisher,
        licence=sent.licence,
        date=workspace.data_date.isoformat() if workspace.data_date else "",
        crs="EPSG:4490" if TABLES[name].geometry else "",
        sha256=sha256_of(path),
        data_class=classes[0] if len(classes) == 1 else "",
        how=sent.how or f"written from the workspace {workspace.name}",
        table=sent.table,
        rows=str(len(frame)),
        columns=";".join(_told(frame) if path.suffix == ".geojson" else [str(column) for column in frame.columns]),
    )


def _publish(beside: Path, path: Path) -> None:
    """Make a finished file durable and give it its name at once."""
    with beside.open("rb+") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)


def _write_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    _publish(beside, path)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
