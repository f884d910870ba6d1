"""A policy is what it says: its hash is that of its content, and what differs from the shipped version is told."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from ipps_geo.policy import PolicyChange, changes, content_hash, load_policy
from ipps_geo.policy.files import parse_policy

DRAFT = (resources.files("ipps_geo.policy") / "versions" / "beijing-draft.toml").read_text(encoding="utf-8")


def test_comments_order_and_copies_change_nothing(tmp_path: Path) -> None:
    copied = tmp_path / "copy.toml"
    copied.write_text("# mine\n" + DRAFT, encoding="utf-8")
    assert content_hash(load_policy(copied)) == content_hash(load_policy("beijing-draft"))
    assert changes(load_policy(copied)) == ()


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("value = 50\n", "value = 40\n", ("station_enterprises", "", "50 (2022-11-16)", "40 (2022-11-16)")),
        ("value = [3, 5]", "value = [1, 2]", ("station_need_share", "", "3/5 (2022-11-16)", "1/2 (2022-11-16)")),
        ('91 = "yes"', '91 = "no"', ("enterprise_kinds", "91", "yes", "no")),
        ('one_year = "inclusive"', 'one_year = "strict"', ("one_year", "", "inclusive", "strict")),
        ('status = "draft"', 'status = "published"', ("status", "", "draft", "published")),
    ],
)
def test_one_change_is_one_difference_and_another_hash(old: str, new: str, change: tuple[str, ...]) -> None:
    own = parse_policy(DRAFT.replace(old, new, 1), where="own.toml")
    assert changes(own) == (PolicyChange(*change),)
    assert content_hash(own) != content_hash(load_policy("beijing-draft"))


def test_a_reading_that_was_chosen_stands_in_the_name_and_is_no_difference() -> None:
    chosen = load_policy("beijing-draft").with_readings({"one_year": "strict"})
    assert changes(chosen) == ()
    assert content_hash(chosen) != content_hash(load_policy("beijing-draft"))


def test_a_name_of_ones_own_has_nothing_to_differ_from() -> None:
    own = parse_policy(DRAFT.replace('"beijing-draft"', '"haidian-2027"', 1), where="own.toml")
    assert own.version == "haidian-2027"
    assert changes(own) == ()
