"""FileGDB and MapInfo, read by the one GDAL driver that each needs, from a private copy in the worker's folder."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipps_geo.intake.archives import open_archive, read_member
from ipps_geo.intake.geopackage import shapes_of_wkb
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import likely_table
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable, text_or_list
from ipps_geo.intake.request import PartRead

GDB_MEMBER = ".gdbtable"
MAPINFO_SUFFIXES = (".tab", ".mif")
_DRIVERS: Mapping[str, str] = {".gdb": "OpenFileGDB", ".tab": "MapInfo File", ".mif": "MapInfo File"}


def vector_names(names: list[str]) -> str | None:
    """Return which data source the members of an archive, or the files of a folder, are: .gdb, .tab, .mif or None."""
    lower = [name.casefold() for name in names]
    if any(name.endswith(GDB_MEMBER) for name in lower):
        return ".gdb"
    return next((suffix for suffix in MAPINFO_SUFFIXES if any(name.endswith(suffix) for name in lower)), None)


def read_vector(
    path: Path, table: str | None, layer: str | None, limits: Limits
) -> tuple[RawTable, tuple[PartRead, ...]]:
    """Return one layer of a FileGDB (a folder or a zip of it) or of a zipped MapInfo file, and what became of each."""
    with tempfile.TemporaryDirectory() as folder:
        source, suffix = _source(path, Path(folder), limits)
        return _read(source, _DRIVERS[suffix], path.stem, table, layer, limits)


def _source(path: Path, folder: Path, limits: Limits) -> tuple[Path, str]:
    """Return the data source to open and its ending; what is packed is unpacked under names of our own."""
    if path.is_dir():
        return path, ".gdb"
    if path.suffix.lower() in MAPINFO_SUFFIXES:
        return path, path.suffix.lower()
    with open_archive(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        suffix = vector_names(names) or ".gdb"
        if suffix == ".gdb":
            first = next(name for name in names if name.casefold().endswith(GDB_MEMBER))
            root = first.rpartition("/")[0]
            target = folder / "source.gdb"
            target.mkdir()
            for name in names:
                if name.rpartition("/")[0] == root:
                    (target / name.rpartition("/")[2]).write_bytes(read_member(archive, name, limits))
            return target, suffix
        stem = next(name for name in names if name.casefold().endswith(suffix))[: -len(suffix)]
        for name in names:
            if name.rpartition(".")[0] == stem:
                target = folder / f"source.{name.rpartition('.')[2].lower()}"
                target.write_bytes(read_member(archive, name, limits))
        return folder / f"source{suffix}", suffix


def _read(
    source: Path, driver: str, stem: str, table: str | None, layer: str | None, limits: Limits
) -> tuple[RawTable, tuple[PartRead, ...]]:
    import pyogrio
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(str(source))]
        if layer is not None and layer not in layers:
            found = damage("no_layer", layer=layer, others=tuple(layers))
            raise Refusal("lost_cells", sheet=layer, found=found)
        facts = {name: pyogrio.read_info(str(source), layer=name) for name in layers}
        name = layer or _best(facts, table)
        if facts[name]["driver"] != driver:
            raise Refusal("unsupported_format", feature="byte 0", found=str(facts[name]["driver"]))
        if int(facts[name]["features"]) > limits.max_rows:
            rows = int(facts[name]["features"])
            raise Refusal(
                "too_many_rows", sheet=name, feature=str(limits.max_rows + 1), found=rows, limit=limits.max_rows
            )
        meta, _, shapes, columns = pyogrio.raw.read(str(source), layer=name, force_2d=True, datetime_as_string=True)
    except (
        DataLayerError,
        DataSourceError,
        FeatureError,
        FieldError,
        GeometryError,
        ValueError,
        RuntimeError,
    ) as error:
        raise Refusal("corrupt", feature="byte 0", found=damage("unreadable")) from error
    count = len(shapes) if shapes is not None else len(columns[0]) if columns else 0
    if not count:
        raise Refusal("no_rows", sheet=name, feature="byte 0")
    headers = [str(field) for field in meta["fields"]]
    faults: list[tuple[str, int, dict[str, Any]]] = []
    title = stem if name == "source" else name
    raw = RawTable(
        headers=headers,
        columns=[text_or_list([_cell(cell) for cell in column.tolist()]) for column in columns],
        numbers=np.arange(1, count + 1, dtype=np.int64),
        table=table or likely_table((*headers, "geometry"), (title, stem)),
        sheet=title,
        by_feature=True,
        geometry=None if shapes is None else shapes_of_wkb(np.asarray(shapes, dtype=object), faults),
        crs=meta["crs"],
        crs_stated=meta["crs"] is not None,
        crs_place={"sheet": title},
        row_faults=faults,
    )
    parts = tuple(
        PartRead(
            stem if each == "source" else each, int(facts[each]["features"]), "" if each == name else "other_layer"
        )
        for each in layers
    )
    return raw, parts


def _best(facts: Mapping[str, Mapping[str, Any]], table: str | None) -> str:
    """Return the layer named like the table, else the first whose fields are those of a table, else the first."""
    if table in facts:
        return str(table)
    fitting = [name for name, fact in facts.items() if likely_table((*map(str, fact["fields"]), "geometry"), (name,))]
    return (fitting or list(facts))[0]


def _cell(cell: Any) -> Any:
    if cell is None or (isinstance(cell, float) and np.isnan(cell)) or cell is pd.NaT:
        return None
    return cell.item() if isinstance(cell, np.generic) else cell
