"""Every command of the documents can be typed as it stands, every snippet runs, every page stands in both languages."""

import ast
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from ipps_geo import cli
from ipps_geo.workspace import generate_demo, save_workspace

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCES = re.compile(r"^( *)```(\w*)\n(.*?)\n\1```$", re.M | re.S)
MENU = tomllib.loads((DOCS / "site" / "menu.toml").read_text("utf-8"))


def blocks(page, *languages):
    """The fenced blocks of a page that are in one of these languages, without their indentation."""
    found = FENCES.findall(page.read_text("utf-8"))
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, language, text in found if language in languages]


def commands(page):
    return [line for block in blocks(page, "", "bash") for line in re.findall(r"^ *(ipps-geo [^#\n|]+)", block, re.M)]


def named(page):
    return str(page.relative_to(ROOT))


LINES = {(named(page), line.strip()): line.strip() for page in PAGES for line in commands(page)}
SNIPPETS = {f"{named(page)}:{k}": text for page in PAGES for k, text in enumerate(blocks(page, "python"))}


def test_the_documents_have_commands_and_snippets():
    assert len(LINES) >= 60
    assert {line.split()[1] for line in LINES.values()} >= {
        "check",
        "audit",
        "plan",
        "assess-site",
        "coverage",
        "atlas",
    }
    assert len(SNIPPETS) >= 10


@pytest.mark.parametrize("line", sorted(set(LINES.values())))
def test_a_command_parses(line):
    """Parsing alone: nothing is run, and a wrong option, value or command raises."""
    name, *arguments = shlex.split(line)[1:]
    if name == "--version":
        return
    command = typer.main.get_command(cli.app).commands[name]
    while hasattr(command, "commands"):
        name, *arguments = arguments
        command = command.commands[name]
    assert command.make_context(name, arguments).args == []


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS)
def test_a_snippet_is_python(text):
    compile(text, "snippet", "exec")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the files that the documents speak of."""
    folder = tmp_path_factory.mktemp("desk")
    workspace = generate_demo(2_500, seed=3)
    for name in ("我的数据", "my_data"):
        save_workspace(workspace, folder / name)
    table = workspace.enterprises.head(80).drop(columns="geometry")
    roster = workspace.rosters[workspace.rosters["holder_id"] == "W-001"]
    for stem, frame in (("企业", table), ("enterprises", table), ("名册", roster), ("roster", roster)):
        frame.to_csv(folder / f"{stem}.csv", index=False, encoding="utf-8-sig")
        frame.to_excel(folder / f"{stem}.xlsx", index=False)
    return folder


def files_in(text):
    return set(re.findall(r"[\w./-]+\.(?:csv|xlsx|zip|graphml|pbf|shp|geojson|gpkg|osm)\b", text))


def asked(line):
    """A command with the names of its options: what differs in values, folders and language alone is run once."""
    options = set(re.findall(r" (--[\w-]+)", line)) - {"--out", "--lang", "--reach-km", "--site", "--stations"}
    return (line.split()[1], *sorted(options))


NOT_RUN = re.compile(
    r"ipps-geo (?:app|atlas|demo|ledger|region|--version)|--region|chengdu|成都|(?:parts|分区)|"
    r"1000000|--robustness|--dossiers"
)
"""What serves until it is stopped, or is run by tests of its own: it takes long, or goes by commands before it."""
RUN = sorted({asked(line): line for line in sorted(LINES.values()) if not NOT_RUN.search(line)}.values())


@pytest.mark.slow
@pytest.mark.parametrize("line", RUN)
def test_a_command_runs(line, desk, monkeypatch, capsys):
    read = files_in(re.sub(r"--(?:out|normalised) \S+", "", line))
    if any(not (desk / file).exists() for file in read):
        pytest.skip("speaks of a network that is not on the desk")
    monkeypatch.chdir(desk)
    monkeypatch.setenv("IPPS_GEO_WORKSPACE", "my_data")
    monkeypatch.setattr(sys, "argv", [*shlex.split(line), *(["--force"] if "--out" in line else [])])
    code = 0
    try:
        cli.main()
    except SystemExit as leaving:
        code = leaving.code or 0
    told = capsys.readouterr()
    assert code in (0, 1, 3), told.err  # so small a city has no plan for every question: that is told, and why
    assert (told.err if code == 3 else told.out).strip()


def said(text):
    """What a snippet does whatever its comments and texts say: the same in Chinese and in English is run once."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


WHOLE = {named(page): "\n".join(blocks(page, "python")) for page in PAGES if blocks(page, "python")}
WHOLE = dict({said(text): (page, text) for page, text in WHOLE.items()}.values())


@pytest.mark.slow
@pytest.mark.parametrize("page", WHOLE)
def test_the_snippets_of_a_page_run_one_after_the_other(page, desk, monkeypatch):
    text = WHOLE[page]
    if any(not (desk / file).exists() for file in files_in(re.sub(r"to_file\([^)]*\)|write_\w+\([^)]*\)", "", text))):
        pytest.skip("speaks of a file that is not on the desk")
    import matplotlib as mpl

    mpl.use("Agg")
    monkeypatch.chdir(desk)
    exec(compile(text, page, "exec"), {})


def test_every_page_for_users_stands_in_both_languages_and_in_the_menu():
    zh, en = ({path.name for path in (DOCS / lang).glob("*.md")} for lang in ("zh", "en"))
    assert zh | {"rules.md"} == en
    listed = {page["file"] for section in MENU["section"] for page in section["pages"]}
    assert en <= listed
    assert {f"developers/{path.name}" for path in DOCS.glob("*.md")} <= listed


def test_every_rule_has_its_chinese_sentences():
    from ipps_geo.compliance.registry import all_rules

    told = tomllib.loads((DOCS / "zh" / "rules.toml").read_text("utf-8"))
    assert list(told) == [rule.rule_id for rule in all_rules()]
    assert all({"meaning", "fails", "open"} == set(texts) and all(texts.values()) for texts in told.values())


def test_the_glossary_names_what_is_in_the_code():
    terms = tomllib.loads((DOCS / "glossary.toml").read_text("utf-8"))["term"]
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "ipps_geo").rglob("*.py"))
    assert [term["name"] for term in terms if term["name"] and not re.search(rf"\b{term['name']}\b", code, re.I)] == []
    assert len({term["zh"] for term in terms}) == len(terms)


@pytest.mark.slow
def test_the_site_is_built_and_asks_no_other_host(tmp_path):
    pytest.importorskip("zensical")
    pytest.importorskip("mkdocstrings")
    import subprocess

    subprocess.run([sys.executable, ROOT / "scripts" / "docs_site.py", tmp_path / "site"], check=True)
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= 60
    asking = re.compile(r"<(?:script|img|iframe|source)[^>]+src=\"?https?:|<link[^>]+stylesheet[^>]+href=\"?https?:")
    assert [str(page) for page in pages if asking.search(page.read_text("utf-8"))] == []
    assert "<math" in (tmp_path / "site" / "methods.html").read_text("utf-8")
    assert "assess_site" in (tmp_path / "site" / "reference" / "planning.html").read_text("utf-8")
    assert "名册不重合" in (tmp_path / "site" / "rules.html").read_text("utf-8")
