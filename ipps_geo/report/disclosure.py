"""What a file of a public edition shows of tables and institutions, and its mark on them.

The counts were hidden before, on the result itself: ``results.disclosure``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.results.edition import PUBLIC_MINIMUM

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.results import Provenance

INSTITUTION_COLUMNS = (
    "institution_id", "kind", "name", "unit", "host_type", "position_precision_m", "data_class", "geometry",
)  # fmt: skip
"""What a public edition says of an institution: where it is and what it is; no undertaking unit, staff or dates."""


def least_shown(public: bool) -> int:
    """Return the smallest count that a map of an edition draws; 0 where all are drawn."""
    return PUBLIC_MINIMUM if public else 0


def marked(frame: pd.DataFrame, words: Catalogue, provenance: Provenance) -> pd.DataFrame:
    """Return a table whose rows carry the mark of a public edition; the table itself where it is internal."""
    if provenance.edition is None:
        return frame
    number = provenance.edition.map_review_number
    told = frame.assign(edition=words.text("page.public_edition"), map_review_number=number)
    if "geometry" in told:  # shapes stay the last column
        told = told[[name for name in told if name != "geometry"] + ["geometry"]]
    return told


def public_institutions(institutions: gpd.GeoDataFrame, provenance: Provenance) -> gpd.GeoDataFrame:
    """Return institutions with the columns that an edition shows: all, or what and where they are."""
    if provenance.edition is None:
        return institutions
    return institutions[[name for name in INSTITUTION_COLUMNS if name in institutions]]
