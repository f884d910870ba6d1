"""What a site could take in, and how much it lacks: nothing where it has more than enough."""

from ipps_geo.reach import Reach
from ipps_geo.siting.workstations.eligibility import eligibility


def test_a_site_with_more_than_enough_lacks_nothing():
    reach = Reach.from_points([[x, 0] for x in range(60)], [[0, 0]], 3000)
    row = eligibility(reach, [1] * 55 + [0] * 5, min_roster=50).loc[0]
    assert (row["reachable"], row["largest_roster"], row["shortfall"], row["need_shortfall"]) == (60, 60, 0, 0)
    assert row["can_open"]
    exact = eligibility(reach, [1] * 60, min_roster=60).loc[0]
    assert (exact["shortfall"], exact["need_shortfall"], exact["can_open"]) == (0, 0, True)
    assert eligibility(reach, [1] * 60, min_roster=61).loc[0, "shortfall"] == 1
