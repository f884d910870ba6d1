"""Somebody who has every public table of a coverage, knows its rule, and has a solver.

Everybody is one point of the full cross of all attributes: where he lives (unit and cell), his answer on need, on a
roster or not, how many stations he reaches, his band of distance, his size, his industries. Whatever a table shows is
one equation over those. Nothing here knows how the counts were hidden.
"""

import itertools

import highspy
import numpy as np

NEEDS = ("yes", "no", "unknown")
OPEN = 5
"""Whole numbers that must stay open to a group of 1 to 4."""


class Attack:
    """Equations of the public tables over the full cross of the attributes.

    Parameters
    ----------
    places
        Pairs of unit and cell (None: elsewhere in the unit) where somebody may live.
    bands
        Names of the bands of distance, in ascending order; the first ``within`` of them are within reach.
    """

    def __init__(self, places, bands, within, sizes=("",), industries=("",), stations=(0,)):
        several = [pick for k in (1, 2) for pick in itertools.combinations(industries, k)]
        self.kinds = [
            {
                "unit": unit, "cell": cell, "need": need, "roster": roster, "band": band, "size": size,
                "industries": mix, "stations": reached,
            }
            for (unit, cell), need, roster, band, size, mix, reached in itertools.product(
                places, NEEDS, (True, False), range(len(bands)), sizes, several, stations
            )
            if len(stations) == 1 or (reached > 0) == (band < within)
        ]  # fmt: skip
        self.within = within
        self.rows, self.values = [], []

    def known(self, test, value):
        """Enter that ``value`` people pass ``test``."""
        self.rows.append(np.flatnonzero([test(kind) for kind in self.kinds]))
        self.values.append(value)

    def solve(self):
        """Make the equations ready: one program, of which each question changes the goal alone."""
        counts = [len(row) for row in self.rows]
        values, infinite = np.array(self.values, dtype=float), highspy.kHighsInf
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.kinds), len(self.rows)
        program.col_cost_ = np.zeros(len(self.kinds))
        program.col_lower_, program.col_upper_ = np.zeros(len(self.kinds)), np.full(len(self.kinds), infinite)
        program.row_lower_ = program.row_upper_ = values
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        program.a_matrix_.index_ = np.concatenate(self.rows).astype(np.int32)
        program.a_matrix_.value_ = np.ones(sum(counts))
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", "false")
        self.solver.setOptionValue("presolve", "off")  # it would forget where the last question ended
        self.solver.passModel(program)

    def bounds(self, test):
        """Return the least and the largest whole number of people who pass ``test``."""
        goal = np.array([float(test(kind)) for kind in self.kinds])
        every, known = np.arange(len(goal), dtype=np.int32), highspy.HighsModelStatus
        ends = []
        for sign in (1, -1):
            self.solver.changeColsCost(len(goal), every, sign * goal)
            self.solver.run()
            status = self.solver.getModelStatus()
            assert status in (known.kOptimal, known.kUnbounded), status
            ends.append(np.inf if status == known.kUnbounded else sign * self.solver.getObjectiveValue())
        return int(np.ceil(ends[0] - 1e-6)), ends[1] if np.isinf(ends[1]) else int(np.floor(ends[1] + 1e-6))

    def given_away(self, groups):
        """Return the groups of 1 to 4 people of which fewer than five whole numbers stay open, with the bounds.

        ``groups`` holds name, test, true number, and whether the tables count it (itself, or by subtraction); one that
        they do not count is given away when it is proven to be 1 to 4.
        """
        told = []
        for name, test, number, counted in groups:
            if not 0 < number < OPEN:
                continue
            least, most = self.bounds(test)
            assert least <= number <= most, (name, least, number, most)
            if most - least + 1 < OPEN if counted else (least >= 1 and most < OPEN):
                told.append((name, number, least, most))
        return told


def columns(within):
    """Return what each column of the tables counts."""
    return {
        "enterprises": lambda kind: True,
        "with_need": lambda kind: kind["need"] == "yes",
        "on_roster": lambda kind: kind["roster"],
        "within_reach": lambda kind: kind["band"] < within,
        "on_roster_with_need": lambda kind: kind["roster"] and kind["need"] == "yes",
        "within_reach_with_need": lambda kind: kind["band"] < within and kind["need"] == "yes",
    }


def crossed(within):
    """Return tests on need, roster and reach, one, two or three at once, and whether the tables count the group."""
    need = {"": None, "need": lambda k: k["need"] == "yes", "no need": lambda k: k["need"] != "yes"}
    roster = {"": None, "roster": lambda k: k["roster"], "no roster": lambda k: not k["roster"]}
    reach = {"": None, "reach": lambda k: k["band"] < within, "no reach": lambda k: k["band"] >= within}
    for (a, first), (b, second), (c, third) in itertools.product(need.items(), roster.items(), reach.items()):
        tests = [test for test in (first, second, third) if test]
        yield f"{a} {b} {c}", (lambda kind, tests=tests: all(test(kind) for test in tests)), not (second and third)
