"""Test a site: a carrier or any place, a roster sent in or found, the verdict rule by rule."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning, report, screens
from ipps_geo.columns import CARRIERS
from ipps_geo.compliance.assess import APPLICANT_FACTS
from ipps_geo.media import markdown
from ipps_geo.planning.judgements import plan_of_test
from ipps_geo.planning.site_test import PROPOSAL, proposed_roster, stated_place, stations_of
from ipps_geo.planning.uploads import DATUMS, ROSTER_SUFFIXES
from ipps_geo.report.takeaway import assessment_files
from planner import case_form, fields, map_view, reading, widgets
from planner import travel as travelling
from planner.export import offered
from planner.state import day, lang, policy, rows, say, t, workspace
from planner.widgets import file_of

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.results import ProposedRoster, SiteTest

LOOK_DEG = 0.08
"""How far around a typed place the map looks."""


def show() -> None:
    """Show the choice of place and roster, then the last answer."""
    place = _place()
    roster, ready = _roster()
    travel = travelling.choose("site")
    choices = travelling.choices("site", travel)
    read = travelling.readings("site", "proposal")
    applicant = _applicant()
    if st.button(t("test"), type="primary", disabled=place is None or not ready, key="site_test_button"):
        with st.spinner(t("testing")):
            st.session_state["site_test"] = planning.assess_site(
                workspace(),
                read,
                **(place or {}),
                roster=roster,
                travel=travel,
                choices=choices,
                on=day(),
                applicant=case_form.whole(applicant),
            )
            st.session_state["site_policy"] = read
    result: SiteTest | None = st.session_state.get("site_test")
    if result is None:
        st.info(t("test_none"))
        return
    _answer(result)


def _place() -> dict[str, object] | None:
    """Ask for the place, on the map or in a list or by coordinates, and return it as arguments."""
    how = fields.choice(
        st, t("place_how"), ("carrier", "cell", "lonlat"), key="site_how", by="radio", horizontal=True,
        format_func=_how_word,
    )  # fmt: skip
    names: dict[str, str] = rows("carrier_names")
    layers = map_view.base_layers()
    if how == "carrier":
        chosen = fields.choice(
            st, t("carrier"), names, key="site_carrier", usual=None, format_func=names.get,
            placeholder=t("choose_carrier"),
        )  # fmt: skip
        layers += [map_view.carrier_layer(), *map_view.selected_layers(rows("carriers"), chosen)]
        picks = {"carriers": partial(_choose, "site_carrier")}
        map_view.draw(layers, key="site_map", alt=t("alt_site"), picks=picks)
        return None if chosen is None else {"site_id": chosen}
    if how == "cell":
        spot: tuple[float, float] | None = st.session_state.get("site_spot")
        marked = [] if spot is None else map_view.selected_layers([_here(*spot)], "here", size=8)
        layers += [map_view.carrier_layer(), *marked]
        map_view.draw(layers, key="site_spots", alt=t("alt_site"), on_ground=_choose_spot)
        if spot is None:
            st.caption(t("spot_help"))
            return None
        st.caption(t("spot_chosen", lon=f"{spot[0]:.5f}", lat=f"{spot[1]:.5f}"))
        return {"lon": spot[0], "lat": spot[1]}
    first, second = st.columns(2)
    region = workspace().region
    west, south, east, north = region.bounds
    middle = region.map_centre or region.centre
    lon = fields.number(first, t("lon"), west, east, middle[0], 0.001, key="site_lon", format="%.4f")
    lat = fields.number(second, t("lat"), south, north, middle[1], 0.001, key="site_lat", format="%.4f")
    datum = fields.choice(st, t("upload_datum"), DATUMS, key="site_datum", format_func=lambda each: t(f"datum_{each}"))
    if datum not in ("wgs84", "cgcs2000"):
        lon, lat = stated_place(lon, lat, datum)
    layers += map_view.selected_layers([_here(lon, lat)], "here", size=8)
    around = [[lon - LOOK_DEG, lat - LOOK_DEG], [lon + LOOK_DEG, lat + LOOK_DEG]]
    map_view.draw(layers, key="site_lonlat", alt=t("alt_site"), look=around)
    return {"lon": float(lon), "lat": float(lat)}


def _here(lon: float, lat: float) -> dict[str, object]:
    return {"id": "here", "name": f"{lon:.4f}, {lat:.4f}", "word": "", "lon": lon, "lat": lat}


def _choose_spot(lon: float, lat: float) -> None:
    """Let a click on the ground be the place; it is drawn, and a place that is drawn is of WGS 84."""
    st.session_state["site_spot"] = (lon, lat)


def _choose(key: str, found: str) -> None:
    """Let a click on the map choose in the list."""
    st.session_state[key] = found


def _applicant() -> dict[str, Any]:
    """Ask what the applicant is: conditions that no carrier's table tells are judged by it."""
    with st.expander(t("applicant")):
        st.caption(t("applicant_note"))
        stated = case_form.facts(APPLICANT_FACTS, "carriers", "site_fact")
    return {name: _day(value) if CARRIERS.columns[name].kind == "date" else value for name, value in stated.items()}


def _day(stated: Any) -> Any:
    return dt.date.fromisoformat(stated) if isinstance(stated, str) else stated


def _how_word(how: str) -> str:
    return t(f"place_{how}")


def _roster() -> tuple[ProposedRoster | None, bool]:
    """Ask for the roster and return it (None: to be found) and whether the test can start."""
    how = fields.choice(
        st, t("roster_how"), ("find", "upload"), key="site_roster", by="radio", horizontal=True,
        format_func=lambda each: t(f"roster_{each}"),
    )  # fmt: skip
    if how == "find":
        st.caption(t("roster_find_note"))
        return None, True
    sent = st.file_uploader(t("roster_file"), type=list(ROSTER_SUFFIXES), key="site_file")
    if sent is None:
        st.caption(t("roster_upload_note"))
        return None, False
    found = reading.read_sent(sent, "site", table="rosters", lenient=True, absent={"holder_id": PROPOSAL})
    check = found.check
    st.caption(t("roster_read", n=check.read.accepted, rejected=check.read.rejected))
    if len(check.read.problems):
        with st.expander(t("problems", n=len(check.read.problems)), expanded=not check.usable):
            widgets.plain_table(reading.problems(check, "site"), title=t("problems_title"), height=260)
    if not check.usable:
        st.warning(t("not_usable"))
        return None, False
    if len(stations_of(check.read)) > 1:
        st.warning(t("station_needed"))
        return None, False
    return proposed_roster(check.read), not found.open_


def _answer(result: SiteTest) -> None:
    told, own = result.assessment, workspace()
    st.subheader(t("answer"))
    box = {"PASS": st.success, "FAIL": st.error, "UNDETERMINED": st.warning}[str(told.verdict)]
    for line in screens.answers.verdict_lines(own, result, lang()):
        box(markdown(line))
    st.markdown(f"**{t('rule_by_rule')}**")
    findings = screens.rows.finding_rows(own, told.findings, lang())
    findings = screens.findings.worst_first(findings.assign(number_id=[str(label) for label in findings.index]))
    chosen = widgets.selecting_table(findings, "number_id", key="site_findings", title=t("answer"), height=430)
    if chosen is not None:
        widgets.finding(told.findings[int(chosen)])
    first, second = st.columns(2)
    with first:
        st.markdown(f"**{t('roster_steps')}**")
        widgets.plain_table(screens.answers.roster_step_rows(result, lang()), title=t("roster_steps"), room=0.5)
        st.markdown(f"**{t('before_after_site')}**")
        widgets.plain_table(
            screens.rows.change_rows(result.coverage_before, result.coverage_after, lang()),
            title=t("before_after_site"),
        )
    with second:
        st.markdown(f"**{t('overlaps', n=len(told.overlaps))}**")
        widgets.plain_table(
            screens.answers.overlap_rows(result, lang()), title=t("overlaps_title"), height=260, room=0.5
        )
        st.markdown(f"**{t('remedy')}**")
        for line in screens.answers.remedy_lines(result, lang()):
            st.markdown(f"- {markdown(line)}")
    _dossier(result)
    widgets.origin(result.provenance)


def _name(result: SiteTest) -> str:
    site = result.assessment.site_id
    stated = result.provenance.parameters
    return rows("carrier_names").get(site) or f"{stated['lon']:.4f}_{stated['lat']:.4f}"


def _workbook(result: SiteTest) -> dict[str, bytes]:
    told = plan_of_test(workspace(), st.session_state.get("site_policy") or policy(), result)
    return assessment_files(workspace(), result, told, lang())


def _dossier_file(result: SiteTest, read: Policy) -> bytes:
    told = result.assessment
    plan = plan_of_test(workspace(), read, result)
    return report.dossier_file(workspace(), plan, told.site_id, lang(), findings=told.findings)


def _dossier(result: SiteTest) -> None:
    name = _name(result)
    offered("site", lambda: _workbook(result), (id(result), lang()), f"{t('page_site')}_{name}", does="make_site_book")
    if st.button(t("make_dossier"), key="site_make_dossier"):
        with st.spinner(t("working")):
            st.session_state["site_dossier"] = (
                result,
                _dossier_file(result, st.session_state.get("site_policy") or policy()),
            )
    made = st.session_state.get("site_dossier")
    if made is not None and made[0] is result:
        st.download_button(
            t("download_dossier"),
            made[1],
            file_name=file_of(f"{t('dossiers')}_{name}", "pdf"),
            mime="application/pdf",
            key="site_dossier_file",
            on_click="ignore",
        )
        st.caption(say("page.decides"))
