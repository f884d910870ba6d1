"""Every file of the corpus meets what the manifest expects: accepted whole, in part, or refused, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipps_geo.intake import PROBLEM_KINDS, Limits, TableRead, read_table, write_table
from ipps_geo.intake.request import Request
from ipps_geo.intake.sandbox import Sandbox
from ipps_geo.report.words.catalogue import LANGUAGES
from ipps_geo.report.words.messages import problem_message

pytestmark = pytest.mark.slow(planted=True)


@pytest.fixture(scope="module")
def reads(corpus: Path, manifest: list[dict[str, Any]]) -> dict[str, TableRead]:
    with Sandbox(Limits(), files=[corpus]) as box:
        return {
            case["name"]: box.read(Request(corpus / case["name"], case["table"], accept_partial=True))
            for case in manifest
        }


def test_the_corpus_is_large(manifest: list[dict[str, Any]]) -> None:
    assert len(manifest) >= 200
    assert {case["expect"] for case in manifest} == {"accept", "partial", "reject"}


def test_every_file_ends_as_expected(reads: dict[str, TableRead], manifest: list[dict[str, Any]]) -> None:
    wrong = []
    for case in manifest:
        read = reads[case["name"]]
        codes = set(read.problems["code"])
        outcome = "reject" if not read.accepted else "partial" if read.has_errors else "accept"
        fits = outcome == case["expect"] and set(case["codes"]) <= codes
        fits &= read.accepted + read.rejected == read.rows_in_file == case.get("rows", read.rows_in_file)
        fits &= read.rejected == case.get("rejected", read.rejected)
        fits &= len(read.frame) == read.accepted
        fits &= "worker_died" not in codes
        if not fits:
            wrong.append((case, outcome, read.rows_in_file, read.rejected, read.problems["code"].tolist()))
    assert not wrong, "\n".join(map(str, wrong))


def test_errors_say_where(reads: dict[str, TableRead], manifest: list[dict[str, Any]]) -> None:
    located = [case["name"] for case in manifest if case["located"] and case["expect"] != "accept"]
    silent = []
    for name in located:
        errors = reads[name].problems.query("severity == 'error'")
        named = errors["row"].notna() | errors["feature"].notna() | errors["column"].notna()
        if not named.all() or not (errors["file"] == name).all():
            silent.append(name)
    assert not silent


def test_nearly_all_errors_name_a_place(reads: dict[str, TableRead]) -> None:
    errors = pd.concat([read.problems for read in reads.values()]).query("severity == 'error'")
    placed = errors[["row", "column", "feature"]].notna().any(axis=1) & errors["file"].notna()
    assert 100 * int(placed.sum()) >= 95 * len(errors), errors[~placed]


def test_every_problem_has_words_and_a_known_code(reads: dict[str, TableRead]) -> None:
    problems = pd.concat([read.problems for read in reads.values()])
    assert set(problems["code"]) <= set(PROBLEM_KINDS)
    for problem in problems.drop_duplicates("code").to_dict("records"):
        for lang in LANGUAGES:
            message, advice = problem_message(problem, lang)
            assert message
            assert "{" not in message + advice
            assert advice or problem["severity"] == "note"


def test_files_in_every_encoding_hold_the_same_table(reads: dict[str, TableRead]) -> None:
    plain = reads["good_utf-8.csv"].frame
    same = [
        name
        for name in reads
        if name.startswith(("good_utf", "good_gb", "good_tab", "good_semi", "good_pipe", "good_wide"))
    ]
    same += [
        "good_lf.csv",
        "good_cr.csv",
        "good_titles.csv",
        "good.xlsx",
        "good.gpkg",
        "good.geojson",
        "good.parquet",
        "good_geo.parquet",
    ]
    assert len(same) > 25
    for name in same:
        frame = reads[name].frame
        assert frame.drop(columns="geometry").equals(plain.drop(columns="geometry")), name
        assert frame.geometry.geom_equals_exact(plain.geometry, 1e-9).all(), name


def test_what_is_accepted_reads_back_as_it_was_written(
    reads: dict[str, TableRead], manifest: list[dict[str, Any]], tmp_path: Path
) -> None:
    for case in manifest:
        read = reads[case["name"]]
        if case["expect"] != "accept":
            continue
        write_table(read.frame, tmp_path / "again.csv")
        again = read_table(tmp_path / "again.csv", read.table, sandbox=False)
        assert again.accepted == len(read.frame), case["name"]
        pd.testing.assert_frame_equal(pd.DataFrame(again.frame), pd.DataFrame(read.frame))


def test_the_worker_and_this_process_read_alike(corpus: Path, reads: dict[str, TableRead]) -> None:
    for name in ("good_gbk.csv", "bad_cell_03.csv", "good.xlsx", "bad_polygon.geojson", "good.gpkg"):
        here = read_table(corpus / name, "enterprises", sandbox=False, accept_partial=True)
        pd.testing.assert_frame_equal(here.problems, reads[name].problems)
        pd.testing.assert_frame_equal(pd.DataFrame(here.frame), pd.DataFrame(reads[name].frame))
        assert here.numbers.tolist() == reads[name].numbers.tolist()
