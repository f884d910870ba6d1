"""Policy files: what ships is complete, one's own is checked, whatever the rules would not understand is refused."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

import pytest

from ipps_geo.compliance import all_rules
from ipps_geo.errors import PolicyError
from ipps_geo.policy import READINGS, available_policies, load_policy
from ipps_geo.policy.files import OPTIONAL, PARAMETERS, _shown, parse_policy

DRAFT = (resources.files("ipps_geo.policy") / "versions" / "beijing-draft.toml").read_text(encoding="utf-8")
DAY = dt.date(2026, 11, 22)


def test_two_versions_ship() -> None:
    assert available_policies() == ("beijing-2022-154", "beijing-draft")


@pytest.mark.parametrize("name", ["beijing-draft", "beijing-2022-154"])
def test_shipped_versions_hold_every_value_and_reading(name: str) -> None:
    policy = load_policy(name)
    assert set(policy.parameters) >= set(PARAMETERS) - OPTIONAL
    assert set(policy.readings) == set(READINGS)
    assert all(policy.reading(reading) == options[0] for reading, options in READINGS.items())
    for parameter in policy.parameters.values():
        assert parameter.article
        assert parameter.unit
        assert parameter.operator
        assert parameter.source
        assert parameter.dated[0].since is not None


def test_the_draft_says_what_the_measure_says() -> None:
    policy = load_policy()
    assert policy.integer("centers_per_unit", DAY) == 1
    assert policy.integer("center_full_time_staff", DAY) == 2
    assert policy.integer("station_staff", DAY) == 1
    assert policy.integer("station_operating_years", DAY) == 1
    assert policy.integer("station_enterprises", DAY) == 50
    assert policy.share("station_need_share", DAY) == (3, 5)
    assert policy.integer("revocation_notice_days", DAY) == 30
    assert policy.integer("ban_years", DAY) == 3
    assert policy.words("organization_levels", DAY) == ("municipal", "national")
    assert not policy.unverified


def test_the_published_version_marks_what_nobody_could_read() -> None:
    policy = load_policy("beijing-2022-154")
    unread = {parameter.name for parameter in policy.unverified}
    assert "station_enterprises" in unread
    assert "non_profit_institution" not in unread
    assert "copyright_workstation" not in policy.listed_kinds
    assert policy.value("non_profit_institution", DAY) is True


def test_every_value_and_reading_is_used_by_some_rule_or_by_the_engine() -> None:
    used_values = {name for rule in all_rules() for name in rule.parameters}
    used_readings = {name for rule in all_rules() for name in rule.readings}
    assert set(PARAMETERS) == used_values
    assert set(READINGS) == used_readings | {"conditions_bind", "condition_days"}


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + DRAFT.replace("value = 50\n", "value = 40\n"), encoding="utf-8")
    assert load_policy(path).integer("station_enterprises", DAY) == 40
    assert load_policy(str(path)).version == "beijing-draft"


def test_dated_values_change_on_their_day_and_are_repealed() -> None:
    policy = parse_policy(
        DRAFT.replace(
            "value = 50\nfrom = 2022-11-16",
            "dated = [{ from = 2022-11-16, value = 50 }, { from = 2027-01-01, value = 60 }, "
            "{ from = 2028-01-01, repealed = true }]",
        ),
        where="test",
    )
    at = {day: policy.value("station_enterprises", day) for day in (dt.date(2026, 12, 31), dt.date(2027, 1, 1))}
    assert at == {dt.date(2026, 12, 31): 50, dt.date(2027, 1, 1): 60}
    assert policy.value("station_enterprises", dt.date(2028, 1, 1)) is None
    assert policy.value("station_enterprises", dt.date(2019, 1, 1)) == 50  # older stations are judged by it too
    with pytest.raises(PolicyError, match="an integer is needed"):
        policy.integer("station_enterprises", dt.date(2028, 1, 1))


def test_in_force_is_half_open() -> None:
    policy = parse_policy(
        DRAFT.replace("in_force_verified = false", "in_force_verified = true\nrepealed_on = 2028-01-01"), where="test"
    )
    days = [dt.date(2022, 11, 15), dt.date(2022, 11, 16), dt.date(2027, 12, 31), dt.date(2028, 1, 1)]
    assert [policy.holds_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value = 50\n", "valeu = 50\n", "did you mean 'value'"),
        ("value = 50\n", "value = 50.0\n", "is not a whole number"),
        ("value = 50\n", "value = -1\n", "is not a whole number"),
        ("value = 50\n", "value = true\n", "is not a whole number"),
        ("value = [3, 5]", "value = 0.6", "two whole numbers"),
        ("value = [3, 5]", "value = [5, 3]", "two whole numbers"),
        ("[values.station_enterprises]", "[values.station_enterprise]", "did you mean 'station_enterprises'"),
        ("[values.ban_years]", "[values.ban_years]\narticles = 1", "unknown: 'articles'"),
        ('one_year = "inclusive"', 'one_year = "exclusive"', "no reading 'exclusive'"),
        ('one_year = "inclusive"', 'one_years = "strict"', "did you mean 'one_year'"),
        ('one_year = "inclusive"', "one_year = 1", "not a table"),
        ('91 = "yes"', '91 = "maybe"', "is not yes, no or unknown"),
        ('91 = "yes"', 'abc = "yes"', "first two characters"),
        ('company = "yes"', 'firm = "yes"', "unknown: 'firm'"),
        ('"incubator"', '"incubators"', "did you mean 'incubator'"),
        ("in_force_from = 2022-11-16", 'in_force_from = "2022-11-16"', "is not a day"),
        ("verified = true", 'verified = "yes"', "is not true or false"),
        ('version = "beijing-draft"', 'verzion = "beijing-draft"', "did you mean 'version'"),
        ("value = 50\nfrom = 2022-11-16", "dated = [{ value = 50 }, { value = 60 }]", "must follow one another"),
        ("value = 50\nfrom = 2022-11-16", "dated = []", "dated is a list"),
        ("value = 50\nfrom = 2022-11-16", "dated = [{ repealed = true }]", "cannot be a repeal"),
        ("value = 50\n", "value = 50\ndated = []\n", "either value"),
        ("city_lists = [", "city_list = [", "did you mean 'city_lists'"),
        ('operator = ">="', 'operator = ">"', "'>' is none that the rules know — use >="),
        ('operator = ">="', 'operator = "=~"', "'=~' is none that the rules know"),
        ('unit = "enterprise"', 'unit = "employee"', "use enterprise"),
        ("value = 92\n", "value = 120\n", "120 is more than can be meant"),
        ('status = "draft"', 'status = "approved"', "use draft, published"),
        ('version = "beijing-draft"', "version = 7", "is not a text"),
        ('version = "beijing-draft"', 'version = "a+one_year=strict"', "cannot be the name"),
        ('version = "beijing-draft"', 'version = "a\\nb"', "cannot be the name"),
        ("in_force_verified = false", 'in_force_verified = "no"', "is not true or false"),
    ],
)
def test_what_no_rule_understands_is_refused_with_advice(old: str, new: str, message: str) -> None:
    assert old in DRAFT
    with pytest.raises(PolicyError) as caught:
        parse_policy(DRAFT.replace(old, new, 1), where="mine.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("mine.toml")


def test_a_missing_value_is_named() -> None:
    start = DRAFT.index("[values.ban_years]")
    without = DRAFT[:start] + DRAFT[DRAFT.index("[values.dominant_industry_share]") :]
    with pytest.raises(PolicyError, match="values missing: ban_years"):
        parse_policy(without, where="mine.toml")


def test_no_such_file_broken_toml_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such policy version"):
        load_policy("beijing-2099")
    with pytest.raises(PolicyError, match="not valid TOML"):
        parse_policy("version = ", where="mine.toml")
    path = tmp_path / "gbk.toml"
    path.write_bytes('title_zh = "办法"'.encode("gbk"))
    with pytest.raises(PolicyError, match="save it as UTF-8"):
        load_policy(path)


@pytest.mark.parametrize(("letters", "shown"), [(58, 60), (59, 60), (500, 60)])
def test_what_a_file_holds_is_told_in_sixty_letters(letters: int, shown: int) -> None:
    told = _shown("a" * letters)
    assert len(told) == shown
    assert told.endswith("..." if letters > 58 else "'")
