"""Words in cells: answers, days, numbers with units, industries, codes that only look like codes."""

import datetime as dt

import pytest
from stdnum.cn import ric

from ipps_geo.identity import UsccCheck, uscc_check
from ipps_geo.intake.credit_codes import is_person, look_alike
from ipps_geo.intake.industries import industries
from ipps_geo.intake.writings import count, day, legal_form, measure, span
from ipps_geo.intake.yes_no import answer
from ipps_geo.policy.key_industries import normalise_industry_code

ANSWERS = {
    "yes": "是 有 √ ✓ ☑ Y y 1 需要 有需求 是（专利导航） 有(商标) 1.是 A.是 ①是 ☑是□否 是√否□ "
    "有专利需求 有：专利 是。 TRUE Ｙ 存在 有的",
    "no": "否 无 × ✗ ☐ N 0 不需要 无需求 2.否 B、否 □是☑否 无专利需求 没有 暂无 无需 无，但关注 FALSE Ｘ 暂无需求",
    "unknown": "待定 不清楚 未填 未知 不详 待核实 3.不清楚 不确定 待补充",
    None: "已提供 也许 是/否 有/无 2 去年 有待确认 专利检索 有限 12 1家 是;否",
}


@pytest.mark.parametrize("meaning", ANSWERS)
def test_answers_are_understood_and_nothing_else_is(meaning):
    assert {text: answer(text)[0] for text in ANSWERS[meaning].split()} == dict.fromkeys(
        ANSWERS[meaning].split(), meaning
    )


@pytest.mark.parametrize("text", ["有", "无", "1.是", "待定"])
def test_an_answer_with_a_remark_is_told(text):
    said, note = answer(f"{text}（商标）")
    assert said == answer(text)[0]
    assert note == "answer_writing"


@pytest.mark.parametrize(
    "text",
    [
        *("2021.3.5", "2021/3/5", "20210305", "20210305.0", "44260", "2021年3月5号"),
        *("二〇二一年三月五日", "2021—03—05", "2021.03.05."),
        *("2021/3/5 0:00:00", "2021-03-05 10:30", "2021年3月5日（周五）", "2021年3月5日 星期五", "２０２１年３月５日"),
    ],
)
def test_a_day_is_read_in_every_writing(text):
    assert day(text)[0] == dt.date(2021, 3, 5)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_keeps_its_bounds(month):
    first = dt.date(2024, month, 1)
    after = dt.date(2024 + month // 12, month % 12 + 1, 1)
    for text in (f"2024年{month}月", f"2024-{month:02d}", f"2024/{month}", f"2024{month:02d}"):
        assert span(text) == (first, after - dt.timedelta(days=1))
        assert day(text) == (None, "day_of_month")


@pytest.mark.parametrize("text", ["21.3.5", "2021-3-5至2024-3-4", "03/04/2024", "2021.1", "2021", "长期", "2021-02-30"])
def test_what_may_be_two_days_is_none(text):
    assert day(text) == (None, "")


def test_numbers_of_people_and_units():
    assert [count(text)[0] for text in ("12", "12人", "无", "1,200", "12.5", "约10")] == [12, 12, 0, 1200, None, None]
    assert measure("3.5公里", {"公里": 1000}) == (3500.0, "unit_in_cell")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("C-制造业/27-医药制造业/2761", "C2761"),
        ("27医药制造业", "C27"),
        ("I65 软件和信息技术服务业", "I65"),
        ("医药制造业", "C27"),
        ("科学研究和技术服务业", "M"),
        ("C 2761", "C2761"),
        ("2761/2762", "C2761;C2762"),
        ("制造业", "C"),
        ("I6513-应用软件开发", "I6513"),
        ("农、林、牧、渔业", "A"),
        ("软件和信息技术服务业（I65）", "I65"),
        ("软件和信息技术服务业、医药制造业", "I65;C27"),
        ("制造业-医药制造业", "C27"),
        ("c2761", "C2761"),
        ("I", "I"),
        ("新一代信息技术", None),
        ("I65 医药制造业", None),
        ("C13-C43", None),
        ("9999", None),
        ("I39", None),
    ],
)
def test_industries_are_read_by_code_and_by_name(text, codes):
    found = industries(text)[0]
    assert found == codes
    assert all(normalise_industry_code(code) == code for code in (found or "C").split(";"))


def test_legal_forms_of_a_register():
    forms = {
        "有限责任公司(自然人投资或控股)": "company",
        "股份有限公司分公司(上市)": "branch",
        "个体工商户": "individual_business",
    }
    assert {text: legal_form(text)[0] for text in forms} == forms


def test_letters_for_digits_are_suggested_by_the_check_digit_alone():
    code = "91110108551385082Q"
    for told in ("9111O108551385082Q", "9I110108551385082Q", "9l110108551385082Q", "911IO1O8551385O82Q"):
        assert look_alike(told) == code
    assert look_alike("9111O108551385082A") is None
    assert look_alike(code) is None
    assert uscc_check(code) is UsccCheck.VALID


@pytest.mark.parametrize("number", ["11010519491231002X", "360426199101010071"])
def test_identity_cards_are_known_by_their_own_check_digit(number):
    assert ric.is_valid(number)
    assert is_person(number)
    assert not is_person("12110108MB1234567X")
