"""Zipped shapefiles: shapes by GDAL's one driver from a private folder, attributes from the .dbf read here.

The .dbf carries no reliable encoding: without a .cpg file the bytes decide, as for text files.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.intake.archives import check_members, member, open_archive, read_member
from ipps_geo.intake.encodings import decode
from ipps_geo.intake.geopackage import shapes_of_wkb
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import header_names, likely_table
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable, text_or_list

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = (".shp", ".shx", ".dbf")
_NAME_BYTES = 10
_SHX_HEAD = 100
_MAGIC = (9994).to_bytes(4, "big")
_DELETED = ord("*")


def read_shapefile(path: Path, table: str | None, layer: str | None, limits: Limits) -> RawTable:
    """Return the features of the one shapefile in an archive, or of the one named by ``layer``."""
    with open_archive(path) as archive:
        check_members(archive, limits)
        stem, names, parts = _choose(archive, layer, limits)
    headers, columns, deleted, encoding = read_dbf(parts[".dbf"], parts.get(".cpg"), names[".dbf"])
    faults: list[tuple[str, int, dict[str, Any]]] = []
    shapes = _shapes(parts, names, faults)
    if len(shapes) != len(deleted):
        first = min(len(shapes), len(deleted)) + 1
        found = damage("shapes_and_rows", shapes=len(shapes), rows=len(deleted))
        raise Refusal("corrupt", sheet=stem, feature=str(first), found=found)
    if not len(shapes):
        raise Refusal("no_rows", sheet=stem, feature=member(names[".dbf"]))
    if len(shapes) > limits.max_rows:
        first = limits.max_rows + 1
        raise Refusal("too_many_rows", sheet=stem, feature=str(first), found=len(shapes), limit=limits.max_rows)
    headers, cut = _whole_names(headers, encoding, table)
    kept = ~deleted
    prj = parts.get(".prj")
    return RawTable(
        headers=headers,
        columns=[text_or_list([cell for cell, stays in zip(column, kept, strict=True) if stays]) for column in columns],
        numbers=np.flatnonzero(kept).astype(np.int64) + 1,
        table=table or likely_table((*headers, "geometry"), (stem, path.stem)),
        sheet=stem,
        encoding=encoding,
        by_feature=True,
        geometry=shapes[kept],
        crs=_text(prj, names[".prj"]) if prj else None,
        crs_stated=prj is not None,
        crs_place={"sheet": stem, "feature": member(names.get(".prj", names[".shp"]))},
        row_faults=[(code, int(kept[:row].sum()), told) for code, row, told in faults if kept[row]],
        remarks=[("column_cut", {"column": name, "name": header}) for name, header in cut],
    )


def _text(content: bytes, name: str) -> str:
    """Return a small text in an archive."""
    try:
        return decode(content)[0]
    except Refusal as refusal:
        raise Refusal(refusal.kind, feature=member(name), **refusal.values) from refusal


def _whole_names(headers: list[str], codec: str, table: str | None) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the headers with those that dBase cut after ten bytes made whole, and which ones were.

    Only where one name alone begins like this: 统一社会信 can be nothing but 统一社会信用代码.
    """
    candidates = header_names(table)
    whole, cut = [], []
    for header in headers:
        encoded = header.encode(codec, "replace")
        fitting = {
            name
            for name in candidates
            if len(encoded) >= _NAME_BYTES - 1 and _cut(name, codec) == header and name != header
        }
        if header not in candidates and len({candidates[name] for name in fitting}) == 1:
            cut.append((min(fitting), header))
            header = min(fitting)
        whole.append(header)
    return whole, cut


def _cut(name: str, codec: str) -> str:
    return name.encode(codec, "replace")[:_NAME_BYTES].decode(codec, "ignore")


def _choose(
    archive: zipfile.ZipFile, layer: str | None, limits: Limits
) -> tuple[str, dict[str, str], dict[str, bytes]]:
    """Return (name, members by suffix, contents by suffix) of the layer to read."""
    layers: dict[str, dict[str, str]] = {}
    for name in archive.namelist():
        suffix = Path(name).suffix.lower()
        if suffix in _PARTS and not Path(name).name.startswith("."):
            layers.setdefault(name[: -len(suffix)], {})[suffix] = name
    layers = {stem: parts for stem, parts in layers.items() if ".shp" in parts}
    if layer is not None and layer not in {Path(stem).name for stem in layers}:
        raise Refusal("lost_cells", sheet=layer, found=damage("no_layer", layer=layer, others=_listed(layers)))
    if layer is not None:
        layers = {stem: parts for stem, parts in layers.items() if Path(stem).name == layer}
    if len(layers) != 1:
        if not layers:
            raise Refusal("archive_content", feature=member(archive.namelist()[0]))
        second = layers[sorted(layers)[1]][".shp"]
        raise Refusal("several_layers", feature=member(second), found=_listed(layers))
    ((stem, names),) = layers.items()
    missing = [suffix for suffix in _NEEDED if suffix not in names]
    if missing:
        gone = f"{Path(stem).name}{missing[0]}"
        raise Refusal("corrupt", feature=member(gone), found=damage("missing", name=gone))
    return Path(stem).name, names, {suffix: read_member(archive, name, limits) for suffix, name in names.items()}


def _listed(layers: Iterable[str]) -> str:
    return ", ".join(sorted(Path(stem).name for stem in layers))


def read_dbf(data: bytes, cpg: bytes | None, name: str) -> tuple[list[str], list[list[Any]], NDArray[np.bool_], str]:
    """Return (headers, columns of text or numbers, which records are deleted, encoding) of a dBase table.

    Text comes without the blanks that fill its field. Numbers stay text as written, so that no digit is lost.
    """
    try:
        count = int.from_bytes(data[4:8], "little")
        start, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
        fields = []
        place, offset = 32, 1
        while data[place] != 0x0D:
            raw = data[place : place + 32]
            fields.append((raw[:11].split(b"\x00")[0], chr(raw[11]), offset, raw[16]))
            offset += raw[16]
            place += 32
        body = np.frombuffer(data, dtype=np.uint8, count=count * width, offset=start).reshape(count, width)
    except (IndexError, ValueError) as error:
        raise Refusal("corrupt", feature=member(name), found=damage("cut_off", name=".dbf")) from error
    if offset > width:
        raise Refusal("corrupt", feature=member(name), found=damage("contradicts"))
    deleted = body[:, 0] == _DELETED
    stored = [np.ascontiguousarray(body[:, at : at + size]).view(f"S{size}").ravel() for _, _, at, size in fields]
    codec, label = _codec(cpg, b"\n".join(b"\n".join(column.tolist()) for column in stored), name)
    try:
        headers = [raw.decode(codec, "ignore").strip() for raw, *_ in fields]
        columns = [
            [_cell(cell.decode(codec).strip(" \x00"), kind) for cell in column.tolist()]
            for column, (_, kind, _, _) in zip(stored, fields, strict=True)
        ]
    except UnicodeDecodeError as error:
        raise Refusal("encoding_unknown", feature=member(name), offset=error.start, value=label) from error
    return headers, columns, deleted, label


def _codec(cpg: bytes | None, content: bytes, name: str) -> tuple[str, str]:
    stated = (cpg or b"").decode("ascii", "replace").strip().casefold().replace("_", "-")
    for names, codec in (
        (("utf-8", "utf8", "65001"), "utf-8"),
        (("gbk", "gb2312", "cp936", "936", "gb18030"), "gb18030"),
    ):
        if stated in names:
            try:
                content.decode(codec)
            except UnicodeDecodeError:
                break  # the .cpg is wrong: the bytes decide
            return codec, codec
    try:
        label = decode(content.replace(b"\x00", b" "))[1]
    except Refusal as refusal:  # the row that it names is one of the text put together here
        raise Refusal(refusal.kind, feature=member(name), **refusal.values) from refusal
    return label, label


def _cell(text: str, kind: str) -> Any:
    if kind == "L":
        return {"T": "true", "t": "true", "Y": "true", "y": "true", "F": "false", "N": "false", "f": "false"}.get(
            text, ""
        )
    return "" if kind in "NF" and set(text) <= {"*"} else text


def _shapes(
    parts: dict[str, bytes], names: dict[str, str], faults: list[tuple[str, int, dict[str, Any]]]
) -> NDArray[Any]:
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    for suffix in (".shp", ".shx"):
        # The header gives the length in words of two bytes; GDAL reads missing records as missing shapes.
        if len(parts[suffix]) < 100 or int.from_bytes(parts[suffix][24:28], "big") * 2 > len(parts[suffix]):
            raise Refusal("corrupt", feature=member(names[suffix]), found=damage("cut_off", name=suffix))
        # GDAL goes by content too: nothing but a shapefile comes before it.
        if parts[suffix][:4] != _MAGIC:
            raise Refusal("corrupt", feature=member(names[suffix]), found=damage("no_shapefile"))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".shp", ".shx"):
            (Path(folder) / f"layer{suffix}").write_bytes(parts[suffix])
        try:
            # Without attributes GDAL sees shapes only, deleted rows and all.
            _, _, bodies, _ = pyogrio.raw.read(str(Path(folder) / "layer.shp"), columns=[], encoding="ISO-8859-1")
        except (DataLayerError, DataSourceError, FeatureError, GeometryError, ValueError, RuntimeError) as error:
            raise Refusal("corrupt", feature=member(names[".shp"]), found=damage("unreadable")) from error
    _name_lost(parts, bodies, faults)
    return shapes_of_wkb(np.asarray(bodies, dtype=object), faults)


def _name_lost(parts: dict[str, bytes], bodies: Any, faults: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Name the records that hold a shape and came back without one: of another kind than the layer, or broken."""
    index = np.frombuffer(parts[".shx"][_SHX_HEAD : _SHX_HEAD + 8 * len(bodies)], dtype=">i4")
    starts = index[::2].astype(np.int64) * 2 + 8  # in words of two bytes; the kind stands after number and length
    for place, start in enumerate(starts.tolist()):
        if bodies[place] is not None:
            continue
        kind = int.from_bytes(parts[".shp"][max(start, 0) : max(start, 0) + 4], "little")
        if kind:
            faults.append(("bad_geometry", place, {"found": damage("shape_kind", kind=kind)}))
