"""The workbook of a tested site: what a district officer reads before he writes his recommendation."""

from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from ipps_geo import planning, report
from ipps_geo.planning.judgements import plan_of_test
from ipps_geo.report.book.site_workbook import _overlaps
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue
from ipps_geo.workspace.tables import conform


@pytest.fixture(scope="module")
def tested(beijing, draft, tested_site):
    """A roster of which a part stands on another station's, and of which some answers are unknown."""
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    shared = beijing.rosters.loc[beijing.rosters["holder_id"] == station].head(3)
    own = tested_site.roster.tail(40)
    mixed = pd.concat([shared, conform("rosters", own)], ignore_index=True)
    return planning.assess_site(beijing, draft, site_id="P061", roster=mixed)


@pytest.fixture(scope="module")
def books(beijing, draft, tested, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    told = plan_of_test(beijing, draft, tested)
    for lang in LANGUAGES:
        report.write_assessment(beijing, tested, told, out / lang, lang)
    return {lang: openpyxl.load_workbook(out / lang / "assessment.xlsx") for lang in LANGUAGES}


def sheet(books, lang, key):
    return books[lang][catalogue(lang).text(f"workbook.{key}")]


def rows_of(page, first):
    rows = list(page.iter_rows(values_only=True))
    start = next(place for place, row in enumerate(rows) if row[0] == first)
    return [dict(zip(rows[start], row)) for row in rows[start + 1 :]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_sheet_gives_the_verdict_in_one_sentence_and_each_step_as_a_number(books, tested, lang):
    words, page = catalogue(lang), sheet(books, lang, "sheet_summary")
    column = [cell for (cell,) in page.iter_rows(max_col=1, values_only=True) if isinstance(cell, str)]
    assert any(words.label("Verdict", tested.assessment.verdict) in line for line in column[1:6])
    told = {row[0]: row[1] for row in page.iter_rows(max_col=2, values_only=True)}
    for name, (least, most) in tested.assessment.counts.items():
        assert told[words.text(f"answer.step_{name}")] == (least if least == most else f"{least}–{most}")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everybody_who_matters_for_a_pass_is_named(books, tested, lang):
    words, remedy = catalogue(lang), tested.assessment.remedy
    rows = rows_of(sheet(books, lang, "sheet_way"), words.column("action"))
    for action, expected in (("drop", remedy.drop), ("ask", remedy.ask), ("available", remedy.available)):
        named = [
            row[words.column("name")]
            for row in rows
            if row[words.column("action")] == words.text(f"workbook.action_{action}")
        ]
        assert len(expected)
        assert sorted(named) == sorted(expected["name"])


def test_the_roster_names_everybody_once_and_those_with_something_to_do_first(books, tested):
    words = catalogue("zh")
    rows = rows_of(sheet(books, "zh", "sheet_roster"), words.column("enterprise_id"))
    assert len(rows) == tested.assessment.counts["enterprises"][0] == 43
    todo = [bool(row[words.column("todo")]) for row in rows]
    assert todo == sorted(todo, reverse=True)
    assert sum("移出" in (row[words.column("todo")] or "") for row in rows) == 3


def test_members_of_other_stations_have_a_sheet_where_there_are_any():
    kept = []
    book = SimpleNamespace(words=catalogue("zh"), table=lambda *told: kept.append(told))
    row = {"station_id": "S1", "station_name": None, "established_on": None, "name": "甲", "entity_key": "name:甲",
           "order": "this_is_later", "found_by": "code"}  # fmt: skip
    for rows in ([], [row, row | {"entity_key": "91110108551385082Q", "station_name": "一站"}]):
        overlaps = pd.DataFrame(rows, columns=list(row))
        _overlaps(book, SimpleNamespace(assessment=SimpleNamespace(overlaps=overlaps)))
    ((_, _, frame, _),) = kept
    assert frame["station_name"].tolist() == ["S1", "一站"]
    assert frame["uscc"].tolist() == ["", "91110108551385082Q"]
