"""Scenarios beside each other: their indicators, and the sites that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.ledger.scenarios import scenario_sites
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.edition import share_text
from ipps_geo.report.words.naming import names_of

if TYPE_CHECKING:
    from ipps_geo.ledger.scenarios import Scenario
    from ipps_geo.workspace import Workspace


def indicator_rows(scenarios: Sequence[Scenario], lang: str) -> pd.DataFrame:
    """Return one row per indicator and one column per scenario."""
    words = catalogue(lang)
    columns: dict[str, list[str]] = {words.text("app.indicator"): []}
    for place, scenario in enumerate(scenarios):
        told = _indicators(scenario.document, lang)
        columns[words.text("app.indicator")] = list(told)
        columns[f"{'ABC'[place]} · {scenario.name}"] = list(told.values())
    return pd.DataFrame(columns)


def _indicators(document: Mapping[str, Any], lang: str) -> dict[str, str]:
    words = catalogue(lang)
    before, after = document["coverage_before"], document["coverage_after"]
    sites = document["open_sites"]
    parameters = document["provenance"]["parameters"]
    metres = parameters["limit_unit"] == "m"
    limit = parameters["limit"] / 1000 if metres else parameters["limit"]
    unit = words.label("unit_of_measure", "km" if metres else parameters["limit_unit"])
    return {
        words.column("status"): words.label("Status", document["status"]),
        words.column("gap"): words.share(document["gap"], 1.0, 2),
        words.column("n_sites"): words.value(len(sites)),
        words.text("app.reach_short"): f"{words.label('Method', parameters['method'])} {words.value(limit)} {unit}",
        words.column("newly_served"): words.value(sum(int(site["newly_served"]) for site in sites)),
        words.column("with_need"): words.value(sum(int(site["with_need"]) for site in sites)),
        words.column("on_roster_share_before"): words.share(before["on_roster"], before["enterprises"]),
        words.column("on_roster_share_after"): words.share(after["on_roster"], after["enterprises"]),
        words.column("within_reach_share_after"): share_text(words, after, "within_reach"),
        words.text("app.units_reached"): words.value(len({site["unit"] for site in sites})),
        words.text("app.content_hash"): str(document["provenance"]["content_hash"])[:12],
    }


def site_difference(workspace: Workspace, scenarios: Sequence[Scenario], lang: str) -> pd.DataFrame:
    """Return the sites that some of the scenarios open and others do not; a tick where one opens it."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    opened = [{site["id"]: site for site in scenario_sites(scenario)} for scenario in scenarios]
    everywhere = set.intersection(*(set(sites) for sites in opened)) if opened else set()
    rows = []
    for site_id in sorted(set().union(*opened) - everywhere):
        known = next(sites[site_id] for sites in opened if site_id in sites)
        row = {
            "site_id": site_id,
            words.column("name_zh"): names.subject(site_id) if site_id in names.subjects else str(known["name"]),
            words.column("unit"): names.unit(known["unit"]),
        }
        row |= {
            f"{'ABC'[place]} · {scenario.name}": "✓" if site_id in sites else "—"
            for place, (scenario, sites) in enumerate(zip(scenarios, opened, strict=True))
        }
        rows.append(row)
    return pd.DataFrame(rows)
