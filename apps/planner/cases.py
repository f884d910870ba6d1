"""Cases: what waits, the procedures of Art. 5, 8, 9 and 19 step by step, and what the rules say at each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import screens
from ipps_geo.ledger import cases as room
from ipps_geo.ledger.accounts import Role
from ipps_geo.ledger.worklist import worklist
from ipps_geo.media import markdown
from planner import case_form, visitors, widgets
from planner.state import catch_up, lang, policy, rows, say, words, workspace

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.ledger import Account
    from ipps_geo.ledger.cases import Case

KINDS = ("application", "change", "revocation", "evaluation")


def show() -> None:
    """Show what waits for the account, all cases that it may know of, one of them, and the way to open another."""
    who = visitors.account()
    _waiting(who)
    if who.role in (Role.DISTRICT, Role.CITY):
        _open(who)
    st.subheader(say("ledger.cases"))
    known = room.cases(visitors.ledger(), who) if visitors.has_record() else []
    if not known:
        st.info(say("ledger.cases_none"))
        return
    chosen = widgets.selecting_table(
        screens.cases.case_rows(known, workspace(), lang()), "case_id", key="cases", height=300
    )
    found = next((each for each in known if str(each.id) == chosen), None)
    if found is None:
        st.caption(say("ledger.choose_case"))
    else:
        _one(who, found)


def _today() -> dt.date:
    return visitors.now().astimezone().date()


def _waiting(who: Account) -> None:
    st.subheader(say("ledger.worklist"))
    waiting = worklist(visitors.ledger(), who, policy(), _today()) if visitors.has_record() else []
    if not waiting:
        st.success(say("ledger.worklist_empty"))
        return
    late = sum(each.overdue_days > 0 for each in waiting)
    for column, (name, count) in zip(
        st.columns(4),
        (
            ("worklist_all", len(waiting)),
            ("worklist_review", sum(each.kind == "review" for each in waiting)),
            ("worklist_cases", sum(each.kind == "case" for each in waiting)),
            ("worklist_late", late),
        ),
        strict=True,
    ):
        column.metric(say(f"ledger.{name}"), words().value(count), border=True)
    widgets.plain_table(
        screens.cases.waiting_rows(waiting, workspace(), lang()), title=say("app.page_cases"), height=300
    )


def _open(who: Account) -> None:
    with st.expander(say("ledger.case_open"), icon=":material/note_add:"):
        first, second = st.columns(2)
        kind = first.selectbox(
            say("ledger.case_kind"), KINDS, format_func=lambda code: words().label("CaseKind", code), key="case_kind"
        )
        unit, direct = None, False
        if who.role is Role.CITY and kind == "application":
            units: dict[str, str] = rows("unit_names")
            unit = (
                second.selectbox(
                    say("ledger.case_unit"),
                    ["", *units],
                    format_func=lambda code: units.get(code, "—"),
                    key="case_unit",
                )
                or None
            )
        if who.role is Role.CITY:
            direct = st.checkbox(
                say("ledger.case_direct"), value=True, key="case_direct", help=say("ledger.case_direct_help")
            )
        with st.form(f"case_form_{kind}"):
            facts = _facts(kind, {}, f"case_{kind}")
            told = _act(f"case_{kind}")
            sent = st.form_submit_button(say("ledger.case_submit"), type="primary", key="case_submit")
        if sent:
            made = room.open_case(
                visitors.ledger(), who, kind, case_form.whole(facts), policy=policy(), unit=unit, direct=direct, **told
            )
            _taken(made)


def _facts(kind: str, known: dict[str, Any], key: str) -> dict[str, Any]:
    if kind == "evaluation":
        return case_form.evaluation(known, key, on=_today())
    asked: dict[str, Any] = getattr(case_form, kind)(known, key)
    return asked


def _act(key: str) -> dict[str, Any]:
    """Ask for what every step has: its day, a note, what was handed in."""
    first, second = st.columns([1, 3])
    with first:
        on = widgets.day_field("step_day", _today(), f"{key}_on", calendar=False)
    note = second.text_input(say("ledger.step_note"), key=f"{key}_note", max_chars=500)
    sent = st.file_uploader(say("ledger.step_file"), key=f"{key}_file", help=say("ledger.step_file_help"))
    return {"on": on, "note": note, "attachment": hashlib.sha256(sent.getvalue()).hexdigest() if sent else None}


def _one(who: Account, case: Case) -> None:
    names = screens.submissions.names_of(workspace(), lang())
    st.subheader(f"{markdown(words().label('CaseKind', case.kind))} · {markdown(screens.cases.about(case, names))}")
    last = case.steps[-1]
    if last.step == "return":
        st.warning(say("ledger.returned_because", reason=last.note), icon=":material/undo:")
    _steps(who, case)
    left, right = st.columns([2, 3])
    with left:
        st.markdown(f"**{say('ledger.case_facts')}**")
        widgets.facts(screens.cases.case_facts(case, workspace(), lang()))
    with right:
        st.markdown(f"**{say('ledger.case_verdicts', step=words().label('CaseStep', last.step), day=last.day)}**")
        widgets.plain_table(screens.cases.verdict_rows(last, workspace(), lang()), height=520)
    st.markdown(f"**{say('ledger.case_steps')}**")
    widgets.plain_table(screens.cases.step_rows(case, workspace(), lang()))


def _steps(who: Account, case: Case) -> None:
    """Show the steps that the account may take, the one that the case waits for first."""
    steps, waits = case.open_to(who), case.waits_for
    if waits is None:
        st.caption(say("ledger.case_closed"))
        return
    if waits not in steps:
        st.caption(say("ledger.case_waits_for", step=words().label("CaseStep", waits)))
    if not steps:
        return
    key = f"step_{case.id}_{len(case.steps)}"
    step = st.segmented_control(
        say("ledger.step"), steps, default=waits if waits in steps else None, key=key,
        format_func=lambda code: words().label("CaseStep", code),
    )  # fmt: skip
    if step is None:
        return
    with st.form(f"{key}_{step}_form"):
        stated = _facts(case.kind, dict(case.facts), f"{key}_{step}") if step == "submit" else None
        facts = case_form.decision(step, case.kind, f"{key}_{step}")
        told = _act(f"{key}_{step}")
        sent = st.form_submit_button(
            markdown(words().label("CaseStep", step)), type="primary", key=f"{key}_{step}_take"
        )
    if sent:
        given = case_form.whole(facts if stated is None else stated)
        _taken(room.take_step(visitors.ledger(), who, case.id, step, policy=policy(), facts=given, **told))


def _taken(case: Case) -> None:
    """Go on with the case as it is now, on the record that the step has made."""
    catch_up()
    if widgets.selected_in("cases") != str(case.id):
        widgets.select("cases", str(case.id))
    st.rerun()
