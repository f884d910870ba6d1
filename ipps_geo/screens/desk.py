"""The planning desk on a screen: a set of stations, its units, what moved and what it breaks, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import site_names_of
from ipps_geo.report.words.messages import error_message
from ipps_geo.report.words.naming import names_of

if TYPE_CHECKING:
    from ipps_geo.results.desk import DeskView
    from ipps_geo.results.trade_offs import TradeOffs
    from ipps_geo.workspace import Workspace


def station_rows(workspace: Workspace, view: DeskView, lang: str) -> pd.DataFrame:
    """Return a row per open station, those that cannot hold first."""
    words, names, table = catalogue(lang, workspace.region), names_of(workspace, lang), view.stations
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
    words, names, table = catalogue(lang, workspace.region), names_of(workspace, lang), view.units
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
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
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


def trade_off_rows(workspace: Workspace, found: TradeOffs, lang: str) -> pd.DataFrame:
    """Return a row per plan with what it is worth in every wish; the best of a column is marked."""
    words, names, table = catalogue(lang), names_of(workspace, lang), found.table
    unit = [
        f"{names.unit(row['worst_unit'])} {words.share(row['worst_on_roster'], row['worst_enterprises'])}"
        for row in table.to_dict("records")
    ]
    rows: dict[str, list[str]] = {
        "leaning_code": table["leaning"].tolist(),
        words.text("bend.leaning"): [words.label("Leaning", code) for code in table["leaning"]],
        words.column("n_sites"): [words.value(int(n)) for n in table["stations"]],
        words.column("newly_served"): _marked(table["newly_served"], words.value, most=True),
        words.text("bend.behind"): _marked(table["behind"], words.value),
        words.text("bend.worst_unit"): unit,
        words.text("bend.small_served"): _marked(table["small_served"], words.value, most=True),
        words.text("bend.mean_km"): _marked(table["mean_distance_m"] / 1000, lambda km: words.number(km, 2)),
        words.text("bend.cost"): _marked(table["annual_cost"], words.number),
        words.column("status"): [
            words.text(f"bend.{'proven' if proven else 'not_proven'}") for proven in table["proven"]
        ],
        words.text("bend.remark"): [words.text("bend.dominated") if each else "" for each in table["dominated"]],
    }
    if table["annual_cost"].isna().all():
        rows.pop(words.text("bend.cost"))
    return pd.DataFrame(rows)


def _marked(values: pd.Series, tell: Callable[[Any], str], *, most: bool = False) -> list[str]:
    """Return the values as text, the best ones with a sign."""
    best = values.max() if most else values.min()
    return [
        "—" if pd.isna(value) else f"{tell(value)} ★" if value == best and len(values) > 1 else tell(value)
        for value in values.tolist()
    ]


def left_out_lines(found: TradeOffs, lang: str) -> list[str]:
    """Return a sentence for each leaning that gave no plan."""
    words = catalogue(lang)
    return [
        f"{words.label('Leaning', leaning)}: {' '.join(error_message(error, lang).splitlines()[1:2]).strip()}"
        for leaning, error in found.left_out.items()
    ]
