"""Small parts that several pages share: a table that selects, facts, a day, the origin of a page."""

from __future__ import annotations

import datetime as dt
import re
import traceback
import zlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import altair as alt
import streamlit as st
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ipps_geo import logbook, screens
from ipps_geo.errors import InternalError, IppsGeoError
from ipps_geo.intake import writings
from ipps_geo.media import file_name, markdown
from ipps_geo.policy.articles import article_text
from ipps_geo.report.book.screen_table import table_workbook
from ipps_geo.report.layers.exchange import csv_bytes
from ipps_geo.report.words.catalogue import DASH
from ipps_geo.report.words.messages import error_message
from ipps_geo.report.words.policy import policy_name
from ipps_geo.results.provenance import provenance
from planner import fields, style
from planner.kept import kept_with_table
from planner.state import lang, policy, t, words, workspace

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.policy import Policy
    from ipps_geo.results import Provenance
    from ipps_geo.workspace import Workspace


IN_ADDRESS = {
    "overview": "unit", "overview_institution": "institution", "compliance": "finding", "site_findings": "finding",
    "plan": "site", "desk": "site", "leaning": "leaning", "plan_closed": "closed", "plan_enlarged_station": "station",
    "scenarios": "scenario", "scenario_sites": "station", "compare": "site",
    "accounts": "account", "submissions": "submission", "cases": "case",
}  # fmt: skip
"""How a selection is named in the page's address, so that a link leads to what was looked at."""
DESK_PX = 1040
"""What a screen of 1366 pixels leaves for a table beside the menu."""
LONG_PX, TICK_PX = 180, 40
"""From which width on a column is one of long texts, and how wide the column of ticks is."""
NO_DAY = dt.date(2000, 1, 1)
_FIGURE = re.compile(r"[\s\d.,%+−–—~≈≤≥<>-]*")


def selecting_table(
    table: pd.DataFrame, id_column: str, *, key: str, title: str | None = None, height: int = 320, room: float = 1.0
) -> str | None:
    """Show a table in which one row is selected, the same as on the map of ``key``, and return its id.

    A row is selected by a click or by keys anywhere in it. A table that stands keeps the selection of its reader. One
    whose rows have changed, or in which the map selects, is a new table to the browser, opened with the selected row.
    """
    ids = [] if table.empty else [str(entry) for entry in table[id_column]]  # one without rows may lack columns
    selected = selected_in(key)
    if (sent := st.session_state.pop(f"{key}_sent", None)) is not None and sent not in ids:
        fields.tell("address_not_listed", name=IN_ADDRESS[key], value=sent[:80])
    if table.empty:
        st.info(t("nothing"))
        return None
    default = {"selection": {"rows": [ids.index(selected)], "columns": []}} if selected in ids else None
    name = f"{key}_table_{st.session_state.get(f'{key}_turn', 0)}_{zlib.crc32(repr(ids).encode()):08x}"
    look = _look(table, lang(), room, ticked=True)
    st.dataframe(
        look.shown,
        hide_index=True,
        on_select=partial(_row_selected, key, name, ids),
        selection_mode=["single-row", "single-cell"],
        selection_default=default,
        column_config=look.columns,
        key=name,
        placeholder=DASH,
        height=min(height, 38 + 35 * len(table)),
    )
    st.html(look.paper)
    _take_away(look.shown, title or _page_title(), key)
    return selected if selected in ids else None


def _row_selected(key: str, name: str, ids: Sequence[str]) -> None:
    chosen = st.session_state[name]["selection"]
    rows = [*chosen["rows"], *(row for row, _ in chosen.get("cells", ()))]
    _take(key, ids[rows[0]] if rows and rows[0] < len(ids) else None)


class _Look(NamedTuple):
    """A table as people see it: without the columns of codes, how its columns look, and as a print shows it."""

    shown: pd.DataFrame
    columns: dict[str, Any]
    paper: str


@kept_with_table
def _look(table: pd.DataFrame, language: str, room: float, *, ticked: bool = False) -> _Look:
    """Return how a table looks; on paper it stands as well, because what the screen draws ends at its edge."""
    shown, told = table[screens.rows.visible(table)], words()
    rest = told.text("app.print_rest", n=len(shown) - style.MOST_PRINTED)
    return _Look(shown, _columns(shown, room, ticked=ticked), style.on_paper(shown, told.value, rest))


def _columns(shown: pd.DataFrame, room: float, *, ticked: bool = False) -> dict[str, Any]:
    """Return how the columns of a table look that has this part of the page's width.

    Numbers are grouped, and texts that are numbers stand to the right. Long texts share what the others leave of the
    narrowest screen of a desk, so that no column begins beyond its edge.
    """
    figures: set[str] = set()
    widths: dict[str, int] = {}
    for name in shown.columns:
        texts = [str(entry) for entry in shown[name]]
        if any(texts) and all(map(_FIGURE.fullmatch, texts)):
            figures.add(name)
        widths[name] = max(map(_px, (str(name), *texts)))
    left = int(DESK_PX * room) - (TICK_PX if ticked else 0)
    long = {name: width for name, width in widths.items() if width > LONG_PX}
    spare = left - sum(width for name, width in widths.items() if name not in long)
    for name, width in long.items():
        widths[name] = min(width, max(LONG_PX, spare * width // sum(long.values())))
    return {name: _column(shown[name], width, figure=name in figures) for name, width in widths.items()}


def _column(values: pd.Series, width: int, *, figure: bool) -> Any:
    if is_numeric_dtype(values) and not is_bool_dtype(values):
        return st.column_config.NumberColumn(width=width, format="localized")
    return st.column_config.TextColumn(width=width, alignment="right" if figure else None)


def _px(text: str) -> int:
    """Return about how wide a text is in a cell."""
    return 20 + sum(14 if ord(sign) > 0x2E7F else 8 for sign in text[:80])


def _take_away(shown: pd.DataFrame, title: str, key: str) -> None:
    """Offer a table as it stands on the screen, as Excel and as CSV."""
    own = workspace()
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        for kind, make in (("xlsx", _workbook), ("csv", _csv)):
            st.download_button(
                t(f"table_{kind}"), partial(make, shown, title, lang(), own, policy()), file_name=file_of(title, kind),
                key=f"take_{kind}_{key}", type="tertiary", on_click="ignore", help=t("table_help", title=title),
            )  # fmt: skip


def _workbook(shown: pd.DataFrame, title: str, language: str, own: Workspace, by: Policy) -> bytes:
    """Return the table as a workbook; called when it is asked for, outside the session."""
    return table_workbook(shown, title, provenance(own, by, own.data_date or NO_DAY, {}), language)


def _csv(shown: pd.DataFrame, *_: object) -> bytes:
    return csv_bytes(shown)


def file_of(title: str, suffix: str) -> str:
    """Return the name of a file to take home: what it is, which data, which day."""
    return f"{file_name(f'{title}_{workspace().name}_{workspace().data_date or DASH}')}.{suffix}"


def _page_title() -> str:
    return t(f"page_{st.session_state.get('page', 'overview')}")


def _take(key: str, found: str | None) -> None:
    st.session_state[f"{key}_selected"] = found
    if found is None:
        st.query_params.pop(IN_ADDRESS[key], None)
    else:
        st.query_params[IN_ADDRESS[key]] = found


def selected_in(key: str) -> str | None:
    """Return the id that map and table of ``key`` have selected; at first the one that the address names."""
    if f"{key}_selected" not in st.session_state:
        st.session_state[f"{key}_selected"] = st.session_state[f"{key}_sent"] = st.query_params.get(IN_ADDRESS[key])
    found = st.session_state[f"{key}_selected"]
    return None if found is None else str(found)


def select(key: str, found: str | None) -> None:
    """Select on the map what the table of ``key`` shows too; what is selected already is given up."""
    _take(key, None if found == selected_in(key) else found)
    st.session_state[f"{key}_turn"] = st.session_state.get(f"{key}_turn", 0) + 1


def public_edition(page: str) -> tuple[bool, str]:
    """Ask whether files are for the public, and for the review number of their maps; "" where they are internal."""
    public = fields.tick(st, t("public"), key=f"{page}_public", help=t("public_help"))
    number = fields.text(
        st, t("map_review_number"), key=f"{page}_review", disabled=not public, max_chars=40,
        help=t("map_review_number_help") if public else t("off_public"),
    ).strip()  # fmt: skip
    return public, number if public else ""


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Show label and value pairs."""
    for label, value in pairs:
        st.markdown("  \n".join((f"**{markdown(label)}**", *(markdown(line) for line in value.split("\n")))))


def finding(told: Finding) -> None:
    """Show one finding: whom it concerns, how it stands and why in a sentence, what the article says, then the rest."""
    own, language = workspace(), lang()
    facts_of = screens.rows.finding_facts(own, told, language)
    st.subheader(markdown(screens.findings.finding_subject(own, told, language)))
    box = {"PASS": st.success, "FAIL": st.error, "UNDETERMINED": st.warning}[str(told.verdict)]
    box(markdown(screens.findings.finding_line(own, told, language)))
    if text := article_text(policy().version, told.article):
        with st.container(border=True):
            st.caption(markdown(screens.findings.cited(told, language)))
            st.markdown(markdown(text))
    facts(facts_of[1:])


def plain_table(table: pd.DataFrame, *, title: str | None = None, height: int | None = None, room: float = 1.0) -> None:
    """Show a small table that selects nothing; one with a title can be taken away."""
    if table.empty:
        st.info(t("nothing"))
        return
    look = _look(table, lang(), room)
    st.dataframe(
        look.shown, hide_index=True, column_config=look.columns, placeholder=DASH,
        height=min(height or 420, 38 + 35 * max(1, len(table))),
    )  # fmt: skip
    st.html(look.paper)
    if title is not None:
        _take_away(look.shown, title, f"{zlib.crc32(title.encode()):08x}")


def clicked(lines: alt.Chart, field: str, key: str) -> int | None:
    """Draw a line of points that can be clicked, and return the whole number in ``field`` of the one that was."""
    point = alt.selection_point(name="point", fields=[field], on="click", nearest=True)
    chart = lines.mark_line() + lines.mark_circle(size=90).add_params(point)
    found = st.altair_chart(chart, on_select="rerun", selection_mode="point", key=key, height=260)
    points = found["selection"].get("point") or []
    return int(points[0][field]) if points else None


@overload
def day_field(label: str, default: dt.date, key: str, *, calendar: bool = True) -> dt.date: ...


@overload
def day_field(label: str, default: None, key: str, *, calendar: bool = True) -> dt.date | None: ...


def day_field(label: str, default: dt.date | None, key: str, *, calendar: bool = True) -> dt.date | None:
    """Ask for a day, in any common writing or from a calendar; what is no day is said, and the default stands.

    A form has no ``calendar``: what is chosen in it could not be written into the field.
    """
    known = "" if default is None else default.isoformat()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = fields.text(st, t(label), known, key=key, help=t("day_help"), max_chars=20, width=220).strip()
        read = read_day(text)
        if calendar:
            _calendar(label, read or default, key)
    if text and read is None:
        st.error(t("day_wrong", text=text))
    return read or default


def _calendar(label: str, shown: dt.date | None, key: str) -> None:
    with st.popover(t("calendar"), icon=":material/calendar_month:"):
        st.date_input(
            t(label), shown, key=f"{key}_calendar", format="YYYY-MM-DD", label_visibility="collapsed",
            min_value=dt.date(1990, 1, 1), max_value=dt.date(2100, 12, 31), on_change=_day_chosen, args=(key,),
        )  # fmt: skip


def _day_chosen(key: str) -> None:
    chosen = st.session_state.get(f"{key}_calendar")
    if isinstance(chosen, dt.date):
        st.session_state[key] = chosen.isoformat()


def read_day(text: str) -> dt.date | None:
    """Return the day that a text names in any common writing (2026-11-22, 2026/11/22, 2026年11月22日, 20261122)."""
    found = writings.day(text)[0]
    return found if isinstance(found, dt.date) else None


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
