"""What a region is: names, codes, reference systems and files, all of it data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ipps_geo.regions.zones import grids, meridian_of

INSIDE_SHARE = 0.9
"""Share of points that must lie in a region that states no other."""


@dataclass(frozen=True)
class FunctionalArea:
    """A service unit that lies over others and takes precedence over them, such as a development zone.

    ``precedence`` is that of its row of the boundaries. ``writings`` are the ways people write it; ``address`` is a
    pattern of what an address begins with there, empty where the writings are enough. ``lies_over`` names the units
    under it by code: a row that gives one of them contradicts nothing.
    """

    code: str
    precedence: int
    short_zh: str
    short_en: str
    writings: tuple[str, ...] = ()
    lies_over: tuple[str, ...] = ()
    address: str = ""

    def short(self, lang: str) -> str:
        """Return the name that maps write."""
        return self.short_zh if lang == "zh" else self.short_en


@dataclass(frozen=True)
class Region:
    """One region; see :func:`ipps_geo.regions.load_region`.

    ``metric_crs`` measures lengths, in metres; ``centre`` (longitude and latitude) is that of the equal-area
    projection, ``map_centre`` and ``zoom`` are where a map opens; ``bounds`` are west, south, east, north in degrees:
    what lies beyond is another place, or swapped. ``writings`` are the ways its name is written, ``province`` those of
    the province around it. ``policy`` names a version that ships with the package, or a file of the region's own
    (``.toml``). ``inside_share`` is the share of points that must lie in the region for a reference system to be taken
    for theirs, and ``margin_degrees`` how far over a generalised border a point still counts as inside. ``contents``
    holds the files of a region that does not come with the package, by name, so that it outlives its folder.
    """

    key: str
    name_zh: str
    name_en: str
    code_prefix: str
    metric_crs: str
    centre: tuple[float, float]
    bounds: tuple[float, float, float, float]
    policy: str
    folder: Path = field(compare=False)
    writings: tuple[str, ...] = ()
    province: tuple[str, ...] = ()
    zoom: float = 8.0
    files: tuple[tuple[str, str], ...] = ()
    functional_areas: tuple[FunctionalArea, ...] = ()
    former: tuple[tuple[str, str], ...] = ()
    aside: tuple[str, ...] = ()
    inside_share: float = INSIDE_SHARE
    margin_degrees: float = 0.03
    examples: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    map_centre: tuple[float, float] | None = None
    embedded: bool = False
    contents: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def __hash__(self) -> int:
        return hash((self.key, self.metric_crs, self.policy))

    @cached_property
    def equal_area_crs(self) -> str:
        """An equal-area projection about the centre, in metres; for areas alone."""
        lon, lat = self.centre
        return f"+proj=laea +lat_0={lat:g} +lon_0={lon:g} +ellps=GRS80 +units=m +no_defs +type=crs"

    @cached_property
    def grids(self) -> tuple[str, ...]:
        """The grids that coordinates in metres may be in, the likeliest first."""
        return grids(self.metric_crs, self.centre[0])

    @property
    def meridian(self) -> int | None:
        """The central meridian of the zone that lengths are measured in; None for a CRS that is no such zone."""
        return meridian_of(self.metric_crs)

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.name_zh if lang == "zh" else self.name_en

    def said(self, key: str) -> str:
        """Return a phrase of the region's own (``units_zh``), empty where it says none."""
        return dict(self.words).get(key, "")

    def file(self, kind: str) -> str | None:
        """Return the name of the file of a kind (boundaries, townships, places, shares ...), None where it has none."""
        return dict(self.files).get(kind)

    def read(self, name: str) -> bytes:
        """Return the content of one of its files by name."""
        held = dict(self.contents)
        return held[name] if name in held else (self.folder / name).read_bytes()

    def text(self, kind: str) -> str | None:
        """Return the text of the file of a kind, None where the region has none."""
        name = self.file(kind)
        return None if name is None else self.read(name).decode("utf-8-sig")

    @property
    def own_policy(self) -> str | None:
        """The text of its own policy file, None where it names a version that ships with the package."""
        return self.read(self.policy).decode("utf-8-sig") if self.policy.endswith(".toml") else None

    def area(self, code: str) -> FunctionalArea | None:
        """Return the functional area of a code, None where it is another unit."""
        return next((area for area in self.functional_areas if area.code == code), None)
