"""A workspace: the validated tables of one network, one CRS, where they come from, and what was wrong with them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.intake.problems import no_problems
from ipps_geo.intake.units import Units, as_units, units_of
from ipps_geo.regions import Region, load_region
from ipps_geo.workspace.loaded import LoadReport, left_out_text
from ipps_geo.workspace.planted import PlantedFlaw

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.intake.mapping import SavedMappings


@dataclasses.dataclass(frozen=True)
class Source:
    """Where one file comes from, for every page that is made from it.

    ``file`` is the path inside the workspace, ``data_class`` one of observed, derived, synthetic (see
    :class:`ipps_geo.vocabulary.DataClass`), ``how`` says how the file was made, ``table`` which table it gave if it was
    sent in; unknown facts are empty. Of a file that a workspace wrote, ``rows`` counts its rows and ``columns`` names
    its columns, so that a load can say what has gone missing since. ``datum`` is what its coordinates were taken for,
    ``datum_basis`` on what grounds (:class:`ipps_geo.intake.datum.DatumVerdict`), ``accuracy_m`` how far off they may
    be after their conversion, "unknown" where nobody knows; all three are empty where nothing was converted.
    ``datum_doubt`` is another reference system that the points fit better.
    """

    file: str
    publisher: str = ""
    licence: str = ""
    date: str = ""
    crs: str = ""
    sha256: str = ""
    data_class: str = ""
    how: str = ""
    table: str = ""
    rows: str = ""
    columns: str = ""
    datum: str = ""
    datum_basis: str = ""
    accuracy_m: str = ""
    datum_doubt: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Workspace:
    """The tables of :data:`ipps_geo.columns.TABLES`, each with every column in its kind; absent tables are empty.

    Tables with a place are GeoDataFrames in EPSG:4490 (an unknown place is a missing geometry). ``problems`` lists what
    was found wrong while loading, empty for a workspace made in memory. ``data_date`` is the day the data describe;
    ``planted`` lists the failures that a demonstration shows on purpose. ``mappings`` says how headers of files are
    read: column by header, by table. ``loaded`` says what was read and what was left out; empty for one made in memory.
    ``scope`` names the service units whose subjects may be judged, None for all: of a workspace that shows its reader a
    part of the network only, what is partly visible is not judged. ``region`` says where it lies: what lengths are
    measured in, whose policy holds, how its units are called.
    """

    name: str
    service_units: gpd.GeoDataFrame
    carriers: gpd.GeoDataFrame
    enterprises: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame
    rosters: pd.DataFrame
    applications: gpd.GeoDataFrame
    key_industries: pd.DataFrame
    evaluations: pd.DataFrame
    staff: pd.DataFrame
    conduct: pd.DataFrame
    sources: tuple[Source, ...] = ()
    problems: pd.DataFrame = dataclasses.field(default_factory=no_problems)
    data_date: dt.date | None = None
    planted: tuple[PlantedFlaw, ...] = ()
    mappings: SavedMappings = dataclasses.field(default_factory=dict)
    loaded: LoadReport = dataclasses.field(default_factory=LoadReport)
    scope: frozenset[str] | None = None
    region: Region = dataclasses.field(default_factory=load_region)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by name, in the order of :data:`ipps_geo.columns.TABLES`."""
        return MappingProxyType({name: getattr(self, name) for name in TABLES})

    @cached_property
    def units(self) -> Units:
        """The service units that codes, names and points of a file are held against."""
        return units_of(self.region) if self.region.embedded else as_units(self.service_units, self.region)

    @cached_property
    def content_hash(self) -> str:
        """sha256 (hex) of the content of all tables, whatever the order of their rows and the files they came in.

        What a load left out counts too, for results differ by it.
        """
        digest = hashlib.sha256()
        for name, frame in self.tables.items():
            digest.update(f"{name}:{len(frame)};".encode())
            digest.update(_row_hashes(frame).tobytes())
        left_out = self.loaded.kept()
        if not left_out.complete:
            digest.update(left_out_text(left_out).encode())
        if not self.region.embedded:
            digest.update(f"region:{self.region.key},{self.region.metric_crs};".encode())
        return digest.hexdigest()

    @cached_property
    def identity(self) -> str:
        """sha256 (hex) of everything that a page made from this workspace may show.

        Two workspaces of equal tables may differ in their name, their sources, or in what a load left out: whatever is
        kept of one is not the answer to the other.
        """
        told: tuple[object, ...] = (
            *(self.content_hash, self.name, self.data_date, self.sources, self.planted, self.mappings),
            *(() if self.scope is None else (sorted(self.scope),)),
            *(() if self.region.embedded else (self.region,)),
        )
        stated = json.dumps([repr(told), self.loaded.plain()], ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(stated.encode()).hexdigest()

    @cached_property
    def is_demonstration(self) -> bool:
        """Whether any row is synthetic, so that everything made from this workspace must say so."""
        return any(
            bool((frame["data_class"] == "synthetic").any()) for frame in self.tables.values() if "data_class" in frame
        )

    def replace(self, **changes: Any) -> Workspace:
        """Return a copy with the named tables or facts replaced."""
        changed = dataclasses.replace(self, **changes)
        if not changes.keys() & {*TABLES, "loaded", "region"}:
            # What was computed of the tables still holds of them.
            known = ("content_hash", "is_demonstration")
            changed.__dict__.update({name: self.__dict__[name] for name in known if name in self.__dict__})
        return changed


def content_hash_of(frame: pd.DataFrame) -> str:
    """Return sha256 (hex) of the content of one table, whatever the order of its rows."""
    return hashlib.sha256(_row_hashes(frame).tobytes()).hexdigest()


def _row_hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """Return one 128-bit hash per row as (n, 2), sorted, so that the order of rows does not matter.

    Two keys give 128 bits: with 64 a million rows would already have a chance of one in forty million to collide.
    """
    columns = list(frame.columns)
    parts = []
    for key in ("ipps_geo-hash-1.", "ipps_geo-hash-2."):
        total = np.zeros(len(frame), dtype=np.uint64)
        for column in columns:
            values = frame[column]
            if column == "geometry":
                from shapely import to_wkb

                # Missing places are None in the array of WKB, which hashes as missing.
                values = pd.Series(to_wkb(np.asarray(values.array), byte_order=1), index=values.index, dtype=object)
            hashed = pd.util.hash_pandas_object(values, index=False, hash_key=key).to_numpy(np.uint64)
            total = total * np.uint64(1_000_003) ^ hashed
        parts.append(total)
    rows = np.column_stack(parts)
    return rows[np.lexsort((rows[:, 1], rows[:, 0]))]
