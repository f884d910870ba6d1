"""The overview: what has changed since the last visit, and what map and table select in each other."""

from ipps_geo.report.words.catalogue import catalogue

WORDS = catalogue("zh")


def told(page):
    return {element.value for kind in ("info", "success", "caption", "markdown") for element in getattr(page, kind)}


def test_the_first_visit_says_that_there_is_nothing_to_compare_and_the_second_compares(open_page):
    assert WORDS.text("app.first_visit") in told(open_page("overview", overview_who="王"))
    assert WORDS.text("app.nothing_changed") in told(open_page("overview", overview_who="王"))


def test_what_changed_since_the_last_visit_is_listed_and_stays_while_the_visit_lasts(open_page, beijing):
    open_page("overview", overview_who="王")
    holder = beijing.rosters["holder_id"].iloc[0]
    fewer = beijing.rosters.loc[beijing.rosters["holder_id"] != holder]
    page = open_page("overview", workspace=beijing.replace(rosters=fewer), overview_who="王")
    assert WORDS.text("app.nothing_changed") not in told(page)
    changed = f"**{WORDS.text('app.changed_rosters', n=1)}**"
    assert changed in told(page)
    assert changed in told(page.run())


def test_each_reader_has_a_last_visit_of_their_own(open_page):
    open_page("overview", overview_who="李")
    page = open_page("overview", overview_who="李")
    page.text_input(key="overview_who").set_value("王").run()
    assert WORDS.text("app.first_visit") in told(page)
    assert "王" in page.query_params["who"]


def test_nothing_is_kept_of_data_that_a_nameless_reader_sent_in(open_page):
    for _ in range(2):
        page = open_page("overview")
        assert WORDS.text("app.visit_needs_name") in told(page)
        assert WORDS.text("app.first_visit") not in told(page)


def test_the_page_goes_on_when_the_store_is_damaged(open_page, tmp_path):
    (tmp_path / "scenarios.sqlite").write_bytes(b"not a database, but long enough to look at" * 50)
    page = open_page("overview", overview_who="王")
    assert any("方案库" in error.value for error in page.error)
    assert page.dataframe


def test_a_unit_chosen_on_the_map_is_outlined_and_chosen_in_the_table(open_page, map_of):
    page = open_page("overview", overview_selected="110108")
    assert "selected_unit" in map_of(page)
    assert page.session_state["overview_selected"] == "110108"
    assert set(page.dataframe[0].value["服务单元"]) == {"海淀区"}
    page.button(key="overview_unit_clear").click().run()
    assert "selected_unit" not in map_of(page)
    assert len(set(page.dataframe[0].value["服务单元"])) > 1


def test_a_link_leads_to_what_was_looked_at(open_page, map_of):
    page = open_page("overview")
    page.query_params["unit"] = "110108"
    del page.session_state["overview_selected"]
    page.run()
    assert page.session_state["overview_selected"] == "110108"
    assert "selected_unit" in map_of(page)
