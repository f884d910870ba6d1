"""The need share over everything that is not known, against every world that can be, one by one."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.compliance.article_07_need import _with_need, need_distance, need_margin, share_verdict
from ipps_geo.compliance.findings import Verdict

COUNTS = st.lists(st.integers(0, 2), min_size=3, max_size=3)


def worlds(possible, certain):
    """Every (enterprises, with need): the unknown say yes or no; who only may be an enterprise is one or none."""
    yes, no, unknown = certain
    maybe_yes, maybe_no, maybe_unknown = possible
    for told, some_yes, some_no, here in product(
        range(unknown + 1), range(maybe_yes + 1), range(maybe_no + 1), range(maybe_unknown + 1)
    ):
        for willing in range(here + 1):
            yield yes + no + unknown + some_yes + some_no + here, yes + told + some_yes + willing


@given(COUNTS, COUNTS, st.sampled_from([(3, 5), (1, 2), (2, 3), (1, 1)]))
def test_bounds_are_those_of_all_worlds(possible, certain, share):
    k, n = share
    needs, every = [possible, certain], list(worlds(possible, certain))
    margins = [n * with_need - k * count for count, with_need in every]
    assert need_margin(needs, k, n) == (min(margins), max(margins))
    assert _with_need(needs) == (min(w for _, w in every), max(w for _, w in every))
    beyond = [with_need - -(-count * k // n) for count, with_need in every]
    assert need_distance(needs, k, n) == (min(beyond), max(beyond))
    met = [count > 0 and with_need > 0 and n * with_need >= k * count for count, with_need in every]
    verdict = share_verdict(needs, k, n)
    assert verdict is (Verdict.PASS if all(met) else Verdict.UNDETERMINED if any(met) else Verdict.FAIL)


def test_a_share_of_nothing_asks_for_somebody_all_the_same():
    assert share_verdict([[0, 0, 0], [0, 0, 0]], 0, 1) is Verdict.FAIL
    assert share_verdict([[0, 0, 0], [0, 1, 0]], 0, 1) is Verdict.PASS
    assert share_verdict([[0, 1, 0], [0, 0, 0]], 0, 1) is Verdict.UNDETERMINED
