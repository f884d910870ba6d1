"""Files for other programs: GeoJSON, GeoParquet, CSV and JSON, with units in the column names and no clock inside."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.errors import BadInput
from ipps_geo.files import write_bytes, write_text, written_beside
from ipps_geo.media import csv_cell
from ipps_geo.results import plain

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import Provenance


def write_layer(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame, with or without geometry, as .csv, .geojson, .parquet by the suffix, and return the path.

    CSV carries positions as ``lon_deg`` and ``lat_deg`` (EPSG:4490), begins with a byte order mark for Excel, and sets
    an apostrophe before text that a spreadsheet would take for a formula. GeoJSON is in longitude and latitude of
    CGCS2000, which differs from WGS 84 by centimetres.

    Raises
    ------
    BadInput
        Another suffix, or a frame without geometry as GeoJSON.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".csv":
        return write_bytes(target, csv_bytes(frame))
    if suffix in (".parquet", ".geoparquet"):
        with written_beside(target) as draft:
            store_ready(frame).to_parquet(draft, index=False)
        return target
    if suffix in (".geojson", ".json") and "geometry" in frame:
        return write_text(target, geojson_text(frame))
    raise BadInput("report.table_format", where=str(target), suffix=suffix or "a file without suffix")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV in UTF-8 with a byte order mark, lines ended by CR LF."""
    import pandas as pd

    shown = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    for name in shown.columns:
        if pd.api.types.is_string_dtype(shown[name]) or shown[name].dtype == object:
            shown[name] = [csv_cell(value) if isinstance(value, str) else value for value in shown[name]]
    if "geometry" in frame:
        points = frame["geometry"]
        known = [shape is not None and shape.geom_type == "Point" and not shape.is_empty for shape in points]
        if any(known) or not len(frame):
            shown["lon_deg"] = [round(p.x, 6) if ok else None for p, ok in zip(points, known, strict=True)]
            shown["lat_deg"] = [round(p.y, 6) if ok else None for p, ok in zip(points, known, strict=True)]
        else:
            shown["wkt"] = [shape.wkt if shape is not None else None for shape in points]
    buffer = io.StringIO()
    shown.to_csv(buffer, index=False, lineterminator="\r\n", date_format="%Y-%m-%d")
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


def geojson_text(frame: Any, digits: int = 6) -> str:
    """Return a frame as GeoJSON (RFC 7946), coordinates rounded to ``digits`` decimals (6: about 10 cm)."""
    import shapely

    columns = [column for column in frame.columns if column != "geometry"]
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 10**-digits, mode="pointwise") if len(frame) else []
    features = [
        {
            "type": "Feature",
            "properties": {name: plain(value) for name, value in zip(columns, row, strict=True)},
            "geometry": json.loads(shapely.to_geojson(shape)) if shape is not None and not shape.is_empty else None,
        }
        for row, shape in zip(frame[columns].itertuples(index=False, name=None), shapes, strict=True)
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, allow_nan=False) for feature in features)
    return '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


def store_ready(frame: Any) -> Any:
    """Return a copy that GDAL and Arrow take as it is: lists and other objects as text, names as text, no odd index."""
    import pandas as pd

    ready = frame.copy().reset_index(drop=True)
    ready.columns = [str(name) for name in ready.columns]
    for name in ready.columns:
        if name == "geometry" or ready[name].dtype != object:
            continue
        values = [None if value is None or value != value else value for value in ready[name]]
        ready[name] = pd.Series(
            [
                value if value is None or isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
                for value in values
            ],
            dtype="str",
        )
    return ready


def flat_provenance(provenance: Provenance) -> pd.DataFrame:
    """Return the provenance as a table with the columns item and value."""
    import pandas as pd

    rows: list[tuple[str, str]] = [
        ("workspace", provenance.workspace),
        ("content_hash", provenance.content_hash),
        ("data_date", str(plain(provenance.data_date) or "")),
        ("policy_version", provenance.policy_version),
        ("policy_hash", provenance.policy_hash),
        ("software_version", provenance.software_version),
        ("synthetic", str(provenance.synthetic).lower()),
        ("crs", "EPSG:4490"),
    ]
    if provenance.edition is not None:
        rows += [(f"edition.{name}", _text(value)) for name, value in plain(provenance.edition).items()]
    rows += [(f"policy_change.{place}", _text(change)) for place, change in enumerate(provenance.policy_changes, 1)]
    rows += [(f"parameter.{name}", _text(value)) for name, value in provenance.parameters.items()]
    rows += [(f"loaded.{name}", _text(value)) for name, value in provenance.loaded.items()]
    rows += [(f"source.{place}", _text(source)) for place, source in enumerate(provenance.sources, start=1)]
    return pd.DataFrame(rows, columns=["item", "value"]).astype("str")


def _text(value: Any) -> str:
    made = plain(value)
    return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False, sort_keys=isinstance(value, Mapping))
