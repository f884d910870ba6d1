"""Fields of forms: what an address names in codes, what it names that nobody has, and what a form keeps."""

import pytest

from ipps_geo.report.words.catalogue import catalogue

ZH = catalogue("zh")


@pytest.fixture
def arrive(open_page, monkeypatch):
    """Open a page at an address."""
    from streamlit.testing.v1 import AppTest

    began = AppTest.from_string

    def arrived(name, address, lang="zh", **session):
        def addressed(*given, **named):
            page = began(*given, **named)
            for key, value in address.items():
                page.query_params[key] = value
            return page

        monkeypatch.setattr(AppTest, "from_string", addressed)
        return open_page(name, lang, **session)

    return arrived


def said(page):
    return " ".join(line.value for line in page.warning)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_address_is_of_codes_that_every_language_reads(arrive, lang):
    address = {
        "plan_scenarios": "worst",
        "plan_stations": "7",
        "plan_required": ["P061", "P062"],
        "plan_enlarge": "false",
    }
    page = arrive("plan", address, lang)
    assert page.selectbox(key="plan_scenarios").value == "worst"
    assert page.number_input(key="plan_stations").value == 7
    assert page.multiselect(key="plan_required").value == ["P061", "P062"]
    assert not page.checkbox(key="plan_enlarge").value
    assert {name: page.query_params[name] for name in address} == address, "it stands as it was sent"


def test_a_choice_stands_in_the_address_as_its_code_and_what_is_usual_does_not(arrive):
    page = arrive("plan", {"plan_stations": "7"})
    page.number_input(key="plan_stations").set_value(10)
    page.selectbox(key="plan_front").set_value("cost").run()
    assert page.query_params["plan_front"] == "cost"
    assert "plan_stations" not in page.query_params


def test_what_an_address_names_that_nobody_has_is_said_and_left_out(arrive):
    address = {
        "plan_scenarios": "各情景中最差者", "plan_stations": "700", "plan_budget": "many",
        "plan_required": ["P061", "P999"],
        "plan_km": "5", "colour": "red", "lang": "fr", "plan_within": "perhaps",
    }  # fmt: skip
    page = arrive("plan", address)
    told = said(page)
    for value in ("各情景中最差者", "700", "many", "P999", "plan\\_km=5", "colour=red", "perhaps"):
        assert value in told, value
    assert page.number_input(key="plan_stations").value == 10
    assert page.multiselect(key="plan_required").value == ["P061"]
    assert set(page.query_params) == {"lang", "plan_required"}
    page.run()
    assert "P999" in said(page), "it stands until the page is left"


def test_a_selection_that_is_no_longer_there_is_said(arrive):
    assert "119999" in said(arrive("overview", {"unit": "119999"}))


def test_a_form_keeps_what_it_held_before_the_page_was_loaded_again(arrive, open_page, small_plan):
    page = open_page("plan")
    page.number_input(key="plan_stations").set_value(6)
    page.checkbox(key="plan_within").check().run()
    forms = page.session_state["forms"]
    again = open_page("plan", forms=forms)
    assert again.number_input(key="plan_stations").value == 6
    assert again.query_params["plan_stations"] == "6"
    sent = arrive("plan", {"plan_stations": "3"}, forms=forms)
    assert (sent.number_input(key="plan_stations").value, sent.checkbox(key="plan_within").value) == (3, False)


def test_what_a_form_held_that_the_data_have_no_more_is_said(open_page, beijing):
    left = beijing.replace(carriers=beijing.carriers.loc[beijing.carriers["carrier_id"] != "P061"])
    page = open_page("plan", workspace=left, forms={"plan_required": ["P061", "P062"], "plan_unit": "119999"})
    assert page.multiselect(key="plan_required").value == ["P062"]
    assert page.selectbox(key="plan_unit").value == ""
    assert "P061" in said(page)
    assert "119999" in said(page)


def test_facts_of_an_applicant_are_kept_and_no_address_tells_them(open_page):
    page = open_page("site")
    key = next(field.key for field in page.text_input if str(field.key).startswith("site_fact"))
    page.text_input(key=key).set_value("2020-01-01").run()
    assert not [name for name in page.query_params if name.startswith("site_fact")]
    assert open_page("site", forms=page.session_state["forms"]).text_input(key=key).value == "2020-01-01"
