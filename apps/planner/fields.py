"""Fields of forms: kept while their reader is elsewhere, and written into the page's address as codes.

An address names the choices that differ from the usual ones, in codes that are the same in every language, so that a
link leads everybody to the same form. One that names any choice is whole: what it does not name is as usual. One that
names none leaves the form as its reader left it, on this page or before the page was loaded again. What an address
names that cannot be taken is said on the page, and so is what a form held that is no longer there to be chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from planner.state import t, words

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

FORMS = "forms"
"""Under which name a session holds what the fields of its forms held last, by their keys."""
KEPT: dict[str, Any] = {"persist_state": "session"}
TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class _Unknown(Exception):
    """An address names something that cannot be taken; ``told`` is what of it."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


@dataclass
class _Arrival:
    """A reader's coming to a page: what its address named, and which fields have looked there."""

    page: str
    sent: dict[str, list[str]]
    others: frozenset[str]
    seen: set[str] = field(default_factory=set)
    notes: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    done: bool = False

    def __post_init__(self) -> None:
        self.named = bool(self.sent)


class _Kind(NamedTuple):
    """How a field reads an address, what it may hold, and how an address says that."""

    read: Callable[[list[str]], Any]
    holds: Callable[[Any], bool]
    written: Callable[[Any], list[str]]


def begin(page: str, others: Iterable[str]) -> None:
    """Begin a page; ``others`` are the names in an address that are no fields: a language, a selection."""
    st.session_state["fields_now"] = {}
    known: _Arrival | None = st.session_state.get("arrival")
    context = get_script_run_ctx(suppress_warning=True)
    back = context is not None and context.is_history_navigation
    if known is None or known.page != page or back:
        apart = frozenset(others)
        sent = {name: st.query_params.get_all(name) for name in st.query_params if name not in apart}
        st.session_state["arrival"] = _Arrival(page, sent, apart)


def end(*, whole: bool) -> None:
    """End a page: keep what its fields hold, and write it into the address.

    ``whole`` says that the page came to its end; one that was left halfway looks at its address again.
    """
    arrival: _Arrival = st.session_state["arrival"]
    now: dict[str, tuple[Any, list[str] | None]] = st.session_state.pop("fields_now", {})
    st.session_state[FORMS] = st.session_state.get(FORMS, {}) | {key: value for key, (value, _) in now.items()}
    if whole and not arrival.done:
        arrival.done = True
        for name, sent in arrival.sent.items():
            tell("address_foreign", name=name, value=_listed(sent))
        arrival.sent = {}
    stands = {name: st.query_params.get_all(name) for name in st.query_params}
    wanted = {name: told for name, told in stands.items() if name not in now and (name in arrival.others or not whole)}
    wanted |= {key: told for key, (_, told) in now.items() if told is not None}
    if wanted != stands:
        st.query_params.from_dict(wanted)


def show_notes(place: DeltaGenerator) -> None:
    """Say what of this page's address, or of what its forms held, could not be taken."""
    arrival: _Arrival | None = st.session_state.get("arrival")
    if arrival is not None and arrival.notes:
        place.warning(
            "  \n".join(t(sentence, **values) for sentence, values in arrival.notes), icon=":material/link_off:"
        )


def tell(sentence: str, **values: str) -> None:
    """Add a sentence to the notes of this page."""
    arrival: _Arrival | None = st.session_state.get("arrival")
    if arrival is not None and (sentence, values) not in arrival.notes:
        arrival.notes.append((sentence, values))


def put(values: dict[str, Any]) -> None:
    """Let fields hold these values, by their keys, from the next time that their page is shown."""
    st.session_state.update(values)
    st.session_state[FORMS] = st.session_state.get(FORMS, {}) | values


def recall(keys: Iterable[str]) -> None:
    """Give fields that no address names what they held last; called before they are shown."""
    arrival: _Arrival | None = st.session_state.get("arrival")
    kept = st.session_state.get(FORMS, {})
    for key in keys:
        fresh = arrival is not None and not arrival.done and key not in arrival.seen
        if key in kept and (fresh or key not in st.session_state):
            st.session_state[key] = kept[key]
        if arrival is not None:
            arrival.seen.add(key)


def keep(keys: Iterable[str]) -> None:
    """Keep what such fields hold; called after they are shown."""
    now: dict[str, tuple[Any, list[str] | None]] | None = st.session_state.get("fields_now")
    if now is not None:
        now |= {key: (st.session_state[key], None) for key in keys if key in st.session_state}


def number(place: Any, label: str, low: Any, high: Any, usual: Any, step: Any, *, key: str, **more: Any) -> Any:
    """Ask for a number between two others; whole where ``usual`` or ``step`` is."""
    whole = isinstance(step if usual is None else usual, int)

    def read(sent: list[str]) -> Any:
        try:
            found = int(sent[-1]) if whole else float(sent[-1])
        except ValueError:
            raise _Unknown(_listed(sent)) from None
        if not holds(found):
            raise _Unknown(_listed(sent))
        return found

    def holds(value: Any) -> bool:
        return (value is None and usual is None) or (value is not None and low <= value <= high)

    kind = _Kind(read, holds, lambda value: ["" if value is None else f"{value:.12g}"])
    _fill(key, label, usual, kind)
    found = place.number_input(label, low, high, usual, step, key=key, **KEPT, **more)
    return _held(key, found, usual, kind)


def tick(place: Any, label: str, *, key: str, usual: bool = False, **more: Any) -> bool:
    """Ask yes or no."""

    def read(sent: list[str]) -> bool:
        if sent[-1].lower() not in TRUTHS:
            raise _Unknown(_listed(sent))
        return TRUTHS[sent[-1].lower()]

    kind = _Kind(read, lambda value: isinstance(value, bool), lambda value: [str(value).lower()])
    _fill(key, label, usual, kind)
    return bool(_held(key, place.checkbox(label, usual, key=key, **KEPT, **more), usual, kind))


def text(place: Any, label: str, usual: str = "", *, key: str, **more: Any) -> str:
    """Ask for a text."""
    kind = _Kind(lambda sent: sent[-1], lambda value: isinstance(value, str), lambda value: [value])
    _fill(key, label, usual, kind)
    return str(_held(key, place.text_input(label, usual, key=key, **KEPT, **more), usual, kind))


def choice(
    place: Any, label: str, options: Iterable[str], *, key: str, by: str = "selectbox", usual: str | None = "",
    **more: Any,
) -> Any:  # fmt: skip
    """Ask for one of several codes, the first one by default; None is the default where ``usual`` is.

    ``by`` names the widget: ``selectbox``, ``radio``, ``segmented_control``.
    """
    codes = list(options)
    first = None if usual is None or not codes else codes[0]

    def read(sent: list[str]) -> str:
        if sent[-1] not in codes:
            raise _Unknown(_listed(sent))
        return sent[-1]

    kind = _Kind(read, lambda value: value in codes or value is first, lambda value: [value])
    _fill(key, label, first, kind)
    begins: dict[str, Any] = (
        {"default": first} if by == "segmented_control" else {"index": None if first is None else 0}
    )
    return _held(key, getattr(place, by)(label, codes, key=key, **begins, **KEPT, **more), first, kind)


def choices(
    place: Any, label: str, options: Iterable[str], *, key: str, usual: Sequence[str] = (), **more: Any
) -> list[str]:
    """Ask for any of several codes."""
    codes = list(options)

    def read(sent: list[str]) -> list[str]:
        asked = [code for code in sent if code]
        if unknown := [code for code in asked if code not in codes]:
            _note("address_unknown", label, unknown)
        return [code for code in dict.fromkeys(asked) if code in codes]

    begins = [code for code in usual if code in codes]
    kind = _Kind(read, lambda value: set(value) <= set(codes), lambda value: list(value) or [""])
    _fill(key, label, begins, kind)
    return list(_held(key, place.multiselect(label, codes, begins, key=key, **KEPT, **more), begins, kind))


def _fill(key: str, label: str, usual: Any, kind: _Kind) -> None:
    """Give a field its value before it is shown: that of the address, else what it held, where it may still hold it."""
    arrival: _Arrival | None = st.session_state.get("arrival")
    if arrival is None:  # a field beside a page: a test, a part that is shown alone
        return
    fresh = not arrival.done and key not in arrival.seen
    arrival.seen.add(key)
    if fresh and key in arrival.sent:
        try:
            st.session_state[key] = kind.read(arrival.sent.pop(key))
        except _Unknown as unknown:
            _note("address_unknown", label, [unknown.told])
            st.session_state[key] = usual
        return
    if fresh and arrival.named:
        st.session_state[key] = usual
        return
    kept = st.session_state.get(FORMS, {})
    value = st.session_state[key] if key in st.session_state else kept.get(key, usual)
    if kind.holds(value):
        if key not in st.session_state and value != usual:
            st.session_state[key] = value
        return
    gone = value if isinstance(value, list) else [value]
    left = [each for each in gone if kind.holds([each])] if isinstance(value, list) else usual
    _note("field_gone", label, [str(each) for each in gone if not isinstance(left, list) or each not in left])
    st.session_state[key] = left


def _held(key: str, value: Any, usual: Any, kind: _Kind) -> Any:
    """Remember what a field holds, and how the address says it; what is usual is not said."""
    now: dict[str, tuple[Any, list[str] | None]] | None = st.session_state.get("fields_now")
    if now is not None:
        now[key] = (value, None if value == usual else kind.written(value))
    return value


def _note(sentence: str, label: str, told: Sequence[str]) -> None:
    tell(sentence, name=label, value=_listed(told))


def _listed(told: Sequence[str]) -> str:
    return words().text("page.list_joiner").join(each[:80] for each in told)
