"""Which cells may stand in a column: shares that speak for a header, or against it."""

from __future__ import annotations

import pytest

from ipps_geo.intake.evidence import fit


@pytest.mark.parametrize(
    ("column", "texts", "share"),
    [
        ("industry_codes", ["C3973", "I65"], 1.0),
        ("industry_codes", ["C3973", "12345678901"], 0.5),
        ("industry_codes", ["是", "否", "1", "0"], 0.0),  # answers, and no codes
        ("explicit_need", ["是", "否", "12345"], 2 / 3),
        ("lon", ["116.3", "x"], 0.5),
        ("address", ["海淀区中关村大街1号", "3"], 0.5),
        ("lon", [], None),
        ("remarks", ["x"], None),
    ],
)
def test_the_share_of_cells_that_fit(column: str, texts: list[str], share: float | None) -> None:
    assert fit(column, texts) == (share if share is None else pytest.approx(share))
