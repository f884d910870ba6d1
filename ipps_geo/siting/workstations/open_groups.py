"""The groups of a program as a set of sites sees them: merged where these sites cannot tell them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.groups import site_words
from ipps_geo.siting.workstations.min_cut import open_groups
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OpenGroups:
    """The groups of a program as a set of sites sees them.

    ``group`` lists the program's groups that some site of the set reaches and ``sub`` their sub-group; sub-group s has
    ``members[s]`` members worth ``value[s]`` each, and sites ``sites[start[s]:start[s + 1]]`` (places in the set).
    """

    group: Longs
    sub: Ints
    start: Longs
    sites: Ints
    members: Longs
    value: Floats
    need: Bools
    label: Ints


def see(program: StationProgram, sites: Ints) -> OpenGroups:
    """Groups as the sites of a set see them, merged within a label."""
    groups = program.groups
    start, lists = groups.by_site
    first, second = site_words(len(sites))
    group, sub, sub_start, sub_sites = open_groups(
        start, lists, groups.row_start, groups.row_sites, groups.label, sites, first, second
    )
    n_sub = len(sub_start) - 1
    members = np.bincount(sub, weights=groups.size[group], minlength=n_sub).round().astype(np.int64)
    value, need, label = np.zeros(n_sub), np.zeros(n_sub, bool), np.zeros(n_sub, np.int32)
    value[sub] = program.value[group]
    need[sub] = group < program.n_need
    label[sub] = groups.label[group]
    return OpenGroups(group, sub, sub_start, sub_sites, members, value, need, label)
