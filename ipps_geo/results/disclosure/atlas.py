"""The public edition of what an atlas shows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ipps_geo.results.disclosure.coverage import public_coverage, public_provenance
from ipps_geo.results.disclosure.plan import public_plan
from ipps_geo.results.edition import PUBLIC_MINIMUM, PublicEdition

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.results.atlas import AtlasResults
    from ipps_geo.results.coverage import CoverageResult

COMPARED = ("enterprises", "on_roster", "within_reach")
"""Counts that an atlas compares with those of the edition before."""


def public_atlas(results: AtlasResults, service_units: gpd.GeoDataFrame, map_review_number: str = "") -> AtlasResults:
    """Return the public edition of the results of an atlas: no finding, and no change by 1 to 4."""
    covered = public_coverage(results.coverage, service_units, map_review_number)
    edition = covered.provenance.edition or PublicEdition(map_review_number)
    edition = dataclasses.replace(edition, left_out=(*edition.left_out, "findings", "plan_details"))
    covered = dataclasses.replace(covered, provenance=dataclasses.replace(covered.provenance, edition=edition))
    before = None
    if results.previous is not None:
        before = _comparable(results.previous, results.coverage, covered)
        before = dataclasses.replace(before, provenance=public_provenance(before.provenance, edition))
    audit = dataclasses.replace(
        results.audit, findings=(), provenance=public_provenance(results.audit.provenance, edition)
    )
    return dataclasses.replace(
        results,
        audit=audit,
        coverage=covered,
        plan=public_plan(results.plan, service_units, map_review_number),
        previous=before,
    )


def _comparable(previous: CoverageResult, now: CoverageResult, public: CoverageResult) -> CoverageResult:
    """Return the edition before as far as it may stand beside this one.

    A column of counts is shown where the public edition shows every count of it, the one before has no small count or
    complement in it either, and nothing changed by 1 to 4; else the whole column is hidden.
    """
    old, new, shown = (table.by_unit.set_index("unit") for table in (previous, now, public))
    units = [unit for unit in old.index if unit in new.index]
    rows = old.loc[units, [*COMPARED, "stations"]].copy()
    hidden = []
    for name in COMPARED:
        was = rows[name].astype("int64")
        changed = (new.loc[units, name] - was).abs()
        rest = rows["enterprises"].astype("int64") - was
        if shown[name].isna().any() or any(_small(column).any() for column in (was, changed, rest)):
            hidden.append(name)
    for name in hidden:
        rows[name] = rows[name].astype("Int64").mask([True] * len(rows))
    rows["not_shown"] = ";".join(hidden)
    return dataclasses.replace(
        previous, by_unit=rows.reset_index(), measures={}, tables={}, areas={}, nearest=None, pairs=None
    )


def _small(column: pd.Series) -> pd.Series:
    return column.between(1, PUBLIC_MINIMUM - 1)
