"""Small counts in a public edition: the boundary on both sides, in both languages."""

import pytest

from ipps_geo.report.disclosure import PUBLIC_MINIMUM, hidden, least_shown, shown
from ipps_geo.report.words.catalogue import DASH, LANGUAGES, catalogue


@pytest.mark.parametrize(
    ("count", "is_hidden"), [(0, False), (1, True), (PUBLIC_MINIMUM - 1, True), (PUBLIC_MINIMUM, False), (900, False)]
)
def test_only_what_is_small_and_not_nothing_is_hidden_and_only_from_the_public(count, is_hidden):
    assert hidden(count, public=True) is is_hidden
    assert hidden(count, public=False) is False


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hidden_count_is_not_on_the_page(lang):
    words = catalogue(lang)
    told = shown(words, 3, public=True)
    assert "3" not in told
    assert str(PUBLIC_MINIMUM) in told
    assert shown(words, 3, public=False) == "3"
    assert shown(words, 1234, public=True) == words.value(1234)
    assert shown(words, None, public=True) == DASH


def test_the_least_count_that_an_edition_shows():
    assert (least_shown(public=True), least_shown(public=False)) == (PUBLIC_MINIMUM, 0) == (5, 0)
