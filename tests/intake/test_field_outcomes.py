"""Workbooks as offices send them: each is read right, asked about, or refused with what to do; none in silence wrong.

``pytest tests/intake/test_field_outcomes.py -s`` prints one line per file. The files lie beside the checkout.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipps_geo.intake import Limits, TableRead
from ipps_geo.intake.request import Request
from ipps_geo.intake.sandbox import Sandbox
from ipps_geo.report.words.messages import problem_message
from ipps_geo.screens.questions import question_text

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "field" / "workbooks"
if not FOLDER.is_dir():
    FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "field" / "workbooks"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((FOLDER / "expected.json").read_text(encoding="utf-8")) if FOLDER.is_dir() else {}
)
TOGETHER = {"x07_shifan_sheet.xlsx": 12}
"""Rows of files whose sheets of one form are read together, where the expectation counts one sheet."""

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not EXPECTED, reason="the workbooks from the field are not here"),
]


@dataclass(frozen=True)
class Judged:
    """One file: ``right``, ``asked``, ``refused`` or ``WRONG``, and why."""

    outcome: str
    why: str


def differences(read: TableRead, told: dict[str, Any], name: str) -> list[str]:
    """Return in what the rows that were read differ from what the file holds."""
    frame, found = read.frame, []

    def compare(what: str, got: Any, wanted: Any) -> None:
        if got != wanted:
            found.append(f"{what}: {got} instead of {wanted}")

    compare("table", read.table, told["table"])
    if read.table != told["table"]:
        return found
    compare("rows", len(frame), TOGETHER.get(name, told.get("rows", len(frame))))
    if "codes" in told:
        compare("codes", frame["uscc"].tolist(), told["codes"])
    if "needs" in told:
        counts = frame["explicit_need"].value_counts()
        compare("needs", {answer: int(counts.get(answer, 0)) for answer in told["needs"]}, told["needs"])
    if "holders" in told:
        compare("holders", frame["holder_id"].value_counts().to_dict(), told["holders"])
    if "units" in told:
        compare("units", frame["unit"].tolist(), told["units"])
    if "name0" in told and len(frame):
        compare("name", frame["name_zh" if "name_zh" in frame else "name"].iloc[0], told["name0"])
    if "days" in told:
        days = [None if pd.isna(day) else day.date().isoformat() for day in frame["established_on"]]
        compare("days", days, told["days"])
    if "industries" in told:
        codes = [None if pd.isna(text) else text for text in frame["industry_codes"]]
        compare("industries", codes, told["industries"])
    if "cost0" in told and len(frame):
        cost = frame["annual_cost"].iloc[0]
        if (None if pd.isna(cost) else cost) not in told["cost0"]:
            found.append(f"cost: {cost}")
    return found


def judged(read: TableRead, told: dict[str, Any], name: str) -> Judged:
    """Return what became of a file."""
    errors = read.problems[read.problems["severity"] == "error"]
    asked = "; ".join(question_text(question, read, "zh") for question in read.questions)
    wrong = differences(read, told, name)
    if told["want"] == "error":
        named = set(errors["row"].dropna().astype(int))
        fits = named == set(told["bad_rows"])
        return Judged("refused" if fits else "WRONG", f"rows {sorted(named)}")
    if not wrong:
        return Judged("right", asked)
    if asked:
        return Judged("asked", asked)
    if len(errors):
        message, advice = problem_message(errors.iloc[0].to_dict())
        return Judged("refused", f"{message}: {advice} ({'; '.join(wrong)})")
    return Judged("WRONG", "; ".join(wrong))


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Judged]:
    """What became of every file as it was sent: nothing is told beside the file itself."""
    found = {}
    with Sandbox(Limits(), files=[FOLDER / name for name in EXPECTED]) as box:
        for name, told in EXPECTED.items():
            found[name] = judged(box.read(Request(FOLDER / name, accept_partial=True)), told, name)
    for name, each in found.items():
        print(f"{each.outcome:8} {EXPECTED[name]['want']:7} {name:32} {each.why[:150]}")
    return found


def test_no_file_is_wrong_in_silence(outcomes: dict[str, Judged]) -> None:
    assert {name: each.why for name, each in outcomes.items() if each.outcome == "WRONG"} == {}


def test_what_can_be_read_is_read_right(outcomes: dict[str, Judged]) -> None:
    readable = [name for name in outcomes if EXPECTED[name]["want"] != "error"]
    right = [name for name in readable if outcomes[name].outcome == "right"]
    assert 100 * len(right) >= 90 * len(readable), {name: outcomes[name] for name in readable if name not in right}


def test_no_number_of_a_person_is_shown(outcomes: dict[str, Judged]) -> None:
    for name, told in EXPECTED.items():
        for secret in told.get("must_not_show", ()):
            with Sandbox(Limits(), files=[FOLDER / name]) as box:
                read = box.read(Request(FOLDER / name, accept_partial=True))
            assert secret not in read.problems.to_csv()
            assert secret not in pd.DataFrame(read.frame).to_csv()
