"""The sheets of a workbook and the layers of a file, by name, so that a reader can choose another one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ipps_geo.intake.archives import open_archive, read_member
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.sniff import Format, detect


def sheets_at(path: Path) -> tuple[str, ...]:
    """Return the sheets or layers of a file of whatever format; see :func:`sheet_names`."""
    try:
        return sheet_names(path, detect(path, Limits())[0])
    except Refusal:
        return ()


def sheet_names(path: Path, format_: Format, limits: Limits | None = None) -> tuple[str, ...]:
    """Return the sheets of a workbook, or the layers of a GeoPackage or of a zipped shapefile, in their order.

    Other formats hold one table and have none; nor has a file that cannot be opened: reading it says why.
    """
    try:
        if format_ is Format.XLSX:
            return _sheets(path, limits or Limits())
        if format_ is Format.GPKG:
            from ipps_geo.intake.geopackage import list_layers

            return list_layers(path)
        if format_ is Format.SHAPEFILE:
            with open_archive(path) as archive:
                return tuple(sorted(Path(name).stem for name in archive.namelist() if name.lower().endswith(".shp")))
    except (Refusal, sqlite3.Error):
        return ()
    return ()


def _sheets(path: Path, limits: Limits) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook, from the one small part that lists them."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    with open_archive(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return ()
        content = read_member(archive, "xl/workbook.xml", limits)
    try:
        nodes = fromstring(content).iter()
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        return ()
    return tuple(node.attrib["name"] for node in nodes if node.tag.endswith("}sheet") and "name" in node.attrib)
