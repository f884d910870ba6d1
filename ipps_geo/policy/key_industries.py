"""Is an enterprise in a key industry? Lists of industries against the codes of GB/T 4754-2017.

Codes may carry their section letter or not (``C3973`` or ``3973``) and may stop at any level: section, division, group
or class. A code that is wider than what a list names, and a code that a list names only in part, need judgement: the
answer is unknown. An enterprise counts once, however many industries it is in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.columns.words import words_at

if TYPE_CHECKING:
    from ipps_geo.policy.model import Policy

# First division of each section of GB/T 4754-2017.
_SECTIONS = (
    ("A", 1), ("B", 6), ("C", 13), ("D", 44), ("E", 47), ("F", 51), ("G", 53), ("H", 61), ("I", 63), ("J", 66),
    ("K", 70), ("L", 71), ("M", 73), ("N", 76), ("O", 80), ("P", 83), ("Q", 84), ("R", 86), ("S", 91), ("T", 97),
)  # fmt: skip
_LAST_DIVISION = 97
_CODE = re.compile(r"([A-T]?)(\d{2,4})|([A-T])")


def normalise_industry_code(text: str) -> str | None:
    """Return a code with its section letter, or None when GB/T 4754-2017 cannot have such a code.

    >>> normalise_industry_code("3973"), normalise_industry_code("c39"), normalise_industry_code("I39")
    ('C3973', 'C39', None)
    """
    match = _CODE.fullmatch(text.strip().upper())
    if match is None:
        return None
    letter, digits, section = match.groups()
    if section:
        return section
    division = int(digits[:2])
    if not 1 <= division <= _LAST_DIVISION:
        return None
    expected = next(name for name, first in reversed(_SECTIONS) if division >= first)
    return None if letter and letter != expected else expected + digits


def key_industry_answers(
    industry_codes: pd.Series, key_industries: pd.DataFrame, unit: str | pd.Series | None, on: dt.date, policy: Policy
) -> pd.Series:
    """Return yes, no or unknown per row: whether the enterprise is in a key industry of the city or of its unit.

    Parameters
    ----------
    industry_codes
        Codes per enterprise, several joined by ``;``; a missing cell is unknown.
    key_industries
        The table of lists (see ``columns.KEY_INDUSTRIES``).
    unit
        Service unit whose own lists count beside those of the city: one code for all, one per row, or None.
    policy
        Says which lists count.

    Notes
    -----
    Unknown is also the answer where a list that the policy names is not in the table, or names an industry without a
    usable code, because it might mean the enterprise's.
    """
    industry_codes = industry_codes.astype("str")
    lists = lists_in_force(key_industries, on, policy)
    own = set(lists["scope"]) - {"city"}
    missing = bool(set(policy.city_lists) - set(key_industries["list_id"])) or not len(lists)
    texts, codes = _factorise(industry_codes)
    if isinstance(unit, pd.Series):
        scope_names, scope_codes = ["city"], np.zeros(len(industry_codes), dtype=np.int64)
        if own:
            scope_names, scope_codes = _factorise(unit.astype("str").where(unit.isin(own), "city"))
    else:
        scope_names = [unit if unit is not None and unit in own else "city"]
        scope_codes = np.zeros(len(industry_codes), dtype=np.int64)
    words = ("unknown", "yes", "no")
    table = np.zeros((len(scope_names), len(texts) + 1), dtype=np.int8)
    for row, scope in enumerate(scope_names):
        judge = _Judge(lists[lists["scope"].isin(["city", scope])], incomplete=missing)
        table[row, : len(texts)] = [words.index(judge.answer(text.split(";"))) for text in texts]
    return words_at(table[scope_codes, codes], words).set_axis(industry_codes.index)


def industries_of(
    industry_codes: pd.Series,
    key_industries: pd.DataFrame,
    on: dt.date,
    policy: Policy,
    *,
    unit: pd.Series | None = None,
) -> pd.Series:
    """Return the key industries of each row as tags joined by ``;``, sorted; missing where no list names a code whole.

    Only whole correspondences count here: where a list names part of a code, the enterprise may or may not belong.
    ``unit``: service unit per row, whose own lists count there and nowhere else; without it every list counts.
    """
    lists = lists_in_force(key_industries, on, policy)
    lists = lists.loc[~lists["partial"].astype(bool)]
    if unit is not None:
        tags_of = pd.Series(None, index=industry_codes.index, dtype="str")
        scopes = unit.astype("str").where(unit.isin(set(lists["scope"])), "city")
        for scope in sorted(set(scopes)):
            here = (scopes == scope).to_numpy()
            tags_of[here] = _industry_tags(industry_codes[here], lists[lists["scope"].isin(["city", scope])])
        return tags_of
    return _industry_tags(industry_codes, lists)


def _industry_tags(industry_codes: pd.Series, lists: pd.DataFrame) -> pd.Series:
    tags: dict[str, set[str]] = {}
    for code, industry in zip(lists["code"], lists["industry"], strict=True):
        listed = normalise_industry_code(code) if isinstance(code, str) else None
        if listed is not None:
            tags.setdefault(listed, set()).add(str(industry))
    texts, codes = _factorise(industry_codes.astype("str"))
    named: list[str | None] = []
    for text in texts:
        known = [code for code in map(normalise_industry_code, text.split(";")) if code is not None]
        found = sorted({tag for code in known for prefix in _prefixes(code) for tag in tags.get(prefix, ())})
        named.append(";".join(found) or None)
    return pd.Series(pd.array([*named, None], dtype="str")[codes], index=industry_codes.index)


def lists_in_force(key_industries: pd.DataFrame, on: dt.date, policy: Policy) -> pd.DataFrame:
    """Return the rows of the lists that count on ``on``: named by the policy, in their half-open period of validity."""
    day = pd.Timestamp(on)
    begun = key_industries["valid_from"].isna() | (key_industries["valid_from"] <= day)
    ended = key_industries["valid_to"].notna() & (key_industries["valid_to"] <= day)
    city = (key_industries["scope"] == "city") & key_industries["list_id"].isin(policy.city_lists)
    local = key_industries["scope"] != "city"
    if policy.unit_lists:
        local &= key_industries["list_id"].isin(policy.unit_lists)
    return key_industries.loc[begun & ~ended & (city | local)]


class _Judge:
    """Compares codes with the codes of the lists in force; every text of codes is judged once."""

    def __init__(self, lists: pd.DataFrame, *, incomplete: bool) -> None:
        self.incomplete = incomplete  # something may be listed that no code tells
        self.whole: set[str] = set()
        self.part: set[str] = set()
        for code, partial in zip(lists["code"], lists["partial"], strict=True):
            listed = normalise_industry_code(code) if isinstance(code, str) else None
            if listed is None:
                self.incomplete = True
            else:
                (self.part if partial else self.whole).add(listed)
        # A wider code (C39) may or may not mean what a list names (C3973).
        self.wider = {prefix for listed in self.whole | self.part for prefix in _prefixes(listed) if prefix != listed}

    def answer(self, texts: Iterable[str]) -> str:
        open_question = False
        found = False
        for text in texts:
            if not text.strip():
                continue
            code = normalise_industry_code(text)
            found = True
            if code is None:
                open_question = True
                continue
            prefixes = _prefixes(code)
            if not self.whole.isdisjoint(prefixes):
                return "yes"
            open_question |= not self.part.isdisjoint(prefixes) or code in self.wider
        return "unknown" if open_question or not found or self.incomplete else "no"


def _prefixes(code: str) -> list[str]:
    """Return the code and everything above it: class, group, division, section."""
    return [code[:length] for length in (1, 3, 4, 5) if length <= len(code)]


def _factorise(texts: pd.Series) -> tuple[list[str], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return (distinct texts, position of each row's text); a missing text gets the last position."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=True)
    codes = np.where(codes < 0, len(distinct), codes).astype(np.int64)
    return [str(text) for text in distinct], codes
