"""What the framework says in English is put into words by the catalogue, in both languages."""

import json

import pandas as pd
import pytest

from ipps_geo.report.words.catalogue import LANGUAGES, catalogue


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_phrase_is_given_to_the_page_and_its_language_is_stated(open_page, lang):
    written = (each.proto.body for each in open_page("export", lang).get("html"))
    script = next(text for text in written if "PHRASES" in text)
    given = json.loads(script.split("PHRASES = ", 1)[1].split(", LANG =")[0])
    entries = catalogue(lang).entries
    phrases = {key for key in entries if key.startswith("framework.")}
    assert given == {key.removeprefix("framework."): entries[key] for key in phrases}
    assert given["Increment"] == {"zh": "加", "en": "Increment"}[lang]
    assert {"zh": 'LANG = "zh-CN"', "en": 'LANG = "en"'}[lang] in script


def test_a_closing_tag_in_a_phrase_would_not_end_the_script(open_page):
    written = [each.proto.body for each in open_page("export").get("html")]
    assert sum(text.count("</script>") for text in written) == 1


def test_a_table_is_printed_whole_within_the_page_and_says_what_is_left_out(open_page):
    from planner.style import MOST_PRINTED, on_paper

    table = pd.DataFrame({"名称": ["<b>甲</b>", None], "数": [12345, 6], "是": [True, False]})
    told = on_paper(table, "{:,}".format, "rest")
    assert "&lt;b&gt;甲" in told
    assert "<td class=n>12,345</td>" in told
    assert told.count("<tr>") == 3
    assert "rest" not in told
    long = on_paper(pd.DataFrame({"a": range(MOST_PRINTED + 3)}), str, "3 rows more")
    assert long.count("<tr>") == MOST_PRINTED + 1
    assert "3 rows more" in long
    page = open_page("rosters", lang="en")
    assert not page.error
