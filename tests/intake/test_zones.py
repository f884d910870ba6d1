"""A time stamp that states its zone is the day that it was in Beijing, in whatever format it comes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.intake import read_table
from ipps_geo.intake.writings import day

BEIJING = ZoneInfo("Asia/Shanghai")


@given(
    st.dates(dt.date(2000, 1, 2), dt.date(2099, 12, 30)),
    st.integers(0, 86_399),
    st.integers(-12 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
)
def test_the_day_is_that_of_the_clock_in_beijing(written: dt.date, second: int, zone: dt.timezone) -> None:
    stamp = dt.datetime.combine(written, dt.time(), zone) + dt.timedelta(seconds=second)
    assert day(stamp.isoformat())[0] == stamp.astimezone(BEIJING).date()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_with_zones(tmp_path, suffix):
    stamp = pd.Timestamp("2025-12-31T17:00:00", tz="UTC")
    frame = pd.DataFrame(
        {"institution_id": ["W1"], "kind": ["profit_making"], "in_institution_name": ["yes"], "found_on": [stamp]}
    )
    path = tmp_path / f"conduct.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    read = read_table(path, "conduct", sandbox=False)
    assert read.frame["found_on"][0] == pd.Timestamp("2026-01-01")
    assert "zone_day" in set(read.problems["code"])
