"""What is computed is kept: of the embedded data for every session, of what somebody sent in for that session alone.

A session's own results go when it ends, and no other session can meet them, whatever their keys are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from weakref import finalize

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    import pandas as pd

Given = ParamSpec("Given")
Made = TypeVar("Made")


def kept(max_entries: int) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Return a decorator that keeps up to ``max_entries`` answers of a function, each for whom it is meant."""

    def decorate(make: Callable[Given, Made]) -> Callable[Given, Made]:
        everybody = st.cache_resource(make, show_spinner=False, max_entries=max_entries)
        session = st.cache_resource(make, show_spinner=False, max_entries=max_entries, scope="session")

        @wraps(make)
        def found(*given: Given.args, **named: Given.kwargs) -> Made:
            answer: Made = (session if has_own_data() else everybody)(*given, **named)
            return answer

        return found

    return decorate


def kept_with_table(make: Callable[Concatenate[pd.DataFrame, Given], Made]) -> Callable[..., Made]:
    """Return the function with its answers about a table kept as long as that table is: no run makes them again.

    The table must not be changed after it was asked about, and an answer must not hold it.
    """
    known: dict[int, dict[tuple[object, ...], Made]] = {}

    @wraps(make)
    def found(table: pd.DataFrame, *given: Given.args, **named: Given.kwargs) -> Made:
        if id(table) not in known:
            known[id(table)] = {}
            finalize(table, known.pop, id(table), None)
        answers, key = known[id(table)], (*given, *named.items())
        if key not in answers:
            answers[key] = make(table, *given, **named)
        return answers[key]

    return found


def kept_by_session(max_entries: int) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Return a decorator that keeps the answers of a function for the session that asked."""

    def decorate(make: Callable[Given, Made]) -> Callable[Given, Made]:
        cached: Callable[Given, Made] = st.cache_resource(
            make, show_spinner=False, max_entries=max_entries, scope="session"
        )
        return cached

    return decorate


def has_own_data() -> bool:
    """Whether this session works on data of its own; outside any session there are only the embedded ones."""
    return get_script_run_ctx(suppress_warning=True) is not None and st.session_state.get("workspace") is not None
