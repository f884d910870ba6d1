"""Who may travel where: tags of OpenStreetMap, one row a street, as a planner would read them."""

import pandas as pd
import pytest

from ipps_geo.reach.street_rules import class_of, passage, passages

BOTH, AHEAD, BACK, CLOSED = (True, True), (True, False), (False, True), (False, False)
CASES = [
    # tags, walking, cycling, driving
    ("highway=residential", BOTH, BOTH, BOTH),
    ("highway=service access=private", CLOSED, CLOSED, CLOSED),
    ("highway=service access=private foot=yes", BOTH, CLOSED, CLOSED),
    ("highway=service access=no motor_vehicle=yes", CLOSED, CLOSED, BOTH),
    ("highway=service access=destination", BOTH, BOTH, BOTH),
    ("highway=tertiary foot=no", CLOSED, BOTH, BOTH),
    ("highway=tertiary bicycle=no", BOTH, CLOSED, BOTH),
    ("highway=tertiary motor_vehicle=no", BOTH, BOTH, CLOSED),
    ("highway=tertiary motorcar=no", BOTH, BOTH, CLOSED),
    ("highway=tertiary vehicle=no", BOTH, CLOSED, CLOSED),
    ("highway=tertiary vehicle=no bicycle=designated", BOTH, BOTH, CLOSED),
    ("highway=trunk", BOTH, BOTH, BOTH),
    ("highway=trunk foot=yes sidewalk=both", BOTH, BOTH, BOTH),
    ("highway=trunk motorroad=yes", CLOSED, CLOSED, BOTH),
    ("highway=trunk motorroad=yes foot=yes", BOTH, CLOSED, BOTH),
    ("highway=motorway", CLOSED, CLOSED, AHEAD),
    ("highway=motorway oneway=no", CLOSED, CLOSED, BOTH),
    ("highway=motorway_link", CLOSED, CLOSED, BOTH),
    ("highway=footway", BOTH, CLOSED, CLOSED),
    ("highway=footway bicycle=yes", BOTH, BOTH, CLOSED),
    ("highway=footway access=yes", BOTH, CLOSED, CLOSED),
    ("highway=cycleway", CLOSED, BOTH, CLOSED),
    ("highway=cycleway foot=designated", BOTH, BOTH, CLOSED),
    ("highway=steps", BOTH, CLOSED, CLOSED),
    ("highway=construction", CLOSED, CLOSED, CLOSED),
    ("highway=proposed foot=yes", CLOSED, CLOSED, CLOSED),
    ("highway=residential disused=yes", CLOSED, CLOSED, CLOSED),
    ("highway=residential construction=minor", BOTH, BOTH, BOTH),
    ("highway=pedestrian area=yes", CLOSED, CLOSED, CLOSED),
    ("highway=service service=parking_aisle", BOTH, BOTH, CLOSED),
    ("highway=residential oneway=yes", BOTH, AHEAD, AHEAD),
    ("highway=residential oneway=-1", BOTH, BACK, BACK),
    ("highway=residential oneway=yes oneway:bicycle=no", BOTH, BOTH, AHEAD),
    ("highway=residential oneway=yes cycleway=opposite_lane", BOTH, BOTH, AHEAD),
    ("highway=residential oneway=yes oneway:foot=yes", AHEAD, AHEAD, AHEAD),
    ("highway=residential oneway=reversible", BOTH, CLOSED, CLOSED),
    ("highway=residential junction=roundabout", BOTH, AHEAD, AHEAD),
    ("highway=residential junction=roundabout oneway=no", BOTH, BOTH, BOTH),
]


@pytest.mark.parametrize(("text", "walk", "bicycle", "car"), CASES)
def test_a_street_is_open_as_its_tags_say(text, walk, bicycle, car):
    tags = dict(part.split("=") for part in text.split())
    for mode, wanted in (("walk", walk), ("bicycle", bicycle), ("car", car)):
        found = passage(tags, mode)
        assert (found.forward, found.backward) == wanted, mode


@pytest.mark.parametrize(
    ("word", "wanted"),
    [*((word, AHEAD) for word in ("yes", "true", "1", "F", "FT", "是")), *((word, BACK) for word in ("-1", "T", "TF"))]
    + [(word, BOTH) for word in ("no", "false", "0", "B", "否", "双向")],
)
def test_words_of_many_sources_for_a_direction(word, wanted):
    found = passage({"highway": "residential", "oneway": word}, "car")
    assert (found.forward, found.backward) == wanted


def test_many_streets_are_judged_as_one_each_and_what_is_unknown_is_counted():
    rows = pd.DataFrame(
        {
            "highway": ["residential", "footway", "residential", "residential"],
            "access": [None, None, "tuesdays", "tuesdays"],
            "oneway": ["yes", None, None, "sideways"],
        }
    )
    found = passages(rows, "car")
    assert found.forward.tolist() == [True, False, True, True]
    assert found.backward.tolist() == [False, False, True, True]
    assert found.unknown == {("access", "tuesdays"): 2}
    assert found.direction == (3, "oneway", "sideways")


def test_chinese_classes_are_known():
    assert [class_of(name) for name in ("快速路", "支路", "tertiary")] == ["trunk", "tertiary", "tertiary"]
