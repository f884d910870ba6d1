"""The forms of cases: a field for each column of the tables that a case may state, asked as the column is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.media import markdown
from planner import fields
from planner.state import rows, say, words, workspace
from planner.widgets import read_day

if TYPE_CHECKING:
    from ipps_geo.columns import Column

APPLICANT = (
    "name", "institution_kind", "host_type", "org_level", "undertaking_name", "undertaking_uscc", "legal_form",
    "undertaking_founded_on", "operating_since", "full_time_staff", "part_time_staff", "has_premises", "has_phone",
    "has_tools", "has_service_base", "roster_filed",
)  # fmt: skip
"""What Art. 5 and 7 ask of whoever applies."""
PAPERS = (
    "agreement_parties", "agreement_district", "agreement_signed_on", "has_duty_document", "has_coordination_plan",
)  # fmt: skip
"""What Art. 4 and 6 ask besides."""
CHANGED = (
    "name", "undertaking_name", "undertaking_uscc", "legal_form", "carrier_id", "full_time_staff", "part_time_staff",
    "has_premises", "has_phone", "has_tools",
)  # fmt: skip
"""What a change of Art. 8 is commonly about."""


class Unread(NamedTuple):
    """What was typed and cannot be read: said once the form is sent, so that the form stays whole."""

    refusal: BadInput


def whole(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form states.

    Raises
    ------
    BadInput
        Something of it cannot be read.
    """
    for value in (*stated.values(), *stated.get("changes", {}).values()):
        if isinstance(value, Unread):
            raise value.refusal
    return dict(stated)


def facts(names: Sequence[str], table: str, key: str) -> dict[str, Any]:
    """Ask for facts that stand in columns of a table, none stated before; they are kept, and no address tells them."""
    keys = [f"{key}_{name}" for name in names]
    fields.recall(keys)
    stated = _asked(names, table, {}, key)
    fields.keep(keys)
    return stated


def application(known: dict[str, Any], key: str) -> dict[str, Any]:
    """Ask for the facts of an applicant, with what was stated before, and return what is stated now."""
    stated = _asked(APPLICANT, "applications", known, key)
    st.markdown(f"**{say('ledger.case_where')}**")
    stated |= _asked(("carrier_id",), "applications", known, key)
    first, second, _ = st.columns(3)
    for place, name in ((first, "lon"), (second, "lat")):
        text = place.text_input(say(f"ledger.case_{name}"), str(known.get(name, "")), key=f"{key}_{name}").strip()
        if text:
            stated[name] = _or_unread(partial(_number, text, name))
    st.markdown(f"**{say('ledger.case_papers')}**")
    return stated | _asked(PAPERS, "applications", known, key)


def change(known: dict[str, Any], key: str) -> dict[str, Any]:
    """Ask what changes of which institution: fields that are left blank stay as they are."""
    stated = {"institution_id": institution(key, known.get("institution_id"))}
    st.caption(say("ledger.case_change_note"))
    return stated | {"changes": _asked(CHANGED, "institutions", known.get("changes", {}), key)}


def revocation(known: dict[str, Any], key: str) -> dict[str, Any]:
    """Ask which institution is to be revoked, why, and when."""
    stated = {"institution_id": institution(key, known.get("institution_id"))}
    return stated | _asked(("ground", "planned_on"), "applications", known, key)


def evaluation(known: dict[str, Any], key: str, *, on: dt.date) -> dict[str, Any]:
    """Ask which institution is evaluated, for which year."""
    own = institution(key, known.get("institution_id"))
    first, second, third = st.columns(3)
    year = first.number_input(
        markdown(words().column("year")), 2000, 2100, int(known.get("year", on.year - 1)), key=f"{key}_year"
    )
    part = second.number_input(markdown(words().column("round")), 1, 9, int(known.get("round", 1)), key=f"{key}_round")
    version = third.text_input(
        markdown(words().column("indicator_version")), str(known.get("indicator_version", "")), key=f"{key}_version"
    ).strip()
    told: dict[str, Any] = {"institution_id": own, "year": int(year), "round": int(part)}
    return told | ({"indicator_version": version} if version else {})


def institution(key: str, chosen: object = None) -> str | None:
    """Ask for one of the institutions that the account speaks for."""
    own = workspace()
    names = dict(own.institutions[["institution_id", "name"]].itertuples(index=False))
    scope = own.scope
    if scope is not None:
        mine = own.institutions["unit"].isin(scope)
        names = dict(own.institutions.loc[mine, ["institution_id", "name"]].itertuples(index=False))
    ids = list(names)
    found: str | None = st.selectbox(
        markdown(words().column("institution_id")), ids, index=ids.index(chosen) if chosen in names else None,
        format_func=lambda each: f"{names[each]} · {each}", placeholder=say("ledger.scope_choose"),
        key=f"{key}_institution",
    )  # fmt: skip
    return found


def decision(step: str, kind: str, key: str) -> dict[str, Any]:
    """Ask what a step itself states: that it was inspected and argued, how it was decided."""
    if kind == "evaluation":
        return _asked(("result",), "evaluations", {}, key) if step == "decide" else {}
    if step == "appraise":
        return _asked(("was_inspected", "was_argued", "was_evaluated"), "applications", {}, key)
    if step == "decide":
        chosen = st.radio(
            markdown(words().column("decision")), ("accepted", "rejected"), index=None, horizontal=True,
            key=f"{key}_decision", format_func=lambda code: words().label("Decision", code),
        )  # fmt: skip
        told: dict[str, Any] = {} if chosen is None else {"decision": chosen}
        if kind == "revocation":
            told |= _asked(("revoked_on", "revocation_notified_on"), "institutions", {}, key)
        return told
    return {}


def _asked(names: Sequence[str], table: str, known: dict[str, Any], key: str) -> dict[str, Any]:
    columns, places = TABLES[table].columns, st.columns(3)
    stated = {}
    for number, name in enumerate(names):
        with places[number % 3]:
            value = _read(columns[name], known.get(name), f"{key}_{name}")
        if value not in (None, "", []):
            stated[name] = value
    return stated


def _read(column: Column, known: Any, key: str) -> Any:
    return _or_unread(partial(_field, column, known, key))


def _or_unread(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BadInput as refusal:
        return Unread(refusal)


def _field(column: Column, known: Any, key: str) -> Any:
    """Ask for one value as its column is; nothing stated is unknown."""
    label = words().column(column.name)
    if column.name == "carrier_id":
        names: dict[str, str] = rows("carrier_names")
        return _chosen(label, list(names), lambda code: names.get(code, code), known, key)
    if column.name == "agreement_district":
        units: dict[str, str] = rows("unit_names")
        return _chosen(label, list(units), lambda code: units.get(code, code), known, key)
    if column.choices is not None:
        kind = column.choices.__name__
        codes = [str(each.value) for each in column.choices]
        if column.kind == "choices":
            several = st.multiselect(
                markdown(label), codes, str(known).split(";") if known else [],
                placeholder=say("ledger.scope_choose"), key=key,
                format_func=lambda code: words().label(kind, code),
            )  # fmt: skip
            return ";".join(several)
        return _chosen(label, codes, lambda code: words().label(kind, code), known, key)
    text = st.text_input(markdown(label), "" if known is None else str(known), key=key, max_chars=200).strip()
    if not text:
        return None
    if column.kind == "integer":
        return int(_number(text, column.name, whole=True))
    if column.kind == "date":
        day = read_day(text)
        if day is None:
            raise BadInput("argument.not_a_day", where=label, text=text)
        return day.isoformat()
    return text


def _chosen(label: str, codes: list[str], word: Any, known: Any, key: str) -> str | None:
    found: str | None = st.selectbox(
        markdown(label), codes, index=codes.index(known) if known in codes else None, format_func=word,
        placeholder=say("ledger.not_stated"), key=key,
    )  # fmt: skip
    return found


def _number(text: str, name: str, *, whole: bool = False) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise BadInput("ledger.not_a_number", where=words().column(name), text=text) from None
