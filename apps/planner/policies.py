"""By which policy a session judges: that of its region, another version that ships, or a file of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo.errors import IppsGeoError
from ipps_geo.planning.own_tables import policy_sent
from ipps_geo.policy import available_policies, load_policy
from planner import widgets
from planner.state import lang, policy, t, use_policy, workspace

if TYPE_CHECKING:
    from ipps_geo.policy import Policy


def show() -> None:
    """Show which policy is in use, and offer the others."""
    st.subheader(t("policy"))
    st.markdown(t("policy_in_use", title=_told(policy())))
    with st.expander(t("policy_other")):
        st.caption(t("policy_note"))
        versions = ["", *available_policies()]
        version = st.selectbox(t("policy_version"), versions, format_func=_title, key="data_policy")
        sent = st.file_uploader(t("policy_file"), type=["toml"], key="data_policy_file", help=t("policy_file_help"))
        if st.button(t("policy_use"), key="data_policy_use"):
            try:
                if sent is None:
                    use_policy(load_policy(version) if version else None)
                else:
                    use_policy(policy_sent(sent.name, sent.getvalue()))
            except IppsGeoError as error:  # said where the file is; the page goes on below
                widgets.tell(error)
                return
            st.rerun()


def _title(version: str) -> str:
    """Return the title of a version that ships; "" is that of the region."""
    return (
        _told(load_policy(version)) if version else t("policy_of_region", title=_told(load_policy(workspace().region)))
    )


def _told(found: Policy) -> str:
    return f"{found.title_zh if lang() == 'zh' else found.title_en} · {found.version}"
