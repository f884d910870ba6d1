"""Which published counts have to be hidden so that no small group can be worked out from the others.

The rule, for a least count m that is shown (5):

1. a count of 1 to m - 1 is hidden (primary);
2. whatever else follows from the tables - complements, crossed columns, rows of hidden cells together, differences
   between nested tables - and is 1 to m - 1, must stay open: the shown figures leave at least m whole numbers to it;
3. a group that no table counts must not be proven to be 1 to m - 1.

What breaks 2 or 3 is closed by hiding further cells (secondary), the cheapest of those that hold the bound: the dual
values of the linear program name them. Hiding a cell only widens bounds, so every target is mended once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.results.disclosure.system import Counts, Form, Program


@dataclass(frozen=True)
class Target:
    """A group that must not be known: its size where the tables tell it, None where only bounds can."""

    form: Form
    size: int | None = None


def shown_cells(
    counts: Counts,
    targets: Iterable[Target],
    minimum: int,
    unions: Callable[[NDArray[np.bool_]], Iterable[Target]] = lambda shown: (),
    settled: Mapping[tuple[str, str, str], bool] | None = None,
) -> NDArray[np.bool_]:
    """Return which cells of ``counts`` may be shown, shape (cells,).

    Parameters
    ----------
    unions
        Further targets for a choice of cells: what its hidden rows are together.
    settled
        Whether cells, by table, row and column, are shown, where that is decided already.
    """
    settled = settled or {}
    free = np.array([cell.place not in settled for cell in counts.cells], dtype=bool)
    shown = np.array([settled.get(cell.place, not 0 < cell.value < minimum) for cell in counts.cells], dtype=bool)
    program = counts.program()
    program.free = free
    asked = dict.fromkeys(targets)
    for target in asked:
        _open(program, target, shown, minimum)
    while fresh := [target for target in unions(shown) if target not in asked]:
        for target in fresh:
            _open(program, target, shown, minimum)
        asked |= dict.fromkeys(fresh)
    spare = [
        place
        for place, cell in enumerate(counts.cells)
        if free[place] and not shown[place] and not 0 < cell.value < minimum
    ]
    for place in sorted(spare, key=lambda place: -counts.cells[place].cost):
        trial = shown.copy()
        trial[place] = True
        program.keep(place)
        if all(_holds(program, target, trial, minimum) for target in (*asked, *unions(trial))):
            shown = trial
    return shown


def _holds(program: Program, target: Target, shown: NDArray[np.bool_], minimum: int) -> bool:
    """Return whether ``target`` is open when these cells are shown."""
    if target.size is not None and not 0 < target.size < minimum:
        return True
    if _is_open(program.span(target.form), target, minimum):
        return True
    bounds = program.bounds(target.form, shown)
    return _is_open((bounds.least, bounds.most), target, minimum)


def _open(program: Program, target: Target, shown: NDArray[np.bool_], minimum: int) -> None:
    """Hide cells until ``target`` is open; change ``shown`` in place."""
    if target.size is not None and not 0 < target.size < minimum:
        return
    while not _is_open(program.span(target.form), target, minimum):
        bounds = program.bounds(target.form, shown)
        levers = [number for number in bounds.holding if program.free[number]]
        if _is_open((bounds.least, bounds.most), target, minimum) or not levers:
            return
        shown[min(levers, key=lambda number: (program.cells[number].cost, number))] = False


def _is_open(ends: tuple[float, float], target: Target, minimum: int) -> bool:
    least, most = ends
    if target.size is None:
        return least < 1 or most >= minimum
    return most - least >= minimum - 1
