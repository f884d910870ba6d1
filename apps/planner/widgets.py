"""Small parts that several pages share: a table that selects, facts, a day, the origin of a page."""

from __future__ import annotations

import datetime as dt
import traceback
import zlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import logbook, screens
from ipps_geo.errors import InternalError, IppsGeoError
from ipps_geo.media import markdown
from ipps_geo.report.words.messages import error_message
from ipps_geo.report.words.policy import policy_name
from planner.state import lang, t, words

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import Provenance


IN_ADDRESS = {
    "overview": "unit", "overview_institution": "institution", "compliance": "finding", "site_findings": "finding",
    "plan": "site", "desk": "site", "plan_closed": "closed", "plan_enlarged_station": "station",
    "scenarios": "scenario", "scenario_sites": "station", "compare": "site",
    "accounts": "account", "submissions": "submission", "cases": "case",
}  # fmt: skip
"""How a selection is named in the page's address, so that a link leads to what was looked at."""


def selecting_table(table: pd.DataFrame, id_column: str, *, key: str, height: int = 320) -> str | None:
    """Show a table in which one row is selected, the same as on the map of ``key``, and return its id.

    A table that stands keeps the selection of its reader. One whose rows have changed, or in which the map selects, is
    a new table to the browser, opened with the selected row.
    """
    if table.empty:
        st.info(t("nothing"))
        return None
    ids = [str(entry) for entry in table[id_column]]
    selected = selected_in(key)
    default = {"selection": {"rows": [ids.index(selected)], "columns": []}} if selected in ids else None
    name = f"{key}_table_{st.session_state.get(f'{key}_turn', 0)}_{zlib.crc32(repr(ids).encode()):08x}"
    st.dataframe(
        table[screens.rows.visible(table)],
        hide_index=True,
        on_select=partial(_row_selected, key, name, ids),
        selection_mode="single-row",
        selection_default=default,
        key=name,
        height=min(height, 38 + 35 * len(table)),
    )
    return selected if selected in ids else None


def _row_selected(key: str, name: str, ids: Sequence[str]) -> None:
    rows = st.session_state[name]["selection"]["rows"]
    _take(key, ids[rows[0]] if rows and rows[0] < len(ids) else None)


def _take(key: str, found: str | None) -> None:
    st.session_state[f"{key}_selected"] = found
    if found is None:
        st.query_params.pop(IN_ADDRESS[key], None)
    else:
        st.query_params[IN_ADDRESS[key]] = found


def selected_in(key: str) -> str | None:
    """Return the id that map and table of ``key`` have selected; at first the one that the address names."""
    if f"{key}_selected" not in st.session_state:
        st.session_state[f"{key}_selected"] = st.query_params.get(IN_ADDRESS[key])
    found = st.session_state[f"{key}_selected"]
    return None if found is None else str(found)


def select(key: str, found: str | None) -> None:
    """Select on the map what the table of ``key`` shows too; what is selected already is given up."""
    _take(key, None if found == selected_in(key) else found)
    st.session_state[f"{key}_turn"] = st.session_state.get(f"{key}_turn", 0) + 1


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Show label and value pairs."""
    for label, value in pairs:
        st.markdown("  \n".join((f"**{markdown(label)}**", *(markdown(line) for line in value.split("\n")))))


def plain_table(table: pd.DataFrame, *, height: int | None = None) -> None:
    """Show a small table that selects nothing."""
    if table.empty:
        st.info(t("nothing"))
        return
    st.dataframe(
        table[screens.rows.visible(table)], hide_index=True, height=min(height or 420, 38 + 35 * max(1, len(table)))
    )


def day_field(label: str, default: dt.date, key: str) -> dt.date:
    """Ask for a day as YYYY-MM-DD and return it; what is no day is said, and the default stands."""
    text = st.text_input(t(label), default.isoformat(), key=key, help=t("day_help"), max_chars=10, bind="query-params")
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        st.error(t("day_wrong", text=text))
        return default


def origin(provenance: Provenance) -> None:
    """Say where the page comes from: data date, policy, software, hash, and whose parameter the reach is."""
    told = words()
    lines = [
        told.text("page.data_date", date=provenance.data_date),
        told.text("page.policy", version=policy_name(told, provenance)),
        told.text("page.software", version=provenance.software_version),
        told.text("page.content_hash", hash=provenance.content_hash[:12]),
    ]
    st.caption(" · ".join(markdown(line) for line in lines))


def tell(error: Exception) -> None:
    """Say what happened: a refusal or a plan that cannot be with its reason, a fault of the program by its number."""
    if isinstance(error, IppsGeoError):
        told = error_message(error, lang()).splitlines()
        st.error("  \n".join(markdown(line) for line in told), icon=_SIGNS.get(error.exit_code, ":material/error:"))
    else:
        number = logbook.record("".join(traceback.format_exception(error)), doing="a page of the app")
        st.error(t("error_unknown", id=number), icon=_SIGNS[InternalError.exit_code])


_SIGNS = {3: ":material/search_off:", 4: ":material/bug_report:", 130: ":material/front_hand:"}
"""Signs by what an error is: no plan, a fault of the program, stopped; any other is a refusal."""
