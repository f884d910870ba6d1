"""Every document holds what its schema promises, and the schema bites."""

import json
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from ipps_geo import planning, results
from ipps_geo.cli import commands
from ipps_geo.errors import NotSolved
from ipps_geo.planning.national import plan_partitions
from ipps_geo.regions import NewRegion
from ipps_geo.results import file_documents
from ipps_geo.results.national_documents import national_document
from ipps_geo.results.schemas import VERSIONS, DocumentKind
from ipps_geo.workspace import apply_read, generate_demo
from ipps_geo.workspace.partitioning import partition_workspace


@pytest.fixture(scope="module")
def documents(beijing, draft, audited, covered_city, tested_site, repaired, tmp_path_factory):
    """One document of each kind, as a program reads it."""
    roster = tmp_path_factory.mktemp("documents") / "roster.csv"
    beijing.rosters.head(60).to_csv(roster, index=False)
    found = planning.check_files(roster)
    difference = apply_read(beijing, found.reads[0]).difference.as_json()
    small = generate_demo(3_000, seed=3)
    parts = partition_workspace(small, roster.with_name("parts"), by="nothing")
    nation = plan_partitions(parts, draft, planning.PlanParameters(stations=2), roster.with_name("rosters"))
    made = {
        "partitions": file_documents.partitions_document(Path("parts"), "nothing", parts),
        "national": national_document(nation, files=[Path("plan.xlsx")]),
        "error": results.error_document(NotSolved("solve.no_plan_in_time"), "no time", "more time"),
        "plan": results.plan_document(
            planning.plan(small, draft, planning.PlanParameters(stations=2, frontier=2, robustness=True)),
            explain=True,
            files=[Path("plan.xlsx")],
        ),
        "audit": results.audit_document(audited, planning.audit_changes(beijing, draft, since=date(2026, 3, 1))),
        "assessment": results.assessment_document(tested_site),
        "coverage": results.coverage_document(covered_city),
        "repair": results.repair_document(repaired),
        "check": file_documents.check_document(found),
        "update": file_documents.update_document([difference]),
        "demonstration": file_documents.demonstration_document(
            planning.make_demo(enterprises=2_000, seed=1, out=roster.with_name("demo"))
        ),
        "region": file_documents.region_document(
            NewRegion(beijing.region, 17, (117,), 0.0002, (roster.with_name("region.toml"),))
        ),
        "templates": file_documents.files_document("templates", [Path("a.xlsx")]),
        "atlas": file_documents.files_document("atlas", [Path("atlas.pdf")]),
    }
    return {kind: json.loads(json.dumps(document, allow_nan=False)) for kind, document in made.items()}


@pytest.mark.parametrize("kind", get_args(DocumentKind))
def test_a_document_is_what_it_says(documents, kind):
    schema = results.schema(kind)
    Draft202012Validator.check_schema(schema)
    assert documents[kind]["schema"] == f"ipps-geo/{kind}/{VERSIONS[kind]}"
    assert [error.message for error in Draft202012Validator(schema).iter_errors(documents[kind])] == []


@pytest.mark.parametrize("kind", get_args(DocumentKind))
def test_a_document_without_one_of_its_keys_is_none(documents, kind):
    validator = Draft202012Validator(results.schema(kind))
    for key in validator.schema["required"]:
        lacking = {name: value for name, value in documents[kind].items() if name != key}
        assert not validator.is_valid(lacking), key


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("plan", "schema", "ipps-geo/plan/0"),
        ("plan", "objective", "many"),
        ("plan", "findings", {"PASS": -1, "FAIL": 0, "UNDETERMINED": 0}),
        ("audit", "counts", {"PASS": 1}),
        ("assessment", "verdict", "MAYBE"),
        ("coverage", "limit_unit", "m"),
        ("repair", "n_moves", 1.5),
        ("error", "exit_code", 0),
    ],
)
def test_a_document_with_a_wrong_value_is_none(documents, kind, key, value):
    assert not Draft202012Validator(results.schema(kind)).is_valid(documents[kind] | {key: value})


def test_several_files_sent_in_are_a_list_of_differences(documents):
    one = {key: value for key, value in documents["update"].items() if key not in ("schema", "files")}
    several = file_documents.update_document([one, one])
    validator = Draft202012Validator(results.schema("update"))
    assert validator.is_valid(several)
    assert not validator.is_valid({"schema": several["schema"], "files": []})


def test_every_command_that_answers_in_json_states_its_schema():
    """The commands are those of the program: a new one that prints an unnamed document is found here."""
    told = {path.stem: path.read_text("utf-8") for path in Path(commands.__path__[0]).glob("*.py")}
    asking = {name: text for name, text in told.items() if "answer.tell(" in text}
    assert set(asking) >= {"plan", "audit", "atlas", "check", "apply", "template", "demo"}
    assert [name for name, text in asking.items() if "_document(" not in text] == []
