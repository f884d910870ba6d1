"""Somebody who has every public table of a coverage, knows its rule, and has a solver.

Everybody is one point of the full cross of all attributes: where he lives (unit and cell), his answer on need, on a
roster or not, how many stations he reaches, his band of distance, his size, his industries. Whatever a table shows is
one equation over those. Nothing here knows how the counts were hidden.
"""

import itertools

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

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
        """Make the equations ready."""
        counts = [len(row) for row in self.rows]
        self.left = sparse.csr_matrix(
            (np.ones(sum(counts)), np.concatenate(self.rows), np.concatenate([[0], np.cumsum(counts)])),
            shape=(len(self.rows), len(self.kinds)),
        )

    def bounds(self, test):
        """Return the least and the largest whole number of people who pass ``test``."""
        goal = np.array([float(test(kind)) for kind in self.kinds])
        ends = []
        for sign in (1, -1):
            found = linprog(sign * goal, A_eq=self.left, b_eq=np.array(self.values, dtype=float), method="highs")
            assert found.status in (0, 3), found.message
            ends.append(np.inf if found.status == 3 else sign * found.fun)
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
