"""Accounts: the own password for everybody; for administrators who may sign in, as what, for which unit."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ipps_geo import screens
from ipps_geo.errors import BadInput
from ipps_geo.ledger import administration
from ipps_geo.ledger.accounts import Account, Role
from ipps_geo.media import markdown
from ipps_geo.report.words.messages import error_sentences
from planner import visitors, widgets
from planner.signing import signing
from planner.state import lang, rows, say, words


def show() -> None:
    """Show the own account; to administrators all of them, and what can be done with one."""
    who = visitors.account()
    if who.administrator:
        _all(who)
    if who.issuer is None and signing().way == "local":
        with st.expander(say("ledger.own_password")):
            own_password(who, key="own")


def first_password(who: Account) -> bool:
    """Ask for a password of one's own where an administrator's is still in use, and return whether that was so."""
    if signing().way != "local" or who.issuer is not None:
        return False
    if not administration.has_to_change_password(visitors.ledger(), who.login):
        return False
    st.title(say("ledger.first_password"))
    st.caption(say("ledger.first_password_why"))
    own_password(who, key="first")
    return True


def own_password(who: Account, *, key: str) -> None:
    """Ask for the old password and twice for the new one."""
    with st.form(f"{key}_password_form", border=False):
        old = st.text_input(say("ledger.password_old"), type="password", key=f"{key}_old", max_chars=256)
        new = st.text_input(
            say("ledger.password_new"),
            type="password",
            key=f"{key}_new",
            max_chars=256,
            help=say("ledger.password_help"),
        )
        again = st.text_input(say("ledger.password_again"), type="password", key=f"{key}_again", max_chars=256)
        if not st.form_submit_button(say("ledger.password_change"), key=f"{key}_change"):
            return
    try:
        if new != again:
            raise BadInput("password.twice", where="password")
        administration.change_own_password(
            visitors.ledger(), who.login, old, new, at=visitors.now(), token=visitors.token()
        )
    except BadInput as refusal:
        st.error("  \n".join(markdown(line) for line in error_sentences(refusal, lang()) if line))
        return
    st.session_state["password_changed"] = True
    st.rerun()


def _all(who: Account) -> None:
    units: dict[str, str] = rows("unit_names")
    listed = administration.listed(visitors.ledger(), who)
    chosen = widgets.selecting_table(
        screens.accounts.account_rows(listed, units, lang()), "login_id", key="accounts", height=420
    )
    _shown_once()
    known = {each.login: each for each in listed}
    if chosen in known:
        _one(who, known[chosen], units)
    else:
        st.caption(say("ledger.choose_account"))
    with st.expander(say("ledger.account_add"), icon=":material/person_add:"):
        _add(who, units)


def _one(who: Account, account: Account, units: dict[str, str]) -> None:
    st.subheader(f"{markdown(account.name)} · {markdown(account.login)}")
    at, ledger = visitors.now(), visitors.ledger()
    if account.issuer is None:
        asked = _fields(account, units, key=f"account_{account.login}", submit="account_save")
        if asked is not None:
            administration.change(ledger, who, asked, set(units), at=at)
            st.rerun()
    else:
        st.caption(say("ledger.account_by_provider"))
    first, second, _ = st.columns([1, 1, 3])
    if account.disabled_at is None:
        if first.button(say("ledger.account_disable"), key="account_disable", disabled=account.login == who.login):
            administration.disable(ledger, who, account.login, at=at)
            st.rerun()
    elif first.button(say("ledger.account_enable"), key="account_enable"):
        administration.enable(ledger, who, account.login, at=at)
        st.rerun()
    if account.issuer is None and second.button(say("ledger.password_reset"), key="account_reset"):
        _show_once(account.login, administration.reset_password(ledger, who, account.login, at=at))


def _add(who: Account, units: dict[str, str]) -> None:
    asked = _fields(None, units, key="account_new", submit="account_create")
    if asked is not None:
        _show_once(asked.login, administration.create(visitors.ledger(), who, asked, set(units), at=visitors.now()))


def _fields(account: Account | None, units: dict[str, str], *, key: str, submit: str) -> Account | None:
    """Ask what an account is; return it once the form was sent."""
    roles = [role.value for role in Role]
    with st.form(f"{key}_form"):
        first, second, third = st.columns(3)
        login = account.login if account else first.text_input(say("ledger.account_login"), key=f"{key}_login")
        name = second.text_input(say("ledger.account_name"), account.name if account else "", key=f"{key}_name")
        role = third.selectbox(
            say("ledger.account_role"), roles, index=roles.index((account.role if account else Role.DISTRICT).value),
            format_func=lambda code: words().label("Role", code), key=f"{key}_role",
        )  # fmt: skip
        codes = ["", *units]
        unit = first.selectbox(
            say("ledger.account_unit"), codes, index=codes.index((account and account.unit) or ""),
            format_func=lambda code: units.get(code, "—"), key=f"{key}_unit",
        )  # fmt: skip
        administrator = second.checkbox(
            say("ledger.account_is_administrator"), bool(account and account.administrator), key=f"{key}_administrator"
        )
        if not st.form_submit_button(say(f"ledger.{submit}"), key=submit):
            return None
    made = Account(login.strip(), name, Role(role), unit or None, administrator=administrator)
    return (
        made
        if account is None
        else replace(account, name=name, role=made.role, unit=made.unit, administrator=administrator)
    )


def _show_once(login: str, password: str) -> None:
    st.session_state["first_password"] = (login, password)
    st.rerun()


def _shown_once() -> None:
    made = st.session_state.pop("first_password", None)
    if made is not None:
        login, password = made
        told = screens.accounts.password_lines(login, password, lang())
        st.success("  \n".join(markdown(line) for line in (told[0], told[2])))
        st.code(password, language=None)
