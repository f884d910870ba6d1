"""Readings as choices: those that matter for what is judged, the default first, and a version that says so."""

import pytest

from ipps_geo import compliance, screens
from ipps_geo.errors import PolicyError
from ipps_geo.report.words.catalogue import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("judged", ["carrier", "proposal"])
def test_every_choice_has_words_and_begins_with_the_reading_in_use(draft, judged, lang):
    choices = screens.readings.reading_choices(draft, judged, lang)
    assert choices
    for choice in choices:
        assert next(iter(choice.options)) == draft.reading(choice.name)
        assert len(set(choice.options.values())) == len(choice.options)
        assert not any(word.startswith(choice.name) for word in choice.options.values())


def test_a_stricter_reading_changes_the_verdict_and_the_name_of_the_version(beijing, draft):
    name, option = "one_year", "strict"
    read = draft.with_readings({name: option})
    assert read.version == f"{draft.version}+one_year=strict"
    assert draft.with_readings({name: draft.reading(name)}) is draft
    (finding,) = (f for f in compliance.assess_site(beijing, read, site_id="P061").findings if f.rule == "R7-1c")
    assert finding.reading == "one_year:strict"


def test_an_unknown_option_is_refused(draft):
    with pytest.raises(PolicyError, match="no reading 'perhaps'"):
        draft.with_readings({"one_year": "perhaps"})
