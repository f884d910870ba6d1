"""A workspace as files: a folder of CSV, GeoJSON and GeoParquet tables, or one GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.files import check_new, write_text, written_beside, written_set
from ipps_geo.intake.mapping import MAPPING_FILE, mappings_text
from ipps_geo.media import csv_cell
from ipps_geo.regions import write_region
from ipps_geo.settings import MANIFEST, WORKSPACE_FILE
from ipps_geo.workspace.geojson import write_geojson
from ipps_geo.workspace.loaded import LEFT_OUT_FILE, left_out_text
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.planted import planted_text
from ipps_geo.workspace.sources import manifest_text, sha256_of

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.workspace.model import Workspace

PLANTED_FILE = "planted.toml"
REGION_FOLDER = "region"
"""Folder of a saved workspace that holds its region, where that is not the embedded one."""

MANY_PLACES, MANY_ROWS = 5_000, 200_000
"""Tables with a place, and others, that have more rows are written as (Geo)Parquet: far smaller and quicker to read."""


def save_workspace(workspace: Workspace, folder: str | Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write ``workspace`` into ``folder`` so that it can be loaded again, and return the files.

    Tables without a place become CSV, tables with one GeoJSON, large ones (Geo)Parquet; ``workspace.toml`` names them,
    ``sources.toml`` says where they come from, ``columns.toml`` keeps the mappings of headers, ``left_out.json`` what
    the load of this workspace left out, which no later load can know; a region that does not come with the package goes
    into the folder ``region``. A path that ends in ``.gpkg`` becomes one
    GeoPackage of the tables instead. Empty optional tables are not written. The files appear as one: a reader finds
    the workspace before or the one after, never a mixture.

    Raises
    ------
    BadInput
        The folder holds other files than those of a saved workspace as it was written, and ``force`` does not ask to
        replace them; it cannot be written; or a GeoPackage shall hold a workspace of which something was left out,
        or of another region than the embedded one.
    """
    target = Path(folder)
    if target.suffix.lower() == ".gpkg":
        if not workspace.loaded.kept().complete:
            raise BadInput("workspace.partial", where=str(target))
        if not workspace.region.embedded:
            raise BadInput("workspace.region_in_geopackage", where=str(target), name=workspace.region.name_zh)
        check_new(target, force=force)
        return (_save_geopackage(workspace, target),)
    with written_set(target, "workspace", force=force) as draft:
        names = _write_tables(workspace, draft)
    return tuple(target / name for name in names)


def _write_tables(workspace: Workspace, folder: Path) -> tuple[str, ...]:
    files: dict[str, str] = {}
    sources = []
    for name, frame in workspace.tables.items():
        if not len(frame) and TABLES[name].optional:
            continue
        file = f"{name}{_suffix(name, len(frame))}"
        write_table(frame, folder / file)
        files[name] = file
        sources.append(_source(workspace, name, file, folder / file))
    day = f"data_date = {workspace.data_date.isoformat()}\n" if workspace.data_date else ""
    region = ""
    about: tuple[Path, ...] = ()
    if not workspace.region.embedded:
        region = f'region = "{REGION_FOLDER}"\n'
        about = write_region(workspace.region, folder / REGION_FOLDER)
    planted = f'planted = "{PLANTED_FILE}"\n' if workspace.planted else ""
    if planted:
        write_text(folder / PLANTED_FILE, planted_text(workspace.planted))
    named = "".join(f'{name} = "{file}"\n' for name, file in files.items())
    write_text(folder / WORKSPACE_FILE, f"name = {_quoted(workspace.name)}\n{day}{planted}{region}\n[tables]\n{named}")
    write_text(folder / MANIFEST, manifest_text(tuple(sources)))
    if workspace.mappings:
        write_text(folder / MAPPING_FILE, mappings_text(workspace.mappings))
    partial = workspace.loaded.kept()
    if not partial.complete:
        write_text(folder / LEFT_OUT_FILE, left_out_text(partial))
    extra = (
        *((PLANTED_FILE,) if workspace.planted else ()),
        *((MAPPING_FILE,) if workspace.mappings else ()),
        *((LEFT_OUT_FILE,) if not partial.complete else ()),
        *(file.relative_to(folder).as_posix() for file in about),
    )
    return (*files.values(), *extra, WORKSPACE_FILE, MANIFEST)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table in the format of the suffix of ``path``: .csv, .geojson or .parquet."""
    with written_beside(path) as draft:
        if path.suffix == ".parquet":
            frame.to_parquet(draft, compression="zstd", index=False)
        elif path.suffix == ".geojson":
            write_geojson(frame.loc[:, _told(frame)], draft, path.stem)
        else:
            _with_lonlat(frame).to_csv(draft, index=False, date_format="%Y-%m-%d", lineterminator="\n")


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

    with written_beside(path) as draft:
        draft.unlink()  # GDAL makes the database anew
        for name, frame in workspace.tables.items():
            if not len(frame) and TABLES[name].optional:
                continue
            if TABLES[name].geometry is None:
                pyogrio.write_dataframe(frame, draft, layer=name, driver="GPKG")
            else:
                kind = "Point" if TABLES[name].geometry == "point" else "MultiPolygon"
                pyogrio.write_dataframe(
                    frame, draft, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=kind != "Point"
                )
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


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
