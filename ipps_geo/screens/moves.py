"""A repair of rosters as a screen shows it: the moves, the stations before and after, what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens.rows import choice_rows

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import RepairResult
    from ipps_geo.workspace import Workspace


def repair_line(result: RepairResult, lang: str) -> str:
    """Return how many moves repair the rosters, and whether fewer could."""
    proof = "answer.repair_proven" if result.status == "optimal" else "answer.repair_bound"
    return catalogue(lang).text(proof, n=result.n_moves, bound=result.bound)


def repair_tables(workspace: Workspace, result: RepairResult, lang: str) -> dict[str, pd.DataFrame]:
    """Return the tables of a repair in words, by their titles; a table without rows is left out."""
    words = catalogue(lang)
    moves = result.moves.rename(columns={"station_from": "from_station", "station_to": "to_station"})
    moves["cost"] = moves["cost"].round()
    told = {words.text("workbook.sheet_moves"): moves.drop(columns="entity_key")}
    told |= {
        words.label("MovesTable", name): table
        for name, table in (
            ("stations", result.stations.drop(columns="name")), ("unrepairable", result.unsaved),
            ("shared", result.shared), ("open", result.open.drop(columns="entity_key")),
        )
    }  # fmt: skip
    return {title: choice_rows(workspace, table, lang) for title, table in told.items() if len(table)}
