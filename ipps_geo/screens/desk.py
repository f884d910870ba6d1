"""The planning desk on a screen: a set of stations, its units, what moved and what it breaks, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import site_names_of
from ipps_geo.report.words.naming import names_of

if TYPE_CHECKING:
    from ipps_geo.results.desk import DeskView
    from ipps_geo.workspace import Workspace


def station_rows(workspace: Workspace, view: DeskView, lang: str) -> pd.DataFrame:
    """Return a row per open station, those that cannot hold first."""
    words, names, table = catalogue(lang), names_of(workspace, lang), view.stations
    rows = pd.DataFrame(
        {
            "site_id": table["site_id"].to_numpy(),
            words.column("name_zh"): site_names_of(table, words),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            words.text("bend.verdict"): [words.label("StationVerdict", code) for code in table["verdict"]],
            words.column("newly_served"): table["taken_in"].astype(int).to_numpy(),
            words.text("bend.members"): table["members"].astype(int).to_numpy(),
            words.column("with_need"): table["with_need"].astype(int).to_numpy(),
            words.text("bend.margin_roster"): table["margin_roster"].astype(int).to_numpy(),
            words.text("bend.margin_need"): table["margin_need"].astype(int).to_numpy(),
        }
    )
    order = (table["verdict"] == "holds").to_numpy()
    return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def unit_rows(workspace: Workspace, view: DeskView, lang: str) -> pd.DataFrame:
    """Return roster coverage by unit, today and with the set: the least covered first."""
    words, names, table = catalogue(lang), names_of(workspace, lang), view.units
    after = table["on_roster"] + table["newly_served"]
    rows = pd.DataFrame(
        {
            "unit_code": table["unit"].to_numpy(),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            words.column("enterprises"): table["enterprises"].to_numpy(),
            words.column("newly_served"): table["newly_served"].to_numpy(),
            words.column("on_roster_share_before"): _shares(words, table["on_roster"], table["enterprises"]),
            words.column("on_roster_share_after"): _shares(words, after, table["enterprises"]),
        }
    )
    return rows.iloc[(after / table["enterprises"]).argsort(kind="stable")].reset_index(drop=True)


def _shares(words: Any, parts: pd.Series, wholes: pd.Series) -> list[str]:
    return [words.share(part, whole) for part, whole in zip(parts, wholes, strict=True)]


def moved_rows(workspace: Workspace, moved: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return who changed hands by the last change, most first."""
    words, names = catalogue(lang), names_of(workspace, lang)
    nobody = words.text("bend.nobody")
    told = moved.sort_values("members", ascending=False, kind="stable")

    def name(site: Any) -> str:
        return nobody if pd.isna(site) else names.subject(site)

    return pd.DataFrame(
        {
            words.text("bend.from_site"): [name(site) for site in told["from_site"]],
            words.text("bend.to_site"): [name(site) for site in told["to_site"]],
            words.column("enterprises"): told["members"].to_numpy(),
        }
    )


def broken_lines(view: DeskView, lang: str) -> list[str]:
    """Return a sentence for each limit of the planner's that the set does not keep."""
    words = catalogue(lang)
    return [words.text(f"bend.{each.code}", measured=each.measured, required=each.required) for each in view.broken]
