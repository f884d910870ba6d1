"""Bulk tests on the bytes of a column say what a look at every text says."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.identity import UsccCheck, uscc_check
from ipps_geo.intake.credit_codes import all_valid
from ipps_geo.intake.octets import (
    begins_with,
    begins_with_two,
    bytes_in,
    has_empty,
    longest,
    octets,
    plainly_filled,
    surely_distinct,
)

_TEXTS = st.lists(st.none() | st.text(alphabet="aE 1\u3000合", max_size=4), max_size=12)
_SOUND = "91110108551385082Q"


@settings(max_examples=60, deadline=None)
@given(_TEXTS, st.integers(0, 3))
def test_bytes_of_a_column_and_of_its_slices(texts: list[str | None], start: int) -> None:
    column = pa.array(texts, pa.large_string())[start:]
    texts = texts[start:]
    joined = "".join(text or "" for text in texts).encode()
    assert octets(column).tobytes() == joined
    assert set(bytes_in(octets(column)).nonzero()[0].tolist()) == set(joined)
    assert has_empty(column) == any(not text for text in texts)
    assert longest(column) == max((len((text or "").encode()) for text in texts), default=0)
    assert begins_with(column, frozenset(b"aE"), 3).tolist() == [
        bool(text) and text[0] in "aE" and len(text.encode()) <= 3 for text in texts
    ]
    if plainly_filled(column):
        assert all(text and text.strip() for text in texts)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "))
def test_a_column_is_beyond_doubt_only_if_every_code_checks(place: int, letter: str) -> None:
    code = _SOUND[:place] + letter + _SOUND[place + 1 :]
    sound = uscc_check(code) is UsccCheck.VALID and code == code.strip() and " " not in code
    assert all_valid(pa.array([_SOUND, code], pa.large_string())) == sound
    assert not all_valid(pa.array([_SOUND, None], pa.large_string()))
    assert not all_valid(pa.array(["0" * 18], pa.large_string()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab合计小 ", max_size=3), max_size=12), st.integers(0, 2))
def test_two_bytes_and_distinct_texts(texts: list[str], cut: int) -> None:
    column = pa.array(texts, pa.large_string())[cut:]
    kept = texts[cut:]
    starts = frozenset([b"a", "合".encode()[:2]])
    expected = [text.startswith("a") or text.encode()[:2] == "合".encode()[:2] for text in kept]
    assert begins_with_two(column, starts).tolist() == expected
    # One empty text among others is looked at more slowly; nothing that stands twice is ever called distinct.
    assert surely_distinct(column) <= (len(set(kept)) == len(kept))
    if "" not in kept:
        assert surely_distinct(column) == (len(set(kept)) == len(kept))


def test_many_codes_of_one_length_are_told_apart() -> None:
    codes = [f"E{number:07d}" for number in range(50_000)]
    assert surely_distinct(pa.array(codes, pa.large_string()))
    assert not surely_distinct(pa.array([*codes, codes[7]], pa.large_string()))
