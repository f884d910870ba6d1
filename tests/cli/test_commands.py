"""The command line: one document, one message, the right exit code, and never a traceback."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ipps_geo import cli
from ipps_geo.workspace import save_workspace

COMMANDS = (
    "plan",
    "audit",
    "assess-site",
    "coverage",
    "repair",
    "atlas",
    "check",
    "template",
    "demo",
    "region",
    "schema",
    "partition",
    "app",
)


def test_as_a_program_of_its_own_it_answers_without_warnings_or_tracebacks():
    done = subprocess.run(
        [sys.executable, "-m", "ipps_geo", "plan", "missing_folder"],
        capture_output=True,
        env=os.environ | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert "输入的数据或参数不能使用" in done.stderr.decode("utf-8")


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from typer.testing import CliRunner; from ipps_geo import cli;"
        "print(CliRunner().invoke(cli.app, ['--help']).output);"
        "print([m for m in ('pandas', 'geopandas', 'numba', 'matplotlib', 'streamlit', 'pulp') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(command in printed for command in COMMANDS)
    assert printed.strip().endswith("[]")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.slow
def test_a_plan_as_json_and_as_files(run, tmp_path):
    code, out, _ = run("plan", "--stations", 2, "--json", "--dossiers", "--out", tmp_path / "out")
    document = json.loads(out)
    assert code == 0
    assert document["violations"] == []
    assert len(document["open_sites"]) == 2
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    dossiers = {f"dossiers/{rank:02d}_{site['id']}.pdf" for rank, site in enumerate(document["open_sites"], start=1)}
    assert written == {"map.html", "map.png", "plan.gpkg", "plan.json", "plan.qgs", "plan.xlsx"} | dossiers
    kept = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert {path.replace("\\", "/") for path in kept["files"]} == written


def test_the_audit_of_the_embedded_network_names_the_planted_flaws_and_exits_1(run, beijing):
    code, out, _ = run("audit", "--json")
    document = json.loads(out)
    failed = {(f["rule"], f["subject"]) for f in document["findings"] if f["verdict"] == "FAIL"}
    assert failed == {(flaw.rule, flaw.subject) for flaw in beijing.planted}
    assert code == 1
    keys = {"rule", "article", "subject", "verdict", "severity", "measured", "required", "margin", "evidence"}
    assert keys <= set(document["findings"][0])


@pytest.mark.slow
def test_an_audit_since_a_day_tells_what_changed(run, beijing):
    code, out, _ = run("audit", "--since", "2024-01-01", "--json")
    turned = sum(change["kind"] != "figures" for change in json.loads(out)["changes"])
    code, out, _ = run("audit", "--since", "2024-01-01")
    assert turned > 20
    assert f"结论有变、新增或消失的 {turned:,} 条" in out
    assert code == 1


@pytest.mark.parametrize(
    ("lang", "word", "lacking"), [("zh", "没有得到可行的方案", "距 50 家差 49 家"), ("en", "No plan", "49 short of 50")]
)
def test_nothing_can_open_is_one_message_and_exit_3(run, lang, word, lacking):
    code, out, err = run("plan", "--reach-km", 0.01, "--lang", lang)
    assert (code, out) == (3, "")
    assert word.lower() in err.lower()
    assert err.count(lacking) == 3, "the three best candidates, each with what it lacks"


def test_a_missing_folder_is_one_message_and_exit_2(run, tmp_path):
    code, out, err = run("plan", tmp_path / "missing_folder")
    assert (code, out) == (2, "")
    assert "missing_folder" in err


def test_a_roster_of_nobody_is_asked_about_with_its_file_and_exit_2(run, beijing, tmp_path):
    save_workspace(beijing, tmp_path)
    rosters = tmp_path / "rosters.csv"
    lines = rosters.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("holder_id")
    rosters.write_text("\n".join(",".join(c for i, c in enumerate(line.split(",")) if i != place) for line in lines))
    code, out, err = run("plan", tmp_path)
    assert (code, out) == (2, "")
    assert "rosters.csv" in err
    assert "没有说明是哪个工作站的名册" in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["audit", "--on", "yesterday"], "yesterday"),
        (["audit", "--policy", "no-such-policy"], "no-such-policy"),
        (["assess-site", "--site", "nowhere"], "nowhere"),
        (["assess-site"], "--site"),
        (["plan", "--min-per-unit", "110111"], "110111"),
        (["coverage", "--minutes", "30"], "--minutes"),
        (["coverage", "--streets", "none.graphml"], "none.graphml"),
        (["coverage", "--streets", "a.graphml", "--transit-stations", "b.csv"], "--transit-stations"),
        (["coverage", "--street-edges", "edges.csv"], "--street-edges"),
        (["coverage", "--changes", "changes.csv"], "--changes"),
        (["plan", "--target", "500"], "目标企业数"),
        (["plan", "--dossiers"], "--dossiers"),
        (["demo", "--flaws", "R99-9"], "R99-9"),
    ],
)
def test_bad_arguments_are_one_message_and_exit_2(run, arguments, named, tmp_path):
    code, out, err = run(*arguments, *(["--out", tmp_path] if arguments[0] == "demo" else []))
    assert (code, out) == (2, "")
    assert named in err


def test_coverage_as_json_adds_up(run):
    code, out, _ = run("coverage", "--json")
    document = json.loads(out)
    assert code == 0
    assert sum(row["enterprises"] for row in document["by_unit"]) == document["city"]["enterprises"]


@pytest.mark.slow
def test_a_demonstration_with_flaws_is_saved_and_audited(run, tmp_path):
    code, out, _ = run("demo", "--flaws", "R4-1", "--enterprises", 21000, "--out", tmp_path, "--json")
    planted = json.loads(out)["planted"]
    assert code == 0
    code, out, _ = run("audit", tmp_path, "--json")
    failed = {(f["rule"], f["subject"]) for f in json.loads(out)["findings"] if f["verdict"] == "FAIL"}
    assert failed == {(flaw["rule"], flaw["subject"]) for flaw in planted if flaw["verdict"] == "FAIL"}


# ---------------------------------------------------------------------- what people have is not overwritten
def test_a_filled_template_stays_until_somebody_asks_for_a_new_one(run, tmp_path):
    assert run("template", "--out", tmp_path / "forms")[0] == 0
    filled = tmp_path / "forms" / "rosters.xlsx"
    filled.write_bytes(b"filled in")
    code, _, err = run("template", "--out", tmp_path / "forms", "--lang", "en")
    assert code == 2
    assert "rosters.xlsx" not in err or "overwritten" in err
    assert filled.read_bytes() == b"filled in"
    assert run("template", "--out", tmp_path / "forms", "--force")[0] == 0
    assert filled.read_bytes() != b"filled in"


def test_a_demonstration_takes_no_folder_that_holds_other_files(run, tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "rosters.csv").write_text("mine")
    code, _, err = run("demo", "--enterprises", 300, "--out", tmp_path / "demo")
    assert code == 2
    assert "rosters.csv" in err
    assert (tmp_path / "demo" / "rosters.csv").read_text() == "mine"
    assert run("demo", "--enterprises", 300, "--out", tmp_path / "demo", "--force")[0] == 0


def test_check_writes_neither_over_its_input_nor_over_another_file(run, tmp_path):
    text = "企业编号,企业名称,统一社会信用代码\nE1,甲公司,91110108551385082Q\n"
    source = tmp_path / "enterprises.csv"
    source.write_text(text, encoding="utf-8")
    for force in ([], ["--force"]):
        assert run("check", source, "--table", "enterprises", "--normalised", source, *force)[0] == 2
        assert source.read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_an_audit_is_written_again_into_its_own_folder_and_nowhere_else(run, tmp_path):
    saved = tmp_path / "ws"
    assert run("demo", "--enterprises", 300, "--out", saved)[0] == 0
    assert run("audit", saved, "--out", tmp_path / "out")[0] in (0, 1)
    assert run("audit", saved, "--out", tmp_path / "out")[0] in (0, 1)
    (tmp_path / "out" / "findings.xlsx").write_bytes(b"with my remarks")
    code, _, err = run("audit", saved, "--out", tmp_path / "out")
    assert code == 2
    assert "findings.xlsx" in err
    assert run("coverage", saved, "--out", tmp_path / "out")[0] == 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("plan", "--stations", 2, "--workers", 2), "没有可以分给其他进程的独立部分"),
        (("coverage", "--workers", 2), "没有可以分给其他进程的独立部分"),
        (("audit", "--daily"), "逐日核查没有起始日"),
        (("plan", "--each-unit", 1, "--budget", 90), "不能逐个单元单独规划"),
    ],
)
def test_who_asks_for_what_cannot_be_shared_out_is_told(run, asked, told):
    code, out, err = run(*asked)
    assert (code, out) == (2, "")
    assert told in err
