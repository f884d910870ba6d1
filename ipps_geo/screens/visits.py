"""What has changed since somebody looked last: open findings, rosters, coverage."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.report.words.wording import rule_title
from ipps_geo.screens.rows import verdict_word
from ipps_geo.workspace.activity import active_rosters, roster_keys

if TYPE_CHECKING:
    from ipps_geo.results import AuditResult, CoverageResult
    from ipps_geo.workspace import Workspace

FIGURES = ("stations", "enterprises", "on_roster", "within_reach")
"""What is compared of the coverage of each unit."""

KEY_LENGTH = 10
"""Characters kept of the keyed hash of an enterprise: enough to tell 100,000 apart. Credit codes are public and can all
be tried: without the key, which lies in a file of its own, a hash names nobody."""


def visit_state(workspace: Workspace, audit: AuditResult, coverage: CoverageResult, key: bytes) -> dict[str, Any]:
    """Return what a visitor sees, small and JSON-safe, to be compared with the next visit.

    Keys: ``on`` and ``limit`` (under what it was seen), ``findings`` (verdict by rule and subject, where it is not a
    pass), ``rosters`` (by holder, a code for each enterprise that nobody without ``key`` can turn back), ``coverage``
    (figures by unit).
    """
    listed = active_rosters(workspace.rosters, workspace.institutions, audit.on)
    keys = roster_keys(listed, workspace.enterprises)
    rosters: dict[str, list[str]] = {}
    for holder, entity in sorted(set(zip(listed["holder_id"].astype(str), keys.astype(str), strict=True))):
        coded = hmac.new(key, entity.encode(), hashlib.sha256).hexdigest()[:KEY_LENGTH]
        rosters.setdefault(holder, []).append(coded)
    return {
        "on": audit.on.isoformat(),
        "limit": f"{coverage.limit:g} {coverage.limit_unit}",
        "findings": {
            f"{finding.rule} {finding.subject}": str(finding.verdict)
            for finding in audit.findings
            if finding.verdict != "PASS"
        },
        "rosters": rosters,
        "coverage": {
            str(row["unit"]): {name: int(row[name]) for name in FIGURES} for row in coverage.by_unit.to_dict("records")
        },
    }


def visit_place(workspace: Workspace, policy_version: str, *, own: bool) -> str:
    """Return under which name visits of a workspace are kept: what is sent in has places of its own.

    Two sets of files are two places, also where they bear one name, and so are two policy versions.
    """
    files = sorted(f"{source.table} {source.file}" for source in workspace.sources)
    told = json.dumps([workspace.name, policy_version, files if own else []], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def visit_changes(
    before: Mapping[str, Any], now: Mapping[str, Any], workspace: Workspace, lang: str
) -> dict[str, pd.DataFrame]:
    """Return what has changed between two states of :func:`visit_state`, in words: findings, rosters, coverage.

    Coverage within reach is compared only where both were measured by the same reach.
    """
    return {
        "findings": _finding_changes(before["findings"], now["findings"], workspace, lang),
        "rosters": _roster_changes(before["rosters"], now["rosters"], workspace, lang),
        "coverage": _coverage_changes(before, now, workspace, lang),
    }


def visit_day(state: Mapping[str, Any]) -> dt.date:
    """Return the day whose findings a visitor saw."""
    return dt.date.fromisoformat(state["on"])


def _finding_changes(
    before: Mapping[str, str], now: Mapping[str, str], workspace: Workspace, lang: str
) -> pd.DataFrame:
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    rows = []
    for name in sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key)):
        rule, _, subject = name.partition(" ")
        verdicts = {
            words.text(f"app.{when}"): verdict_word(words, state[name]) if name in state else words.text("app.not_open")
            for when, state in (("last_time", before), ("this_time", now))
        }
        rows.append(
            {words.column("rule"): rule_title(words, rule), words.column("subject_name"): names.subject(subject)}
            | verdicts
        )
    return pd.DataFrame(rows)


def _roster_changes(
    before: Mapping[str, list[str]], now: Mapping[str, list[str]], workspace: Workspace, lang: str
) -> pd.DataFrame:
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    rows = []
    for holder in sorted(before.keys() | now.keys()):
        old, new = set(before.get(holder, ())), set(now.get(holder, ()))
        if old != new:
            rows.append(
                {
                    words.column("station_name"): names.subject(holder),
                    words.text("app.last_time"): len(old),
                    words.text("app.this_time"): len(new),
                    words.text("app.joined"): len(new - old),
                    words.text("app.left"): len(old - new),
                }
            )
    return pd.DataFrame(rows)


def _coverage_changes(
    before: Mapping[str, Any], now: Mapping[str, Any], workspace: Workspace, lang: str
) -> pd.DataFrame:
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    compared = [name for name in FIGURES if name != "within_reach" or before["limit"] == now["limit"]]
    nothing = dict.fromkeys(FIGURES, 0)
    rows = [
        {
            words.column("unit"): names.unit(unit),
            words.text("app.indicator"): words.column(name),
            words.text("app.last_time"): old[name],
            words.text("app.this_time"): new[name],
        }
        for unit, new in now["coverage"].items()
        for old in [before["coverage"].get(unit, nothing)]
        for name in compared
        if old[name] != new[name]
    ]
    return pd.DataFrame(rows)
