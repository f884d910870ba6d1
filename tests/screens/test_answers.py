"""What a plan was asked for, in a line over its result."""

from types import SimpleNamespace

import pytest

from ipps_geo.screens.answers import asked_lines

ASKED = {
    "method": "straight_line", "limit": 3000.0, "limit_unit": "m", "detour_factor": 1.0, "objective": "covered",
    "stations": 4, "enlarge": False, "weight_by": "sme_class", "weight_of": {"micro": 2.0, "unknown": 1.0},
    "decay": [[1, 1.0], [3, 0.5]], "floor_percent": 20, "front": "reach", "years": [2, 4], "robust": "worst",
    "closable": ["D-WS-001"], "max_per_unit": {"110101": 1},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_is_not_left_open_is_told(beijing, lang):
    result = SimpleNamespace(provenance=SimpleNamespace(parameters=ASKED))
    lines = asked_lines(beijing, result, lang)
    assert len(lines) == 12, "all but the detour of 1 and what is switched off; method and reach are one"
    if lang == "zh":
        told = " · ".join(lines)
        for word in (
            "距离衰减 1 千米",
            "各年末新设站数 2、4",
            "可关闭或迁移的现有站 1",
            "各单元名册覆盖率下限（%） 20",
        ):
            assert word in told
