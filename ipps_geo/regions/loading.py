"""From a folder with ``region.toml`` to a region: every key is checked, and files are named, not read."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.gate.content import opened
from ipps_geo.regions.model import INSIDE_SHARE, FunctionalArea, Region
from ipps_geo.regions.zones import meridian_of, zone_crs
from ipps_geo.settings import data_root

REGION_FILE = "region.toml"
"""File of a region's folder that says what the region is."""

OF_LONGITUDE = "zone of the longitude"
"""What ``metric_crs`` may say instead of a code: the three-degree zone that holds the centre."""

LARGEST_BYTES = 64 << 20
"""What one file of a region may hold at most."""

LONGEST_PATTERN = 500
"""How long a pattern of addresses may be."""

FILES = ("boundaries", "townships", "places", "key_industries", "carriers", "institutions", "shares", "sources")
"""The files that a region may name under ``[files]``; boundaries it must."""

_NEEDED = ("key", "name_zh", "name_en", "code_prefix", "metric_crs", "centre", "bounds", "policy", "files")
_TOP = (
    *_NEEDED,
    "writings",
    "province",
    "map",
    "datum",
    "former",
    "functional_areas",
    "address_aside",
    "examples",
    "words",
)
_AREA = ("code", "precedence", "short_zh", "short_en", "writings", "lies_over", "address")
_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")


def load_region(folder: str | Path | None = None) -> Region:
    """Return the region that a folder describes; without one, that which comes with the package.

    >>> region = load_region()
    >>> region.embedded, load_region(region.key) is region
    (True, True)

    Raises
    ------
    BadInput
        There is no ``region.toml``, or a key of it is missing, unknown or not what it must be.
    CrsError
        Its longitude lies in no zone.
    """
    own = _embedded()
    if folder is None or str(folder) == own.key:
        return own
    root = Path(folder)
    root = root.parent if root.name == REGION_FILE else root
    if root.resolve() == own.folder.resolve():
        return own
    return _load(root)


@lru_cache(maxsize=1)
def _embedded() -> Region:
    return _load(data_root(), embedded=True)


def unpacked_region(texts: Mapping[str, str]) -> Region:
    """Return the region whose files are these texts by name: as :func:`packed_region` gave them to a record."""
    with tempfile.TemporaryDirectory(prefix="ipps-region-") as folder:
        for name, text in texts.items():
            target = Path(folder) / name
            if not target.resolve().is_relative_to(Path(folder).resolve()):
                raise BadInput("region.outside", where=REGION_FILE, name=name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        return _load(Path(folder))


def packed_region(region: Region) -> dict[str, str]:
    """Return the files of a region as texts by name, empty for the one that comes with the package."""
    return {name: content.decode("utf-8-sig") for name, content in region.contents}


def write_region(region: Region, folder: Path, kinds: Collection[str] = FILES) -> tuple[Path, ...]:
    """Write what describes ``region`` into ``folder``, which is made, and return the files: it travels with its data.

    ``kinds`` says which of its files go.
    """
    names = [REGION_FILE, *(name for kind, name in region.files if kind in kinds)]
    if region.own_policy is not None:
        names.append(region.policy)
    made = []
    for name in dict.fromkeys(names):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(region.read(name))
        made.append(target)
    return tuple(made)


def _load(root: Path, *, embedded: bool = False) -> Region:
    file = root / REGION_FILE
    if not file.is_file():
        raise BadInput("region.none_here", where=str(root), name=REGION_FILE)
    said = read_toml(file)
    where = str(file)
    _only(said, _TOP, where)
    missing = [key for key in _NEEDED if key not in said]
    if missing:
        raise BadInput("region.missing", where=where, names=", ".join(missing))
    key = _text(said, "key", where)
    if not _KEY.fullmatch(key):
        raise BadInput("region.no_key", where=where, found=key)
    lon, lat = _pair(said, "centre", where)
    west, south, east, north = _numbers(said, "bounds", 4, where)
    if not (west < lon < east and south < lat < north):
        raise BadInput("region.centre_outside", where=where)
    maps, datum = _table(said, "map", where), _table(said, "datum", where)
    _only(maps, ("centre", "zoom"), f"{where}: map")
    _only(datum, ("inside_share", "margin_degrees"), f"{where}: datum")
    policy = _policy(_text(said, "policy", where), root)
    files = _files(_table(said, "files", where), root, where)
    held = (
        [] if embedded else [REGION_FILE, *(name for _, name in files), *([policy] if policy.endswith(".toml") else [])]
    )
    return Region(
        key=key,
        name_zh=_text(said, "name_zh", where),
        name_en=_text(said, "name_en", where),
        code_prefix=_text(said, "code_prefix", where),
        metric_crs=_metric(_text(said, "metric_crs", where), lon, where),
        centre=(lon, lat),
        bounds=(west, south, east, north),
        policy=policy,
        folder=root,
        writings=_texts(said, "writings", where) or (_text(said, "name_zh", where),),
        province=_texts(said, "province", where),
        zoom=_number(maps.get("zoom", 8.0), f"{where}: map.zoom"),
        files=files,
        functional_areas=_areas(said.get("functional_areas", []), where),
        former=tuple(sorted((name, str(code)) for name, code in _table(said, "former", where).items())),
        aside=_patterns(_texts(said, "address_aside", where), where),
        inside_share=_number(datum.get("inside_share", INSIDE_SHARE), f"{where}: datum.inside_share"),
        margin_degrees=_number(datum.get("margin_degrees", 0.03), f"{where}: datum.margin_degrees"),
        examples=tuple(sorted((name, str(text)) for name, text in _table(said, "examples", where).items())),
        words=tuple(sorted((name, str(text)) for name, text in _table(said, "words", where).items())),
        map_centre=_pair(maps, "centre", where) if "centre" in maps else (lon, lat),
        embedded=embedded,
        contents=tuple((name, _content(root / name)) for name in dict.fromkeys(held)),
    )


def _metric(crs: str, lon: float, where: str) -> str:
    """Return the CRS that lengths are measured in; one that is no zone must be projected, in metres, undistorted."""
    if crs == OF_LONGITUDE:
        return zone_crs(lon)
    if meridian_of(crs) is not None:
        return crs
    import pyproj
    from pyproj.exceptions import CRSError

    from ipps_geo.crs import refuse_unmeasurable

    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise BadInput("region.no_metric_crs", where=where, found=crs) from error
    refuse_unmeasurable(known)
    if not known.is_projected or known.axis_info[0].unit_name != "metre":
        raise BadInput("region.no_metric_crs", where=where, found=crs)
    return crs


def _policy(named: str, root: Path) -> str:
    """Return the name of a version, or of a file of the region's, which must be there."""
    if named.endswith(".toml"):
        _inside(root, named)
    return named


def _content(file: Path) -> bytes:
    with opened(file, LARGEST_BYTES) as stream:
        content: bytes = stream.read()
    return content


def _files(said: Mapping[str, Any], root: Path, where: str) -> tuple[tuple[str, str], ...]:
    _only(said, FILES, f"{where}: files")
    if "boundaries" not in said:
        raise BadInput("region.missing", where=where, names="files.boundaries")
    for kind in said:
        _inside(root, _text(said, kind, f"{where}: files"))
    return tuple((kind, str(name)) for kind, name in said.items())


def _inside(root: Path, name: str) -> Path:
    """Return the file of the region's folder that it names; one elsewhere does not travel with it."""
    target = root / name
    if not target.resolve().is_relative_to(root.resolve()):
        raise BadInput("region.outside", where=str(root / REGION_FILE), name=name)
    if not target.is_file():
        raise BadInput("region.no_such_file", where=str(root / REGION_FILE), name=name)
    return target


def _areas(said: Any, where: str) -> tuple[FunctionalArea, ...]:
    here = f"{where}: functional_areas"
    if not isinstance(said, list) or not all(isinstance(entry, dict) for entry in said):
        raise BadInput("region.no_list", where=here)
    made = []
    for entry in said:
        _only(entry, _AREA, here)
        missing = [key for key in ("code", "precedence", "short_zh") if key not in entry]
        if missing:
            raise BadInput("region.missing", where=here, names=", ".join(missing))
        short = _text(entry, "short_zh", here)
        address = str(entry.get("address", ""))
        _patterns((address,), here)
        made.append(
            FunctionalArea(
                code=_text(entry, "code", here),
                precedence=int(_number(entry["precedence"], f"{here}: precedence")),
                short_zh=short,
                short_en=str(entry.get("short_en", short)),
                writings=_texts(entry, "writings", here),
                lies_over=_texts(entry, "lies_over", here),
                address=address,
            )
        )
    return tuple(made)


def _patterns(texts: tuple[str, ...], where: str) -> tuple[str, ...]:
    for text in texts:
        if len(text) > LONGEST_PATTERN:
            raise BadInput("region.no_pattern", where=where, found=text[:40])
        try:
            re.compile(text)
        except re.error as error:
            raise BadInput("region.no_pattern", where=where, found=text) from error
    return texts


def _only(said: Mapping[str, Any], known: Collection[str], where: str) -> None:
    odd = sorted(set(said) - set(known))
    if odd:
        raise BadInput("region.unknown_key", where=where, names=", ".join(odd), known=", ".join(known))


def _table(said: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    entry = said.get(key, {})
    if not isinstance(entry, dict):
        raise BadInput("region.no_table", where=where, name=key)
    return entry


def _text(said: Mapping[str, Any], key: str, where: str) -> str:
    entry = said[key]
    if not isinstance(entry, str) or not entry.strip():
        raise BadInput("region.no_text", where=where, name=key)
    return entry


def _texts(said: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    entry = said.get(key, [])
    if not isinstance(entry, list) or not all(isinstance(text, str) and text for text in entry):
        raise BadInput("region.no_list", where=f"{where}: {key}")
    return tuple(entry)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadInput("region.no_number", where=where)
    return float(value)


def _numbers(said: Mapping[str, Any], key: str, count: int, where: str) -> tuple[float, ...]:
    entry = said[key]
    if not isinstance(entry, list) or len(entry) != count:
        raise BadInput("region.no_numbers", where=f"{where}: {key}", n=count)
    return tuple(_number(value, f"{where}: {key}") for value in entry)


def _pair(said: Mapping[str, Any], key: str, where: str) -> tuple[float, float]:
    first, second = _numbers(said, key, 2, where)
    return first, second
