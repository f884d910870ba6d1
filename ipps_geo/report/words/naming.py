"""Names for ids: units, institutions, carriers and applications as a reader knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipps_geo.regions import Region, load_region
from ipps_geo.report.words.catalogue import DASH, Catalogue, catalogue, is_missing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Names:
    """Looks up names in one language; an id that the workspace does not hold is shown as it is."""

    words: Catalogue
    units: Mapping[str, str]
    subjects: Mapping[str, str]
    region: Region = field(default_factory=load_region)

    def unit(self, code: object) -> str:
        """Return the name of a service unit; ``city`` and ``unknown`` are the totals' own words."""
        if is_missing(code) or code == "":
            return DASH
        if code == "city":
            return self.words.text("page.city")
        if code == "unknown":
            return self.words.text("page.unit_unknown")
        return self.units.get(str(code), str(code))

    def short(self, code: object) -> str:
        """Return the name of a service unit as maps write it: a functional area in short, no 'District'.

        A table that calls the area by a name of its own is followed.
        """
        area, name = self.region.area(str(code)), self.unit(code)
        if area is not None and name in area.writings:
            return area.short(self.words.lang)
        return name.removesuffix(" District")

    def subject(self, identifier: object) -> str:
        """Return the name of an institution, an application, a carrier or a unit."""
        if is_missing(identifier) or identifier == "":
            return DASH
        key = str(identifier)
        return self.subjects.get(key) or self.units.get(key) or (self.unit(key) if key in ("city", "unknown") else key)


def names_of(workspace: Any, lang: str) -> Names:
    """Return the names of everything in ``workspace`` that a finding or a plan may point at."""
    words = catalogue(lang, workspace.region)
    subjects: dict[str, str] = {}
    for table, key, zh, en in (
        (workspace.applications, "application_id", "name", None),
        (workspace.carriers, "carrier_id", "name_zh", "name_en"),
        (workspace.institutions, "institution_id", "name", None),
    ):
        subjects.update(_pairs(table, key, zh, en if lang == "en" else None))
    units = _pairs(workspace.service_units, "code", "name_zh", "name_en" if lang == "en" else None)
    return Names(words, units, subjects, workspace.region)


def _pairs(table: pd.DataFrame, key: str, zh: str, en: str | None) -> dict[str, str]:
    chosen = table[zh]
    if en is not None and en in table:
        chosen = table[en].where(table[en].notna() & (table[en] != ""), chosen)
    return {
        str(identifier): str(name)
        for identifier, name in zip(table[key], chosen, strict=True)
        if not is_missing(name) and name != ""
    }
