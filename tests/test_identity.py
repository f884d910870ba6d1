"""Credit codes and legal entities; python-stdnum is the oracle for check digits."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from ipps_geo.identity import (
    UsccCheck,
    clean_uscc,
    counts_as_enterprise,
    entity_keys,
    has_code,
    normalise_name,
    normalise_uscc,
    uscc_check,
    uscc_checks,
)

GENUINE = [
    *("91110108551385082Q", "911100001011016602", "91110000802100433B", "91110302562134916R", "911103026605015136"),
    *("911103027404017237", "91110400MA7D6T4W01", "9144030071526726XG", "914403001922038216", "12100000400002259P"),
    "12440600MB2C07549J",
]
GENUINE_WITH_WRONG_DIGIT = ["91350203M0001FUE2P", "91350203M0001QKT19", "91350203M0001QAY9B"]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def text(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize("code", GENUINE)
def test_genuine_codes_are_valid(code: str) -> None:
    assert uscc_check(code) is UsccCheck.VALID


@pytest.mark.parametrize("code", GENUINE_WITH_WRONG_DIGIT)
def test_genuine_codes_with_a_wrong_digit_are_codes_all_the_same(code: str) -> None:
    assert uscc_check(code) is UsccCheck.WRONG_CHECK_DIGIT
    assert entity_keys(pd.DataFrame({"uscc": text(code), "name": text("厦门某公司")})).tolist() == [code]


def test_what_is_no_code_is_malformed() -> None:
    for text_ in ("", "无", "123456", "91110108551385082", "911101085513850821Q", "0" * 18, "9111010855138508IQ"):
        assert uscc_check(text_) is UsccCheck.MALFORMED


@given(st.text(ALPHABET, min_size=17, max_size=17), st.sampled_from(ALPHABET))
def test_the_vectorised_check_agrees_with_the_single_one(body: str, last: str) -> None:
    codes = [body + last]
    if body[2:8].isdigit():
        codes.append(body + standard.calc_check_digit(body))
    assert uscc_checks(text(*codes)).tolist() == [uscc_check(code).value for code in codes]


def test_check_digits_made_by_the_standard_are_valid() -> None:
    bodies = [f"91{number * 7919 % 1000000:06d}{number:09d}" for number in range(200)]
    codes = text(*(body + standard.calc_check_digit(body) for body in bodies))
    assert set(uscc_checks(codes)) == {"valid"}


@given(st.sampled_from(GENUINE))
def test_writing_does_not_matter(code: str) -> None:
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code.lower())
    for written in (code.lower(), f" {code[:9]}-{code[9:]} ", full_width, f"\u3000{code}\n"):
        assert normalise_uscc(written) == code
        assert clean_uscc(text(written)).tolist() == [code]


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: text(*values) for name, values in columns.items()})


def test_a_branch_folds_into_its_parent_and_the_parents_parent() -> None:
    head, branch, office = GENUINE[:3]
    rows = frame(
        uscc=[head, branch, office, office],
        parent_uscc=[None, head, branch, None],
        name=["总公司", "分公司", "分公司下属", "分公司下属"],
        legal_form=["company", "branch", "branch", None],
    )
    assert entity_keys(rows).tolist() == [head] * 4


def test_a_subsidiary_is_a_legal_person_of_its_own() -> None:
    rows = frame(uscc=[GENUINE[1]], parent_uscc=[GENUINE[0]], name=["子公司"], legal_form=["company"])
    assert entity_keys(rows).tolist() == [GENUINE[1]]


def test_a_register_knows_the_parent_of_a_branch_listed_bare() -> None:
    register = frame(uscc=[GENUINE[1]], parent_uscc=[GENUINE[0]], name=["分公司"], legal_form=["branch"])
    roster = frame(uscc=[GENUINE[1]], parent_uscc=[None], name=["分公司"])
    assert entity_keys(roster, register).tolist() == [GENUINE[0]]
    assert entity_keys(roster).tolist() == [GENUINE[1]]


def test_without_a_code_rows_have_keys_that_are_no_identity() -> None:
    rows = frame(
        enterprise_id=["E1", None, None, None],
        uscc=[None, "无", "1" * 18, GENUINE[0]],
        name=["甲", "乙（北京）公司", "乙 (北京) 公司", "丙"],
    )
    keys = entity_keys(rows)
    assert keys.tolist() == ["id:E1", "name:乙北京公司", "name:乙北京公司", GENUINE[0]]
    assert has_code(keys).tolist() == [False, False, False, True]


def test_branches_that_name_each_other_do_not_go_round_for_ever() -> None:
    first, second = GENUINE[:2]
    rows = frame(uscc=[first, second], parent_uscc=[second, first], name=["甲", "乙"])
    assert set(entity_keys(rows)) <= {first, second}


def test_the_order_of_rows_does_not_matter() -> None:
    rows = frame(
        uscc=[GENUINE[1], GENUINE[1], GENUINE[2]],
        parent_uscc=[GENUINE[0], GENUINE[3], None],
        name=["甲", "甲", "乙"],
    )
    bare = pd.concat([rows, frame(uscc=[GENUINE[1]], parent_uscc=[None], name=["甲"])], ignore_index=True)
    forward = entity_keys(bare)
    backward = entity_keys(bare.iloc[::-1])
    assert forward.tolist() == backward.loc[forward.index].tolist()


def test_the_input_is_left_as_it_was_and_its_index_kept() -> None:
    rows = frame(uscc=[" 91110108551385082q ", None], name=["甲", "乙"]).set_index(pd.Index([7, 3]))
    before = rows.copy()
    assert entity_keys(rows).index.tolist() == [7, 3]
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize(
    ("prefix", "answer"),
    [
        ("91", "yes"),
        ("92", "no"),
        ("93", "unknown"),
        ("12", "no"),
        ("51", "no"),
        ("52", "no"),
        ("53", "no"),
        ("Y1", "unknown"),
    ],
)
def test_who_is_an_enterprise(prefix: str, answer: str) -> None:
    assert counts_as_enterprise(text(prefix + "0" * 15 + "1")).tolist() == [answer]
    assert counts_as_enterprise(text(f"{prefix}x", None), {prefix: "yes"}).tolist() == ["yes", "unknown"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("小米科技（北京）有限公司", "小米科技(北京)有限公司 "),
        ("ＡＢＣ科技", "abc 科技"),
        ("北京·甲有限公司", "北京甲有限公司"),
    ],
)
def test_names_that_are_written_differently(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)
