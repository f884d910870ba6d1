"""What a submission changes, row by row: before and after, and no more than a reader can take in."""

from types import SimpleNamespace

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens.mappings import _certainty
from ipps_geo.screens.submissions import change_rows

NUMBERS = (
    "full_time_staff",
    "part_time_staff",
    "rank",
    "capacity",
    "annual_cost",
    "newly_served",
    "reachable",
    "shortfall",
)
WORDS = catalogue("en")


def rows(*names, **columns):
    return pd.DataFrame([{"name": name, **columns} for name in names])


def test_each_row_is_told_beside_what_it_was(beijing):
    difference = SimpleNamespace(
        new=rows("N", legal_form="7"), changed=rows("B", "C", legal_form="2"), delisted=rows("D", legal_form="3"),
        gone=rows("E", legal_form="4"), conflicts=rows(),
        before=pd.concat([rows("B", legal_form="b"), rows("C", legal_form="c"), rows("D", legal_form="d")]),
    )  # fmt: skip
    told = change_rows(difference, beijing, "en")
    what = told.set_index(WORDS.text("ledger.change_subject"))[WORDS.text("ledger.change_what")].to_dict()
    assert [what[name].rpartition("b → ")[2] for name in "B"] == ["2"]
    assert (what["C"].endswith("c → 2"), what["D"].endswith("d → 3")) == (True, True)
    assert "→" not in what["N"]
    assert "→" not in what["E"]
    assert told[WORDS.text("ledger.change")].tolist() == [
        WORDS.text(f"ledger.change_{kind}") for kind in ("new", "changed", "changed", "delisted", "gone")
    ]


def test_six_changes_of_a_row_are_told_and_the_others_counted(beijing):
    def of(count):
        frame = pd.DataFrame([{"name": "N"} | dict.fromkeys(NUMBERS[: count - 1], 4)])
        none = frame.iloc[:0]
        return SimpleNamespace(new=frame, changed=none, delisted=none, gone=none, conflicts=none, before=none)

    told = [change_rows(of(count), beijing, "en")[WORDS.text("ledger.change_what")].iloc[0] for count in (6, 7, 9)]
    assert told[0].count("4") == 5
    assert told[1] == WORDS.text("ledger.change_more", shown=told[0], n=1)
    assert told[2] == WORDS.text("ledger.change_more", shown=told[0], n=3)


def test_how_sure_a_header_was_understood():
    mapping = SimpleNamespace(
        table="rosters", columns=[SimpleNamespace(header="Name", confidence=0.934)], conflicts=[("Title", "name")],
        suggestions={"Nmae": ("name", 0.8)},
    )  # fmt: skip
    check = SimpleNamespace(chosen={"Mine": "name"}, saved={"rosters": {"Kept": "name"}})
    names = {"name": "Name of it"}
    told = {
        header: _certainty(check, mapping, header, WORDS, names)
        for header in ("Mine", "Kept", "Name", "Title", "Nmae", "?")
    }
    assert told == {
        "Mine": WORDS.text("app.certainty_chosen"),
        "Kept": WORDS.text("app.certainty_saved"),
        "Name": "93%",
        "Title": WORDS.text("app.certainty_taken", column="Name of it"),
        "Nmae": WORDS.text("app.certainty_like", column="Name of it", share="80%"),
        "?": WORDS.value(None),
    }
