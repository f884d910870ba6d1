"""The counts of a coverage as one system: by unit, by size, need, industry, number of stations, further limits, cells.

Everybody is counted once in a unit, an answer on need, on a roster or not, and a band of what the way to the nearest
station takes; each breakdown divides the city once more. Breakdowns meet only in what the city's rows hold, so one
system for each, joined there, knows as much as one over all crossed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ipps_geo.results.disclosure.protection import Target
from ipps_geo.results.disclosure.system import Cell, Counts, Form

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results.coverage import CoverageResult

CITY = "city"
UNJUDGED = "not_judged"
COUNTED = (
    "enterprises",
    "with_need",
    "on_roster",
    "within_reach",
    UNJUDGED,
    "on_roster_with_need",
    "within_reach_with_need",
)
"""Columns of counts; ``not_judged`` are those of whom nobody can say whether they are within reach."""

PLACES = ("in", "out", UNJUDGED)
"""Within reach, beyond, and nobody knows."""

PARTITIONS = ("by_size", "by_need")
"""Breakdowns that count everybody once."""

CITY_COST, WHOLE_COST = 1e4, 1e6
"""What it costs to hide a figure of the city, or how many enterprises a unit has; another costs its own value."""

Judge = Callable[[bool, bool, int], bool]
"""Whether a count holds the group of this need, roster and band."""


class CoverageCounts:
    """The system of a coverage: its cells, and what must not be worked out."""

    def __init__(self, result: CoverageResult, hexagon_units: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.result = result
        self.counts = Counts()
        self.targets: list[Target] = []
        self.units = [str(unit) for unit in result.by_unit["unit"] if unit != CITY]
        scale = 1000 if result.limit_unit == "km" else 1
        further = result.tables.get("by_limit")
        limits = {round(result.limit * scale, 6)}
        if further is not None:
            limits |= {round(float(limit), 6) for limit in further["limit"]}
        self.limits = sorted(limits)
        self.within = self.limits.index(round(result.limit * scale, 6))
        self.bands = range(len(self.limits) + 2)
        """The bands between the limits, the one beyond them all, and those who cannot be judged."""
        self.inside: dict[str, dict[int, int]] = {}
        self._units()
        for name in PARTITIONS:
            if name in result.tables:
                self._partition(name, result.tables[name])
        if "by_industry" in result.tables:
            self._industries(result.tables["by_industry"])
        if "overlap" in result.tables:
            self._overlap(result.tables["overlap"])
        if further is not None:
            self._limits(further)
        if hexagon_units is not None and "hexagons" in result.tables:
            self._hexagons(result.tables["hexagons"], hexagon_units)

    def _holds(self, column: str) -> Judge:
        unjudged = self.bands[-1]
        return {
            "enterprises": lambda need, roster, band: True,
            "with_need": lambda need, roster, band: need,
            "on_roster": lambda need, roster, band: roster,
            "within_reach": lambda need, roster, band: band <= self.within,
            UNJUDGED: lambda need, roster, band: band == unjudged,
            "on_roster_with_need": lambda need, roster, band: roster and need,
            "within_reach_with_need": lambda need, roster, band: band <= self.within and need,
        }[column]

    def _of_units(self, units: list[str], holds: Judge) -> Form:
        return self.counts.form(
            ("unit", unit, need, roster, band)
            for unit in units
            for need, roster, band in itertools.product((True, False), (True, False), self.bands)
            if holds(need, roster, band)
        )

    def _cell(self, table: str, row: str, column: str, form: Form, value: int) -> None:
        cost = CITY_COST + value if row == CITY or table != "by_unit" else float(value)
        if column == "enterprises" and table == "by_unit":
            cost += WHOLE_COST if row == CITY else CITY_COST
        if value == 0:  # that nobody is there is often known anyway: it hides little
            cost += WHOLE_COST
        self.counts.cells.append(Cell(table, row, column, form, value, cost))

    def _units(self) -> None:
        rows = self.result.by_unit
        self.columns = [name for name in COUNTED if name in rows]
        if UNJUDGED not in rows:
            nobody = self._of_units(self.units, self._holds(UNJUDGED))
            self.counts.equal.append((nobody, ()))
        for row in rows.to_dict("records"):
            unit = str(row["unit"])
            units = self.units if unit == CITY else [unit]
            for column in self.columns:
                self._cell("by_unit", unit, column, self._of_units(units, self._holds(column)), int(row[column]))
            self.targets += [Target(self._of_units(units, holds), size) for holds, size in self._crossed(row)]
            for need, roster, place in itertools.product((True, False), (True, False), PLACES):
                self.targets.append(Target(self._exactly(units, need, roster, place)))

    def _crossed(self, row: Mapping[str, object]) -> Iterator[tuple[Judge, int]]:
        """Yield what follows from a row: its columns, their complements, and both crossed with the need."""
        size = {name: int(row[name]) for name in self.columns}  # type: ignore[call-overload]
        everybody, need = size["enterprises"], size["with_need"]
        inside, unjudged, within = size["within_reach"], size.get(UNJUDGED, 0), self.within
        roster, beyond = size["on_roster"], self.bands[-1]
        yield lambda n, r, b: not n, everybody - need
        yield lambda n, r, b: not r, everybody - roster
        yield lambda n, r, b: b > within, everybody - inside
        yield lambda n, r, b: within < b < beyond, everybody - inside - unjudged
        yield lambda n, r, b: b != beyond, everybody - unjudged
        for name in self.columns:
            yield self._holds(name), size[name]
        both, near = size["on_roster_with_need"], size["within_reach_with_need"]
        yield lambda n, r, b: r and not n, roster - both
        yield lambda n, r, b: n and not r, need - both
        yield lambda n, r, b: not n and not r, everybody - need - roster + both
        yield lambda n, r, b: b <= within and not n, inside - near
        yield lambda n, r, b: n and b > within, need - near
        yield lambda n, r, b: not n and b > within, everybody - need - inside + near

    def _exactly(self, units: list[str], need: bool, roster: bool, place: str) -> Form:
        return self._of_units(units, lambda n, r, b: n == need and r == roster and self._place(b) == place)

    def _city(self, roster: bool, place: str, need: bool | None = None) -> Form:
        """Return those of the city on a roster or not, within reach (``in``), beyond (``out``) or not judged."""
        return self._of_units(self.units, lambda n, r, b: r == roster and self._place(b) == place and need in (None, n))

    def _place(self, band: int) -> str:
        return "in" if band <= self.within else "not_judged" if band == self.bands[-1] else "out"

    def _parts(self, table: str, frame: pd.DataFrame) -> dict[str, dict[tuple[bool, str], int]]:
        """Return the groups of each row of a breakdown, with its cells and what follows from them."""
        rows: dict[str, dict[tuple[bool, str], int]] = {}
        for record in frame.to_dict("records"):
            label = str(record[frame.columns[0]])
            groups = {
                (roster, place): self.counts.group((table, label, roster, place))
                for roster, place in itertools.product((True, False), PLACES)
            }
            rows[label] = groups
            size = {name: int(record[name]) for name in COUNTED if name in record}
            if UNJUDGED not in size:
                self.counts.equal.append((tuple(groups[roster, "not_judged"] for roster in (True, False)), ()))
            everybody, unjudged = size["enterprises"], size.get(UNJUDGED, 0)

            def part(chosen: Callable[[bool, str], bool], groups: Mapping[tuple[bool, str], int] = groups) -> Form:
                return tuple(group for key, group in groups.items() if chosen(*key))

            forms = {
                "enterprises": part(lambda r, p: True),
                "on_roster": part(lambda r, p: r),
                "within_reach": part(lambda r, p: p == "in"),
                UNJUDGED: part(lambda r, p: p == "not_judged"),
            }
            for column, value in size.items():
                self._cell(table, label, column, forms[column], value)
                self.targets.append(Target(forms[column], value))
            self.targets += [
                Target(part(lambda r, p: not r), everybody - size["on_roster"]),
                Target(part(lambda r, p: p != "in"), everybody - size["within_reach"]),
                Target(part(lambda r, p: p == "out"), everybody - size["within_reach"] - unjudged),
            ]
            self.targets += [Target((group,)) for group in groups.values()]
        return rows

    def _partition(self, table: str, frame: pd.DataFrame) -> None:
        rows = self._parts(table, frame)
        asked = {"yes": True} if table == "by_need" else {}
        for roster, place in itertools.product((True, False), PLACES):
            named = {label: groups[roster, place] for label, groups in rows.items()}
            for label, need in asked.items():
                if label in named:
                    self.counts.equal.append(((named.pop(label),), self._city(roster, place, need)))
            rest = self._city(roster, place, False if asked else None)
            self.counts.equal.append((tuple(named.values()), rest))

    def _industries(self, frame: pd.DataFrame) -> None:
        """Everybody is in one industry at least, and may be in several."""
        rows = self._parts("by_industry", frame)
        for key in itertools.product((True, False), PLACES):
            here = tuple(groups[key] for groups in rows.values())
            city = self._city(*key)
            self.counts.at_most += [((group,), city) for group in here]
            self.counts.at_most.append((city, here))

    def _overlap(self, frame: pd.DataFrame) -> None:
        within: list[int] = []
        rest: list[int] = []
        for stations, number in zip(frame["stations_within_reach"], frame["enterprises"], strict=True):
            group = self.counts.group(("overlap", int(stations)))
            (within if stations else rest).append(group)
            self._cell("overlap", str(stations), "enterprises", (group,), int(number))
            self.targets.append(Target((group,), int(number)))
        beyond = self._of_units(self.units, lambda n, r, b: self._place(b) == "out")
        self.counts.equal.append((tuple(within), self._of_units(self.units, self._holds("within_reach"))))
        self.counts.equal.append((tuple(rest), beyond))

    def _limits(self, frame: pd.DataFrame) -> None:
        main = self.result.by_unit.set_index("unit")["within_reach"].to_dict()
        known: dict[str, dict[int, int]] = {unit: {self.within: int(value)} for unit, value in main.items()}
        for row in frame.to_dict("records"):
            unit, band = str(row["unit"]), self.limits.index(round(float(row["limit"]), 6))
            units = self.units if unit == CITY else [unit]
            if unit not in main:
                continue
            form = self._of_units(units, lambda n, r, b, band=band: b <= band)  # type: ignore[misc]
            self._cell("by_limit", f"{unit}|{row['limit']:g}", "within_reach", form, int(row["within_reach"]))
            whole = self._of_units(units, self._holds("enterprises"))
            self._cell("by_limit", f"{unit}|{row['limit']:g}", "enterprises", whole, int(row["enterprises"]))
            if UNJUDGED in row:
                nobody = self._of_units(units, self._holds(UNJUDGED))
                self._cell("by_limit", f"{unit}|{row['limit']:g}", UNJUDGED, nobody, int(row[UNJUDGED]))
            known[unit][band] = int(row["within_reach"])
            self.targets.append(Target(form, int(row["within_reach"])))
            outside = self._of_units(units, lambda n, r, b, band=band: b > band)  # type: ignore[misc]
            self.targets.append(Target(outside, int(row["enterprises"]) - int(row["within_reach"])))
        for unit, sizes in known.items():
            units = self.units if unit == CITY else [unit]
            for low, high in itertools.pairwise(sorted(sizes)):
                between = self._of_units(units, lambda n, r, b, low=low, high=high: low < b <= high)  # type: ignore[misc]
                self.targets.append(Target(between, sizes[high] - sizes[low]))

    def _hexagons(self, frame: pd.DataFrame, units_of: Mapping[str, tuple[str, ...]]) -> None:
        """A cell lies in the units that it touches; who lives in no cell that is shown is the rest of a unit."""
        self.inside = {unit: {} for unit in self.units}
        for name, number in zip(frame["h3_cell"], frame["enterprises"], strict=True):
            place = len(self.counts.cells)
            groups = {unit: self.counts.group(("hexagon", name, unit)) for unit in units_of[str(name)]}
            for unit, group in groups.items():
                self.inside[unit][place] = group
            form = tuple(groups.values())
            self.counts.cells.append(Cell("hexagons", str(name), "enterprises", form, int(number), float(number)))
        for unit, cells in self.inside.items():
            rest = self.counts.group(("elsewhere", unit))
            everybody = self._of_units([unit], self._holds("enterprises"))
            self.counts.equal.append(((*cells.values(), rest), everybody))

    def unions(self, shown: NDArray[np.bool_]) -> Iterator[Target]:
        """Yield what hidden rows of a table are together, and who of a unit lives in no cell that is shown."""
        for table, column in dict.fromkeys((cell.table, cell.column) for cell in self.counts.cells):
            hidden = [
                cell
                for cell, is_shown in zip(self.counts.cells, shown, strict=True)
                if not is_shown and (cell.table, cell.column) == (table, column) and cell.row != CITY
            ]
            if table not in ("by_limit", "hexagons") and len(hidden) > 1:
                form = tuple(group for cell in hidden for group in cell.form)
                yield Target(form, sum(cell.value for cell in hidden))
        everywhere: list[int] = []
        for unit, cells in self.inside.items():
            hidden_here = [group for place, group in cells.items() if not shown[place]]
            form = (*hidden_here, self.counts.group(("elsewhere", unit)))
            everywhere += form
            yield Target(form)
        yield Target(tuple(everywhere))
