"""How much an enterprise weighs by what a column says of it: size, need.

What the column leaves open weighs what the planner says; where he says nothing he is asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput, Message
from ipps_geo.vocabulary import Answer, SmeClass, recognise
from ipps_geo.workspace.demand import NEED_WORDS

if TYPE_CHECKING:
    from enum import StrEnum

    from numpy.typing import NDArray


UNKNOWN = "unknown"
"""What stands for a value that nobody knows, and for an enterprise that a table of weights does not list."""

KINDS: Mapping[str, type[StrEnum]] = MappingProxyType({"sme_class": SmeClass, "explicit_need": Answer})
"""Columns of the enterprise table that may weigh, and the values they have."""


@dataclass(frozen=True)
class ColumnWeights:
    """Weight of an enterprise by its value in ``column``; ``of`` may name ``unknown``.

    Raises
    ------
    BadInput
        A column that cannot weigh, a value that it does not have, a weight below 0.
    """

    column: str
    of: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse what is no column, value or weight."""
        if self.column not in KINDS:
            raise BadInput("weight.no_column", where="weight_by", column=self.column, columns=", ".join(KINDS))
        known = [*dict.fromkeys([*map(str, KINDS[self.column]), UNKNOWN])]
        strange = [value for value in self.of if value not in known]
        if strange:
            raise BadInput("weight.no_value", where="weight", values=", ".join(strange), known=tuple(map(_word, known)))
        check_numbers(self.of)

    def values(self, population: pd.DataFrame) -> pd.Series:
        """Return the value of each enterprise, ``unknown`` where nobody knows it."""
        if self.column == "explicit_need":
            return population["need"].map(NEED_WORDS).astype(object)
        return population[self.column].astype(object).where(population[self.column].notna(), UNKNOWN)

    def weights(self, population: pd.DataFrame) -> NDArray[np.float64]:
        """Return the weight of each enterprise.

        Raises
        ------
        BadInput
            An enterprise has a value without a weight: every such value is named with how many have it.
        """
        values = self.values(population)
        counts = values.value_counts()
        lacking = sorted(set(counts.index) - set(self.of))
        if lacking:
            told = tuple(Message("weight.value", {"value": _word(value), "n": int(counts[value])}) for value in lacking)
            raise BadInput("weight.missing", where=self.column, values=told, first=_word(lacking[0]))
        weights: NDArray[np.float64] = values.map(dict(self.of)).to_numpy(np.float64)
        return weights


def _word(value: str) -> Message | str:
    """Return the word of a value in the reader's language; what is no value of any column stays as it was typed."""
    named = value == UNKNOWN or any(value in set(kind) for kind in KINDS.values())
    return Message(f"weight.word.{value}") if named else value


def check_numbers(of: Mapping[str, float]) -> None:
    """Refuse weights that are no numbers of 0 or more."""
    for value, weight in of.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise BadInput("weight.no_number", where="weight", value=_word(value), weight=weight)


def weights_typed(pairs: list[str], column: str | None) -> dict[str, float]:
    """Return ``["micro=1", "未知=0.5"]`` as numbers by value, Chinese words as their codes.

    >>> weights_typed(["大型=3", "unknown=1"], "sme_class")
    {'large': 3.0, 'unknown': 1.0}
    """
    found: dict[str, float] = {}
    for pair in pairs:
        word, _, number = pair.replace("＝", "=").partition("=")
        kind = KINDS.get(column or "", Answer)
        code = recognise(kind, word) or recognise(Answer, word)
        value = str(code) if code is not None else word.strip()
        try:
            weight = float(number)
        except ValueError as error:
            raise BadInput("weight.not_typed", where="--weight", pair=pair) from error
        if found.get(value, weight) != weight:
            raise BadInput("weight.twice", where="--weight", value=_word(value))
        found[value] = weight
    check_numbers(found)
    return found
