"""Every class that is drawn is one of the industry it was drawn for."""

import numpy as np

from ipps_geo.workspace.demo.figures import Industries


def test_a_class_belongs_to_its_industry_and_every_class_is_drawn_sooner_or_later():
    industries = Industries()
    tags = np.arange(len(industries.tags)).repeat(3_000)
    drawn = industries.draw(tags, np.random.default_rng(2))
    for tag, members in enumerate(industries._members):
        assert set(drawn[tags == tag]) == set(members.tolist())
