"""Every table that a workspace may hold."""

from __future__ import annotations

from types import MappingProxyType

from ipps_geo.columns.description import Table
from ipps_geo.columns.enterprises import ENTERPRISES, KEY_INDUSTRIES
from ipps_geo.columns.histories import CONDUCT, EVALUATIONS, STAFF
from ipps_geo.columns.institutions import APPLICATIONS, INSTITUTIONS, ROSTERS
from ipps_geo.columns.places import CARRIERS, SERVICE_UNITS

TABLES: MappingProxyType[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            SERVICE_UNITS,
            CARRIERS,
            ENTERPRISES,
            INSTITUTIONS,
            ROSTERS,
            APPLICATIONS,
            KEY_INDUSTRIES,
            EVALUATIONS,
            STAFF,
            CONDUCT,
        )
    }
)
"""Every table by name, in the order of loading; the last three are optional."""
