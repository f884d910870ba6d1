"""What the framework says in English is replaced by the catalogue's words in both languages."""

import pytest

from ipps_geo.report.words.catalogue import LANGUAGES, catalogue


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_replaced_word_is_in_the_style_and_no_place_is_left_empty(open_page, lang):
    from planner import style

    written = (each.proto.body for each in open_page("export", lang).get("html"))
    told = next(text for text in written if "stFileUploader" in text)
    for name in style._REPLACED:
        assert f'content: "{catalogue(lang).text(f"app.{name}")}"' in told
        assert f"@{name}@" not in told
    assert "@BUTTON@" not in told
    assert "@MENU@" not in told
