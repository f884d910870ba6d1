"""Plans that lean to one wish each: found beside the page, shown as a table, taken as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo.media import markdown
from ipps_geo.planning.parameters import alone, with_stations
from ipps_geo.planning.trade_offs import COST_SHARE, LEANINGS, SMALL_WEIGHT, trade_offs
from ipps_geo.screens import desk as telling
from planner import plan, widgets
from planner.solving import Job
from planner.state import day, lang, say, words, workspace
from planner.visitors import fragment

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.results.trade_offs import TradeOffs
    from ipps_geo.workspace import Workspace
    from planner.solving import Ways

POLL_S = 1.0


class Leaning(Job):
    """Plans on their way, one for each wish."""

    found: TradeOffs | None = None
    at = LEANINGS[0]

    def work(self, workspace: Workspace, on: dt.date) -> None:
        """Find the plans."""
        asked = self.ways
        self.found = trade_offs(
            workspace, asked.policy, asked.parameters, on=on, travel=asked.travel, choices=asked.choices,
            progress=lambda leaning, _: setattr(self, "at", leaning), should_stop=self.given_up,
        )  # fmt: skip


def show(ways: Ways) -> None:
    """Offer the search, show it as it runs, and then its plans."""
    st.markdown(f"**{say('bend.trade_offs')}**", help=say("bend.trade_offs_help"))
    job: Leaning | None = st.session_state.get("leaning_job")
    if job is not None:
        _watch()
        return
    if st.button(say("bend.trade_offs_start"), key="desk_lean"):
        free = replace(
            alone(ways.parameters), stations=ways.parameters.stations or 10, required_sites=(), forbidden_sites=()
        )
        st.session_state["leaning_job"] = Leaning(workspace(), day(), ways.asking(free))
        st.rerun()
    error: Exception | None = st.session_state.pop("leaning_error", None)
    if error is not None:
        widgets.tell(error)
    kept: tuple[str, Ways, TradeOffs] | None = st.session_state.get("leanings")
    if kept is not None and kept[0] == workspace().identity:
        _found(*kept[1:])


@fragment(run_every=POLL_S)
def _watch() -> None:
    job: Leaning | None = st.session_state.get("leaning_job")
    if job is None:
        return
    job.ask()
    if not job.running:
        st.session_state.pop("leaning_job")
        if job.found is not None:
            st.session_state["leanings"] = (workspace().identity, job.ways, job.found)
        else:
            st.session_state["leaning_error"] = job.error
        st.rerun()
    n = LEANINGS.index(job.at)
    told = say("bend.trade_offs_run", what=words().label("Leaning", job.at), n=n + 1, total=len(LEANINGS))
    st.progress(n / len(LEANINGS), text=told)
    if st.button(say("app.cancel"), key="desk_lean_cancel", disabled=job.cancelled):
        job.cancel()
        st.rerun(scope="fragment")


def _found(ways: Ways, found: TradeOffs) -> None:
    table = telling.trade_off_rows(workspace(), found, lang())
    chosen = widgets.selecting_table(table, "leaning_code", key="leaning", height=260)
    for line in telling.left_out_lines(found, lang()):
        st.caption(markdown(line))
    share, small = round(100 * COST_SHARE), words().number(SMALL_WEIGHT)
    st.caption(say("bend.trade_offs_weights", small=small, cost=share))
    first, second = st.columns(2)
    if first.button(say("bend.trade_offs_open"), disabled=chosen is None, key="desk_lean_open") and chosen:
        plan.put_on_desk([str(site) for site in found.plans[chosen].proposals["site_id"]])
        st.rerun()
    if second.button(say("bend.trade_offs_take"), disabled=chosen is None, key="desk_lean_take") and chosen:
        taken = found.plans[chosen]
        # Under what it was found, not under what the others were.
        plan.take(ways.asking(with_stations(taken, ways.parameters.stations or len(taken.proposals))), taken)
        st.rerun()
