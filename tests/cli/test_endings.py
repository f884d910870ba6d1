"""A refusal, no plan, a stop and an error in the program are four things: in text, in the exit code, as a document."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path

import jsonschema
import pytest

from ipps_geo import planning
from ipps_geo.errors import Stopped
from ipps_geo.planning import many
from ipps_geo.results import schema
from ipps_geo.workspace import generate_demo, save_workspace


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("endings") / "ws"
    save_workspace(generate_demo(6_000, seed=3), folder)
    return folder


def document(out):
    made = json.loads(out)
    jsonschema.validate(made, schema("error"))
    return made


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "--statoins", "2"), "--stations"),
        (("plan", "--objective", "best"), "可用：covered、fewest_sites、worst_unit"),
        (("plan", "--stations", "three"), "不小于 1 的整数"),
        (("plan", "--reach-km", "far"), "要的是一个数"),
        (("plan", "--stations"), "没有给出值"),
        (("check",), "没有给出这一项"),
        (("pln",), "命令名称不对"),
        (("coverage", "--mode", "car"), "--mode 须与 --streets 一起使用"),
        (("plan", "--streets", "a.graphml", "--detour-factor", "1.3"), "绕行系数只用于直线距离"),
        (("assess-site", "--site", "P061", "--sheet", "名册"), "--sheet 须与 --roster 一起使用"),
        (("assess-site", "--site", "P061", "--place-datum", "bd09"), "--place-datum 须与 --lon, --lat 一起使用"),
    ],
)
def test_arguments_that_are_none_are_told_in_our_words(run, arguments, told):
    code, _, err = run(*arguments)
    assert code == 2
    assert told in err
    assert "Usage" not in err
    assert "Input" not in err


def test_a_refusal_names_what_and_where(run, tmp_path):
    code, out, err = run("audit", tmp_path / "nowhere", "--json")
    told = document(out)
    assert (code, told["kind"], told["log_number"]) == (2, "refused", None)
    assert told["message"] in err
    assert "nowhere" in told["where"]


def test_no_plan_says_why(run, network):
    code, out, err = run("plan", network, "--reach-km", 0.01, "--json")
    assert (code, document(out)["kind"]) == (3, "no_plan")
    assert "没有得到可行的方案" in err


def test_an_error_in_the_program_is_a_number_of_the_log(run, network, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise ZeroDivisionError("a secret of the program")

    monkeypatch.setattr(planning, "audit", broken)
    code, out, err = run("audit", network, "--json")
    told = document(out)
    assert (code, told["kind"]) == (4, "internal")
    assert told["log_number"] in err
    assert "secret" not in err + out
    log = (Path(os.environ["XDG_STATE_HOME"]) / "ipps_geo" / "ipps_geo.log").read_text(encoding="utf-8")
    assert f"{told['log_number']} audit" in log
    assert "ZeroDivisionError: a secret of the program" in log


def test_a_stop_writes_the_best_plan_so_far(run, network, monkeypatch, tmp_path):
    solve = planning.plan

    def interrupted(*arguments, should_stop, **options):
        os.kill(os.getpid(), signal.SIGINT)
        assert should_stop()
        return dataclasses.replace(solve(*arguments, **options), stop_reason="cancelled", status="feasible")

    monkeypatch.setattr(planning, "plan", interrupted)
    code, out, err = run("plan", network, "--stations", 1, "--time-limit", 20, "--out", tmp_path / "best", "--json")
    assert (code, json.loads(out)["stop_reason"]) == (130, "cancelled")
    assert list((tmp_path / "best").glob("*.xlsx"))
    assert "Traceback" not in err


def test_a_stop_before_there_is_anything_says_so(run, network, monkeypatch):
    def interrupted(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(planning, "audit", interrupted)
    code, out, err = run("audit", network, "--json")
    assert (code, document(out)["kind"]) == (130, "stopped")
    assert "已按您的要求停止" in err


def test_a_faulty_file_tells_its_problems_although_it_cannot_be_written(run, tmp_path):
    faulty = tmp_path / "rosters.csv"
    faulty.write_text("机构编号,企业名称,是否有明确需求\nW-001,,是\n", encoding="utf-8")
    code, out, err = run("check", faulty, "--normalised", tmp_path / "n.csv", "--lang", "zh")
    assert code == 2
    assert "行 2" in out
    assert "没有写出" in err
    assert not (tmp_path / "n.csv").exists()


def test_a_stop_while_units_are_planned_alone_keeps_the_plan(run, network, monkeypatch):
    def interrupted(*_, **__):
        raise Stopped("solve.stopped")

    monkeypatch.setattr(many, "unit_plans", interrupted)
    code, out, err = run("plan", network, "--stations", 1, "--each-unit", 1, "--time-limit", 20, "--json")
    told = json.loads(out)
    assert (code, len(told["open_sites"]), "unit_plans" in told) == (130, 1, False)
    assert "各单元单独规划：已停止" in err
