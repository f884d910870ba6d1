"""Synthetic credit codes are well formed, and nobody's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from ipps_geo.workspace.demo.codes import UNASSIGNED_AUTHORITY, credit_codes


@given(st.lists(st.tuples(st.sampled_from(["91", "92", "93"]), st.integers(0, 10**8 - 1)), min_size=1, max_size=30))
def test_every_code_passes_an_independent_check(wanted):
    kinds, serials = zip(*wanted, strict=True)
    for code, kind, serial in zip(credit_codes(np.array(kinds), np.array(serials)), kinds, serials, strict=True):
        assert standard.is_valid(code)
        assert code[:2] == kind
        assert code[2:8] == UNASSIGNED_AUTHORITY
        assert code[8:16] == f"{serial:08d}"


def organisation_digit(body):
    """GB 11714-1997 by the book: weights 3 7 9 10 5 8 4 2, 11 minus the remainder, ten is X and eleven is 0."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


@given(st.integers(0, 10**8 - 1))
def test_the_organisation_code_inside_has_its_own_check_digit(serial):
    code = credit_codes(np.array(["91"]), np.array([serial]))[0]
    assert code[16] == organisation_digit(code[8:16])


def test_no_province_has_the_authority():
    # First two digits of GB/T 2260: 11-15, 21-23, 31-37, 41-46, 50-54, 61-65, 71, 81, 82.
    provinces = [
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
    ]
    assert int(UNASSIGNED_AUTHORITY[:2]) not in provinces


def test_different_serials_have_different_codes():
    codes = credit_codes(np.full(5000, "91"), np.arange(5000))
    assert codes.is_unique
    assert isinstance(codes.dtype, pd.StringDtype)


@pytest.mark.parametrize("serial", [-1, 10**8])
def test_a_serial_that_does_not_fit_is_refused(serial):
    with pytest.raises(ValueError, match="eight digits"):
        credit_codes(np.array(["91"]), np.array([serial]))
