"""One edition of the atlas: everything its pages draw from, and the blocks that several pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.coverage.hexagons import CITY_RESOLUTION, cells_of
from ipps_geo.crs import metric_xy
from ipps_geo.report.disclosure import least_shown
from ipps_geo.report.maps import atlas_maps as maps
from ipps_geo.report.maps.ground import Ground, dense_window, ground_of
from ipps_geo.report.pages import typeset
from ipps_geo.report.words.catalogue import DASH, Catalogue, catalogue
from ipps_geo.report.words.cells import header_of, industry_names, worded
from ipps_geo.report.words.edition import count_text, is_withheld, share_text
from ipps_geo.report.words.figures import city_row, further_lines, rounded_cost
from ipps_geo.report.words.naming import Names
from ipps_geo.results import day_of_result
from ipps_geo.workspace.activity import active_institutions
from ipps_geo.workspace.demand import demand_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult
    from ipps_geo.workspace import Workspace


@dataclass(eq=False)
class Edition:
    """Everything that the pages of one atlas draw from; pictures collect under the names that the pages use."""

    workspace: Workspace
    policy: Policy
    lang: str
    audit: AuditResult
    coverage: CoverageResult
    plan: PlanResult | None = None
    previous: CoverageResult | None = None
    base: Mapping[str, NDArray[Any]] | None = None
    resolution: int = CITY_RESOLUTION
    pictures: dict[str, Callable[[], bytes]] = field(default_factory=dict)

    @cached_property
    def words(self) -> Catalogue:
        """The catalogue of the edition's language."""
        return catalogue(self.lang, self.workspace.region)

    @cached_property
    def ground(self) -> Ground:
        """The common ground of the maps."""
        return ground_of(self.workspace, self.audit.on, self.lang, self.base)

    @cached_property
    def names(self) -> Names:
        """Names of units, in the short forms of maps, and of institutions."""
        full = self.ground.names
        return replace(full, units={code: full.short(code) for code in full.units})

    @property
    def metric_crs(self) -> str:
        """What the metres of the maps are in."""
        return self.workspace.region.metric_crs

    @property
    def public(self) -> bool:
        """Whether this is the public edition."""
        return self.coverage.provenance.edition is not None

    @property
    def suppress_below(self) -> int:
        """Smallest count that is shown."""
        return least_shown(self.public)

    @cached_property
    def institutions(self) -> gpd.GeoDataFrame:
        """Active institutions, those with a known place first in ``placed``."""
        return active_institutions(self.workspace.institutions, self.audit.on)

    @cached_property
    def placed(self) -> gpd.GeoDataFrame:
        """Active institutions with a known place."""
        active = self.institutions
        return active.loc[~(active.geometry.isna() | active.geometry.is_empty)]

    @cached_property
    def population(self) -> gpd.GeoDataFrame:
        """Key-industry enterprises by legal entity, with a known place."""
        demand = demand_table(self.workspace, self.policy, self.audit.on)
        counted = (demand["is_enterprise"] == "yes") & (demand["key_industry"] == "yes")
        return demand.loc[counted & ~(demand.geometry.isna() | demand.geometry.is_empty)].reset_index(drop=True)

    @cached_property
    def population_xy(self) -> NDArray[np.float64]:
        """Places of the population in metres, shape (n, 2); in a public edition those in the cells that it shows."""
        if not self.public:
            return metric_xy(self.population, self.metric_crs)
        cells = self.coverage.tables.get("hexagons")
        if cells is None:
            return np.zeros((0, 2))
        xy = metric_xy(self.population, self.metric_crs)
        return xy[np.isin(cells_of(xy, self.metric_crs), cells["h3_cell"].to_numpy(dtype=str))]

    @cached_property
    def nearest(self) -> NDArray[np.float64]:
        """What each enterprise needs to its nearest workstation, shape (n,), in the unit of the coverage's limit.

        Inf where no workstation is reached, nan where the coverage does not say.
        """
        if self.coverage.nearest is None:
            return np.full(len(self.population), np.nan)
        told: NDArray[np.float64] = self.coverage.nearest.reindex(self.population["entity_key"]).to_numpy(np.float64)
        return told / 1000 if self.coverage.limit_unit == "km" else told

    def show(self, name: str, draw: Callable[[], bytes], width: int = 100) -> typeset.Block:
        """Keep a picture, drawn when the book is set, and return the block that shows it."""
        self.pictures[f"{name}.pdf"] = draw
        return typeset.picture(f"{name}.pdf", width)

    def number(self, row: Mapping[Any, Any], name: str) -> str:
        """Return a count of a table's row, or that a public edition does not show it."""
        return count_text(self.words, row, name)

    def share(self, row: Mapping[Any, Any], name: str) -> str:
        """Return a count as a share of the enterprises of its row, or that a public edition does not show it."""
        return share_text(self.words, row, name)

    def cost(self, row: Mapping[Any, Any], name: str) -> str:
        """Return a distance or a time of a row, or that a public edition does not show it."""
        return self.words.text("page.withheld") if is_withheld(row, name) else rounded_cost(self.words, row[name])

    def not_public(self, code: str) -> typeset.Block:
        """Return the box that says what this public edition leaves out."""
        words = self.words
        return typeset.absent(words.text("page.public_absent", what=words.label("LeftOut", code)))

    def absent(self, what: str) -> typeset.Block:
        """Return the box that says what this edition lacks."""
        return typeset.absent(self.words.text("page.absent", what=what))


def coverage_rows(edition: Edition) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the coverage by unit, the city last."""
    rows = edition.coverage.by_unit.to_dict("records")
    yield from (row for row in rows if row["unit"] != "city")
    yield city_row(edition.coverage)


def frame_block(
    edition: Edition,
    frame: pd.DataFrame,
    *,
    caption: str = "",
    most: int = 40,
    size: float = 7.2,
    widths: Sequence[float] | None = None,
) -> list[typeset.Block]:
    """Return a table of any shape: headers, codes and ids in words, numbers to the right; rows cut off are counted."""
    import pandas as pd

    words = edition.words
    shown = worded(
        frame.head(most).drop(columns="not_shown", errors="ignore"),
        edition.names,
        industry_names(edition.workspace, edition.lang),
    )
    numeric = {name: pd.api.types.is_numeric_dtype(shown[name]) for name in shown.columns}
    hidden = frame.head(most)["not_shown"] if "not_shown" in frame else [""] * len(shown)
    columns = [
        [
            words.text("page.withheld") if is_withheld({"not_shown": told}, name) else _figure(edition, name, value)
            for value, told in zip(shown[name], hidden, strict=True)
        ]
        for name in shown.columns
    ]
    blocks: list[typeset.Block] = [
        typeset.table(
            [header_of(words, name) for name in shown.columns],
            list(zip(*columns, strict=True)),
            ["right" if numeric[name] else "left" for name in shown.columns],
            widths,
            caption=caption,
            size=size,
        )
    ]
    if len(frame) > most:
        blocks.append(typeset.note(words.text("atlas.further_rows", n=len(frame) - most)))
    return blocks


def _figure(edition: Edition, name: str, value: Any) -> str:
    words = edition.words
    if isinstance(value, str):
        return value or DASH
    if (name.endswith("share") or name == "gap") and isinstance(value, float):
        return words.share(value, 1.0)
    if name in ("lon", "lat") and isinstance(value, float):
        return f"{value:.3f}"
    if name.endswith(("_m", "_min")) and isinstance(value, float):
        return rounded_cost(words, value)
    if isinstance(value, float) and 0 < abs(value) < 0.1:
        return f"{value:.3g}"
    return words.value(value)


def travel_note(edition: Edition) -> str:
    """Return by which way of travelling the access of this edition is measured, and on which network."""
    words, told = edition.words, edition.coverage.provenance.parameters
    method = words.label("Method", edition.coverage.method)
    network = told.get("network_source")
    date = told.get("network_as_of") or DASH
    told_of = words.text("atlas.travel", method=method)
    if network:
        told_of = words.text("atlas.travel_network", method=method, network=network, date=date)
    further = further_lines(words, edition.coverage)
    if "supply_kinds" in told:
        kinds = words.text("page.list_joiner").join(
            words.label("InstitutionKind", kind) for kind in told["supply_kinds"]
        )
        further.append(words.text("atlas.supply", kinds=kinds))
    return words.text("atlas.note_joiner").join([told_of, *further])


def unplaced_note(edition: Edition, kinds: Sequence[str] | None = None) -> list[typeset.Block]:
    """Return how many institutions (of ``kinds``) no map can show, where there are any."""
    every, placed = edition.institutions["kind"], edition.placed["kind"]
    if kinds is not None:
        every, placed = every[every.isin(kinds)], placed[placed.isin(kinds)]
    left = len(every) - len(placed)
    return [typeset.note(edition.words.text("map.unplaced", n=left))] if left else []


def day_text(edition: Edition) -> str:
    """Return the day of the earlier edition."""
    return edition.words.value(day_of_result(edition.previous.provenance)) if edition.previous is not None else DASH


def detail_of(e: Edition, name: str, draw: Callable[..., bytes], *layers: Any, width: int = 100) -> list[typeset.Block]:
    """Return the part of a map where most stations lie, larger, where there are stations."""
    stations = e.placed.loc[e.placed["kind"] == "workstation"]
    window = (
        dense_window(metric_xy(stations, e.metric_crs), maps.DETAIL_SIZE[0] / maps.DETAIL_SIZE[1])
        if len(stations)
        else None
    )
    if window is None:
        return []
    return [e.show(name, partial(draw, *layers, extent=window), width), typeset.note(e.words.text("map.detail"))]
