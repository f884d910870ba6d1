"""The planning desk: stations are opened and closed by a click, and each change is answered exactly."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo.errors import BadInput
from ipps_geo.media import markdown
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.desk import prepare_desk
from ipps_geo.planning.parameters import alone
from ipps_geo.planning.spots import with_spot
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens import desk as telling
from planner import known, map_view, plan, sliding, trade_offs, widgets
from planner.kept import kept_by_session
from planner.state import (
    day,
    fingerprint,
    lang,
    policy,
    reach_km,
    rows,
    say,
    t,
    use_workspace,
    waited,
    words,
    workspace,
)

if TYPE_CHECKING:
    from ipps_geo.planning.desk import Desk
    from ipps_geo.results import PlanResult
    from ipps_geo.results.desk import DeskView

DOES = ("open", "forbid")
"""What a click on a carrier does: open or close a station there, or keep the solver away from it."""
ANSWER_S = 5.0
"""So long a change may be computed; beyond it the answer has a range."""


@dataclass(frozen=True)
class Sets:
    """The sets of stations that were looked at, and which of them lies on the desk now."""

    all: tuple[tuple[str, ...], ...] = ((),)
    at: int = 0

    @property
    def now(self) -> tuple[str, ...]:
        """The set that lies on the desk."""
        return self.all[self.at]

    def then(self, sites: tuple[str, ...]) -> Sets:
        """Put another set on the desk; what was undone is gone."""
        return self if sites == self.now else Sets((*self.all[: self.at + 1], sites), self.at + 1)

    def step(self, by: int) -> Sets:
        """Go back or forward."""
        return replace(self, at=min(max(self.at + by, 0), len(self.all) - 1))


def show() -> None:
    """Show the map with all candidates, what the open ones can do together, and the ways on."""
    plan.told_error()
    if plan.watching():
        return
    result: PlanResult | None = st.session_state.get("plan")
    _begin(result)
    ways = _ways(result)
    of = (fingerprint(), ways.key())
    desk = waited("desk_preparing", ("desk", *of), partial(_prepared, of, ways))
    sets: Sets = st.session_state["desk_sets"]
    view = desk.look(sets.now, time_limit_s=ANSWER_S)
    unit = words().label("unit_of_measure", "min" if ways.travel.unit == "min" else "m")
    st.caption(say("bend.ways", reach=f"{words().number(ways.travel.limit)} {unit}", policy=ways.policy.version))
    _figures(view, ways)
    left, right = st.columns([3, 2])
    with left:
        _map(desk, sets)
    with right:
        _buttons(sets, view, ways)
        st.markdown(f"**{say('bend.stations')}**")
        if sets.now:
            told = telling.station_rows(workspace(), view, lang())
            widgets.selecting_table(told, "site_id", key="desk", height=330, room=0.5)
        else:
            st.info(say("bend.empty"))
        sliding.show(ways, known.on_desk(view, ways.travel.limit, desk.everybody))
    _below(desk, sets, view)
    trade_offs.show(ways)
    st.caption(say("page.decides"))


def _begin(result: PlanResult | None) -> None:
    """Begin with the plan of this session, or with nothing; another plan is put on top of what lay there."""
    known = set(rows("carrier_names"))
    of = (workspace().identity, None if result is None else id(result))
    sets: Sets = st.session_state.get("desk_sets") or Sets()
    if st.session_state.get("desk_of") != of:
        if result is not None:
            sets = sets.then(tuple(sorted(map(str, result.proposals["site_id"]))))
            ways: plan.Ways | None = st.session_state.get("plan_ways")
            ruled_out = () if ways is None else ways.parameters.forbidden_sites
            # What the planner ruled out stays so here; a set that was only verified ruled out all others that once.
            if not known <= {*sets.now, *ruled_out}:
                st.session_state["desk_forbidden"] = ruled_out
        st.session_state["desk_of"] = of
    asked: tuple[str, ...] | None = st.session_state.pop("desk_asked", None)
    if asked is not None:
        sets = sets.then(asked)
    if any(not known.issuperset(each) for each in sets.all):  # a set of another workspace
        sets = Sets()
    st.session_state["desk_sets"] = sets
    st.session_state["desk_forbidden"] = tuple(sorted((known & set(_forbidden())) - set(sets.now)))


def _forbidden() -> tuple[str, ...]:
    """Return the carriers at which the solver opens nothing."""
    found: tuple[str, ...] = st.session_state.get("desk_forbidden", ())
    return found


def _ways(result: PlanResult | None) -> plan.Ways:
    """Return the planner's choices that the desk goes by: those of the plan, or what the tool would take by itself."""
    found: plan.Ways | None = st.session_state.get("plan_ways")
    if result is not None and found is not None:
        return found
    parameters = PlanParameters(reach_km=reach_km())
    return plan.Ways(parameters, parameters.travel, policy(), None)


@kept_by_session(4)
def _prepared(of: tuple[object, ...], _ways: plan.Ways) -> Desk:
    return prepare_desk(
        workspace(), _ways.policy, _ways.parameters, on=day(), travel=_ways.travel, choices=_ways.choices
    )


def _figures(view: DeskView, ways: plan.Ways) -> None:
    """Say what the set serves, how far it is from the best that is known, and what it breaks."""
    told = words()
    served = (
        told.value(int(view.served)) if view.exact else f"{told.number(view.served)}–{told.number(view.served_at_most)}"
    )
    cells = [(say("bend.n_open"), told.value(len(view.site_ids))), (t("served"), served)]
    bound = known.look(ways, len(view.site_ids)).bound
    if math.isfinite(bound):
        cells.append((say("bend.to_bound"), told.number(max(0.0, bound - view.served))))
    if view.cost is not None:
        cells.append((say("bend.cost"), told.number(view.cost)))
    for column, (name, value) in zip(st.columns(len(cells)), cells, strict=True):
        column.metric(markdown(name), value, border=True)
    for line in telling.broken_lines(view, lang()):
        st.warning(markdown(line), icon=":material/warning:")
    if view.holds is None:
        st.warning(say("bend.unknown"), icon=":material/help:")
    elif not view.holds:
        st.error(say("bend.does_not_hold"), icon=":material/error:")


def _reach(desk: Desk, sets: Sets, opened: list[dict[str, Any]]) -> list[map_view.Layer]:
    """Return from where the open stations are reached, and where asked for who is nearest to which."""
    travel = desk.travel
    if travel.method == "straight_line":
        layers = [map_view.reach_layer(opened, travel.limit / travel.detour_factor / 1000)]
    else:
        layers = [map_view.network_reach_layer(list(desk.areas(sets.now)))]
    if st.session_state.get("desk_basins"):
        found = desk.basins(sets.now)
        layers += [] if found is None else [map_view.basin_layer(list(found))]
    return layers


def _map(desk: Desk, sets: Sets) -> None:
    carriers = rows("carriers")
    opened = [point for point in carriers if point["id"] in sets.now]
    free = [point for point in carriers if point["id"] not in sets.now and point["id"] in desk.positions]
    closed = [point for point in free if point["id"] not in _forbidden()]
    ruled_out = [point for point in free if point["id"] in _forbidden()]
    out = [point for point in carriers if point["id"] not in desk.positions]
    layers = [
        *map_view.base_layers(density=True),
        *_reach(desk, sets, opened),
        map_view.point_layer(out, "kept_out", kind="kept_out", size=3),
        map_view.institution_layer(size=4),
        map_view.point_layer(closed, "closed", kind="candidate", size=5),
        map_view.point_layer(ruled_out, "forbidden", kind="forbidden", size=5),
        map_view.point_layer(opened, "open", kind="desk_open", size=8),
        *map_view.selected_layers(carriers, widgets.selected_in("desk"), size=10),
    ]
    does = st.segmented_control(
        say("bend.click"), DOES, key="desk_click", default=DOES[0], required=True, help=say("bend.click_help"),
        format_func=lambda what: say(f"bend.click_{what}"), persist_state="session",
    )  # fmt: skip
    act = _forbid if does == "forbid" else _toggle
    picks = {"closed": act, "open": act, "forbidden": act, "kept_out": _say_why}
    if desk.travel.method in ("straight_line", "street_network"):
        st.toggle(say("bend.basins"), key="desk_basins", persist_state="session", help=say("bend.basins_help"))
    spots = st.toggle(say("bend.add_spot"), key="desk_spots", persist_state="session", help=say("bend.add_spot_help"))
    map_view.draw(
        layers, key="desk_map", alt=say("bend.alt"), picks=picks, nearer=1.0, height=620,
        on_ground=_add_spot if spots else None,
    )  # fmt: skip
    refused: BadInput | None = st.session_state.pop("desk_refused", None)
    if refused is not None:
        widgets.tell(refused)
    why = st.session_state.pop("desk_why", None)
    if why is not None and (reason := desk.kept_out(why)) is not None:
        name = rows("carrier_names").get(why, why)
        st.info(say("bend.kept_out", name=name, reason=words().label("KeptOutReason", reason)))
    names: dict[str, str] = rows("carrier_names")
    st.multiselect(
        say("bend.by_name"), [name for name in names if name in desk.positions], default=list(sets.now),
        format_func=names.get, key=f"desk_list_{sets.at}_{len(sets.all)}", placeholder=t("none_chosen"),
        on_change=_take_list, args=(f"desk_list_{sets.at}_{len(sets.all)}",),
    )  # fmt: skip
    ids = [point["id"] for point in free]
    key = f"desk_forbidden_{zlib.crc32(repr((ids, _forbidden())).encode()):08x}"
    st.multiselect(
        say("bend.forbidden"), ids, default=list(_forbidden()), format_func=names.get, key=key,
        placeholder=t("none_chosen"), help=say("bend.forbidden_help"), on_change=_take_forbidden, args=(key,),
    )  # fmt: skip


def _toggle(site: str) -> None:
    """Open a station, or close it; one that is opened is ruled out no longer."""
    sets: Sets = st.session_state["desk_sets"]
    st.session_state["desk_sets"] = sets.then(tuple(sorted(set(sets.now) ^ {site})))
    st.session_state["desk_forbidden"] = tuple(each for each in _forbidden() if each != site)


def _forbid(site: str) -> None:
    """Rule a carrier out, or allow it again; a station that stands there closes."""
    sets: Sets = st.session_state["desk_sets"]
    st.session_state["desk_sets"] = sets.then(tuple(each for each in sets.now if each != site))
    st.session_state["desk_forbidden"] = tuple(sorted(set(_forbidden()) ^ {site}))


def _take_forbidden(key: str) -> None:
    st.session_state["desk_forbidden"] = tuple(sorted(st.session_state[key]))


def _add_spot(lon: float, lat: float) -> None:
    """Make a spot a candidate of this session's data, and open a station there."""
    told = {f"name_{each}": catalogue(each).text("bend.spot_name") for each in ("zh", "en")}
    try:
        changed, site = with_spot(workspace(), lon, lat, **told, source=words().text("bend.spot_source"))
    except BadInput as error:
        st.session_state["desk_refused"] = error
        return
    sets: Sets = st.session_state["desk_sets"]
    use_workspace(changed)
    st.session_state["desk_sets"] = sets.then(tuple(sorted((*sets.now, site))))


def _take_list(key: str) -> None:
    sets: Sets = st.session_state["desk_sets"]
    st.session_state["desk_sets"] = sets.then(tuple(sorted(st.session_state[key])))
    st.session_state["desk_forbidden"] = tuple(sorted(set(_forbidden()) - set(st.session_state[key])))


def _say_why(site: str) -> None:
    st.session_state["desk_why"] = site


def _step(by: int) -> None:
    st.session_state["desk_sets"] = st.session_state["desk_sets"].step(by)


def _buttons(sets: Sets, view: DeskView, ways: plan.Ways) -> None:
    """Offer the ways on: back and forward, the solver's completion or improvement of the set, a verified plan of it."""
    first, second, third = st.columns(3)
    first.button(say("bend.undo"), on_click=_step, args=(-1,), disabled=sets.at == 0, key="desk_undo")
    second.button(say("bend.redo"), on_click=_step, args=(1,), disabled=sets.at == len(sets.all) - 1, key="desk_redo")
    third.button(say("bend.clear"), on_click=_clear, disabled=not sets.now, key="desk_clear")
    n_open = len(sets.now)
    most = st.number_input(
        say("bend.complete_to"), max(1, n_open), 100, max(n_open, ways.parameters.stations or n_open, 1), 1,
        key=f"desk_most_{n_open}", help=say("bend.complete_help"),
    )  # fmt: skip
    asked = replace(alone(ways.parameters), forbidden_sites=_forbidden())
    if st.button(say("bend.complete"), disabled=most <= n_open, key="desk_complete"):
        plan.start(ways.asking(replace(asked, stations=int(most), required_sites=sets.now)))
    if st.button(say("bend.improve"), disabled=not sets.now, key="desk_improve", help=say("bend.improve_help")):
        plan.start(ways.asking(replace(asked, stations=int(most))), begin_with=sets.now)
    if st.button(say("bend.verify"), type="primary", disabled=not sets.now or not view.holds, key="desk_verify"):
        others = tuple(sorted(set(rows("carrier_names")) - set(sets.now)))
        fixed = replace(asked, stations=n_open, required_sites=sets.now, forbidden_sites=others)
        plan.start(ways.asking(fixed))


def _clear() -> None:
    st.session_state["desk_sets"] = st.session_state["desk_sets"].then(())


def _below(desk: Desk, sets: Sets, view: DeskView) -> None:
    first, second = st.columns([3, 2])
    with first:
        st.markdown(f"**{say('bend.units')}**")
        widgets.plain_table(telling.unit_rows(workspace(), view, lang()), height=640)
    with second:
        st.markdown(f"**{say('bend.moved')}**")
        if sets.at:
            moved = desk.moved(sets.all[sets.at - 1], sets.now)
            widgets.plain_table(telling.moved_rows(workspace(), moved, lang()), height=640)
        else:
            st.info(say("bend.no_change"))
