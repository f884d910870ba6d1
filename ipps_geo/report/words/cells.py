"""Tables of any shape in words: codes by their catalogue, ids by their names, numbers left as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import Catalogue, is_missing
from ipps_geo.report.words.naming import Names

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.workspace import Workspace

CODES: Mapping[str, str] = {
    "host_type": "HostType", "sme_class": "SmeClass", "explicit_need": "Answer", "screening": "Verdict",
    "verdict": "Verdict", "status": "Status", "stop_reason": "StopReason", "data_class": "DataClass",
    "severity": "Severity", "institution_kind": "InstitutionKind", "subject_kind": "SubjectKind",
    "off_network": "OffNetwork", "scenario": "Scenario",
}  # fmt: skip
"""Columns whose codes one catalogue table explains wherever they stand."""

UNITS = frozenset({"unit", "worst_unit"})
SUBJECTS = frozenset(
    {
        "station_id",
        "station_from",
        "station_to",
        "from_station",
        "to_station",
        "station_a",
        "station_b",
        "subject",
        "would_replace",
        "moved_to",
    }
)
SITE_LISTS = frozenset({"open_sites", "added", "dropped"})
_KINDS = ("MoveKind", "InstitutionKind", "ApplicationKind", "ConductKind", "UnitKind")
_REASONS = ("UnsavedReason", "UncoveredReason", "KeptOutReason", "DropReason", "LeftOutReason")
_NEEDS = {1: "yes", 0: "no", -1: "unknown"}


def worded(frame: pd.DataFrame, names: Names, industries: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a copy of ``frame`` whose codes and ids are words; numbers, dates and unknown columns stay as they are.

    ``industries`` names the industry tags; without it a tag is shown with blanks for its underscores.
    """
    import pandas as pd

    told = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    told.columns = [str(name) for name in told.columns]
    for name in told.columns:
        if pd.api.types.is_bool_dtype(told[name]):
            told[name] = [names.words.value(value=bool(value)) for value in told[name]]
        elif name == "need" and pd.api.types.is_integer_dtype(told[name]):
            told[name] = [names.words.label("Answer", _NEEDS.get(int(value), value)) for value in told[name]]
        elif not pd.api.types.is_numeric_dtype(told[name]) and not pd.api.types.is_datetime64_any_dtype(told[name]):
            told[name] = [_cell(name, value, names, industries or {}) for value in told[name]]
    return told


def header_of(words: Catalogue, name: str) -> str:
    """Return the header of a column; one that the catalogue does not know is shown as it is named."""
    return words.column(name) if words.has(f"column.{name}") else name


def industry_names(workspace: Workspace, lang: str) -> dict[str, str]:
    """Return the names of the industry tags: Chinese ones from the lists, English ones from the tags."""
    known = workspace.key_industries[["industry", "industry_zh"]].dropna().drop_duplicates("industry")
    return {
        str(tag): str(zh) if lang == "zh" else str(tag).replace("_", " ")
        for tag, zh in zip(known["industry"], known["industry_zh"], strict=True)
    }


def _cell(name: str, value: Any, names: Names, industries: Mapping[str, str]) -> str:
    words = names.words
    if is_missing(value) or value == "":
        return ""
    text = value if isinstance(value, str) else words.value(value)
    if name in UNITS:
        return names.unit(text)
    if name in SUBJECTS:
        return names.subject(text)
    if name in SITE_LISTS:
        return words.text("page.list_joiner").join(names.subject(part) for part in text.split(";") if part)
    if name == "industry":
        return industries.get(text, text.replace("_", " "))
    if name == "question":
        return words.column(text)
    if name in CODES:
        return words.labels(CODES[name], text)
    if name in ("kind", "reason"):
        families = _KINDS if name == "kind" else _REASONS
        return next((words.label(family, text) for family in families if words.has(f"{family}.{text}")), text)
    return text
