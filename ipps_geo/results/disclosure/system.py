"""Counts that hang together: what somebody who has every published table can work out of them.

A table of counts is a sum over groups that nobody publishes. Whoever knows the sums and that no group is negative has a
linear program; the least and the largest value that it leaves to a group is all that he can know of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.errors import InternalError

Form = tuple[int, ...]
"""Numbers of the groups that a count adds up."""

SOLVED, UNBOUNDED = 0, 3
"""What ``linprog`` says of a program."""

EXACT = 1e-6
"""How far a bound of the linear program may lie from a whole number that it stands for."""


@dataclass(frozen=True)
class Cell:
    """One published count: where it stands, the groups that it adds up, its value, and what hiding it costs."""

    table: str
    row: str
    column: str
    form: Form
    value: int
    cost: float

    @property
    def place(self) -> tuple[str, str, str]:
        """Table, row and column."""
        return self.table, self.row, self.column


@dataclass(frozen=True)
class Bounds:
    """The whole numbers that published counts leave to a group, and the cells (by number) that hold each end."""

    least: int
    most: float
    holding: tuple[int, ...]

    @property
    def open_values(self) -> float:
        """How many whole numbers it may be."""
        return self.most - self.least + 1


@dataclass(eq=False)
class Counts:
    """Groups, the cells that are published of them, and what is known of them whatever is hidden."""

    groups: dict[Hashable, int] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    equal: list[tuple[Form, Form]] = field(default_factory=list)
    at_most: list[tuple[Form, Form]] = field(default_factory=list)

    def group(self, key: Hashable) -> int:
        """Return the number of a group, a new one for a new key."""
        return self.groups.setdefault(key, len(self.groups))

    def form(self, keys: Iterable[Hashable]) -> Form:
        """Return the groups of ``keys`` as one count."""
        return tuple(self.group(key) for key in keys)

    def program(self) -> Program:
        """Return the linear program of these counts."""
        return Program(self)


class Program:
    """The linear program of a reader: bounds of a count, given which cells are shown.

    Solutions are kept: hiding a cell takes none of them away, and two that differ show that a count is open.
    """

    def __init__(self, counts: Counts) -> None:
        self.cells = counts.cells
        self.size = len(counts.groups)
        self.values = np.array([cell.value for cell in counts.cells], dtype=np.float64)
        self.published = self._rows([(cell.form, ()) for cell in counts.cells])
        self.equal = self._rows(counts.equal)
        self.at_most = self._rows([(pair[0], pair[1]) for pair in counts.at_most])
        self.free = np.ones(len(self.cells), dtype=bool)
        """Which cells may be hidden."""
        self.met: list[NDArray[np.float64]] = []

    def _rows(self, pairs: Sequence[tuple[Form, Form]]) -> sparse.csr_matrix:
        """Return one row per pair: the groups of the first count less those of the second."""
        rows = np.repeat(np.arange(len(pairs)), [len(plus) + len(minus) for plus, minus in pairs])
        columns = [group for plus, minus in pairs for group in (*plus, *minus)]
        signs = [sign for plus, minus in pairs for sign in (*[1.0] * len(plus), *[-1.0] * len(minus))]
        return sparse.csr_matrix((signs, (rows, columns)), shape=(len(pairs), self.size))

    def span(self, form: Form) -> tuple[float, float]:
        """Return the least and the largest whole number of a count between the solutions met so far."""
        if not self.met:
            return np.inf, -np.inf
        groups = np.array(form, dtype=np.int64)
        seen = np.array([solution[groups].sum() for solution in self.met])
        return float(np.ceil(seen.min() - EXACT)), float(np.floor(seen.max() + EXACT))

    def keep(self, place: int) -> None:
        """Keep the solutions that fit cell ``place`` as it is, should it be shown."""
        form = np.array(self.cells[place].form, dtype=np.int64)
        value = self.cells[place].value
        self.met = [solution for solution in self.met if abs(solution[form].sum() - value) < EXACT]

    def bounds(self, form: Form, shown: NDArray[np.bool_]) -> Bounds:
        """Return what the shown cells leave to the count ``form``."""
        from scipy.optimize import linprog  # only a public edition asks

        numbers = np.flatnonzero(shown)
        left = sparse.vstack([self.published[numbers], self.equal]).tocsr()
        right = np.concatenate([self.values[numbers], np.zeros(self.equal.shape[0])])
        goal = np.zeros(self.size)
        np.add.at(goal, list(form), 1.0)
        ends: list[float] = []
        holding: set[int] = set()
        for sign in (1.0, -1.0):
            found = linprog(
                sign * goal,
                A_eq=left,
                b_eq=right,
                A_ub=self.at_most if self.at_most.shape[0] else None,
                b_ub=np.zeros(self.at_most.shape[0]) if self.at_most.shape[0] else None,
                method="highs",
            )
            if found.status == UNBOUNDED:
                ends.append(np.inf)
                continue
            if found.status != SOLVED:
                raise InternalError("disclosure.no_bound", where="disclosure", status=int(found.status))
            ends.append(sign * float(found.fun))
            self.met.append(np.asarray(found.x, dtype=np.float64))
            tight = np.abs(found.eqlin.marginals[: len(numbers)]) > EXACT
            holding |= set(numbers[tight].tolist())
        least = int(np.ceil(ends[0] - EXACT))
        most = float(np.floor(ends[1] + EXACT)) if np.isfinite(ends[1]) else np.inf
        return Bounds(least, most, tuple(sorted(holding)))
