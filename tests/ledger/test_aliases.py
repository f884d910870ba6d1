"""The form of pseudonyms: of what kind a thing is can be read, and whether its code is sound; nothing else."""

import re

import pandas as pd
import pytest

from ipps_geo.identity import UsccCheck, uscc_check
from ipps_geo.ledger.aliases import alias, aliased

KEY, OTHER = b"k" * 32, b"o" * 32
VALID = "91110108551385082Q"


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("id", "E-1", "e-[0-9a-f]{16}"),
        ("case", "P-1", "pending-[0-9a-f]{16}"),
        ("name", "北京甲科技有限公司", "企业[0-9a-f]{12}"),
        ("code", VALID, r"91[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"),
        ("code", "12345", r"\?[0-9a-f]{16}"),
    ],
)
def test_a_pseudonym_has_the_form_of_its_kind_and_needs_the_key(kind, text, form):
    made = alias(KEY, kind, text)
    assert re.fullmatch(form, made)
    assert made == alias(KEY, kind, text) != alias(OTHER, kind, text)


def test_a_code_keeps_what_kind_of_body_it_is_and_whether_its_check_digit_is_right():
    for number in range(40):
        assert uscc_check(alias(b"%d" % number, "code", VALID)) is UsccCheck.VALID
    wrong = alias(KEY, "code", VALID[:-1] + "R")
    assert (wrong[:2], uscc_check(wrong)) == ("91", uscc_check(VALID[:-1] + "R"))
    assert wrong[:17] != alias(KEY, "code", VALID)[:17]  # two codes, two authorities and organisations
    assert wrong[2:8] != VALID[2:8]


def test_names_that_differ_in_blanks_and_brackets_stay_equal_and_nothing_stays_nothing():
    made = aliased(KEY, "name", pd.Series(["甲（北京）公司", "甲(北京) 公司", None, "乙公司"], dtype="str"))
    assert made[0] == made[1] != made[3]
    assert made.isna().tolist() == [False, False, True, False]
