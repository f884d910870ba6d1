"""Pictures are as wide as the paper that they are printed on."""

from ipps_geo.report.maps.canvas import PAPERS


def test_pages_lie_across_a4_and_a3_at_the_dots_of_a_printer():
    widths_mm = {name: round(width * 25.4) for name, (width, _) in PAPERS.items()}
    assert (widths_mm["a4"], widths_mm["a3"]) == (297, 420)
    assert {name: dots for name, (_, dots) in PAPERS.items()} == {"screen": 150, "a4": 300, "a3": 300}
