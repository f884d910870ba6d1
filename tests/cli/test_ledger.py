"""The ledger on the command line: one file from import to export, told in both languages."""

import re
from types import SimpleNamespace

import pytest

from ipps_geo.ledger import open_ledger
from ipps_geo.workspace import generate_demo, load_workspace, save_workspace


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small workspace as a folder, and a ledger that is not there yet."""
    monkeypatch.setenv("IPPS_GEO_LEDGER", str(tmp_path / "kept" / "ledger.sqlite"))
    save_workspace(generate_demo(1_500, seed=5), tmp_path / "network")
    return tmp_path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_roster_goes_from_its_file_into_the_record_and_the_past_is_exported(folder, run, lang):
    network = load_workspace(folder / "network")
    code, told, _ = run("ledger", "import", folder / "network", "--lang", lang)
    assert (code, "1" in told) == (0, True)
    holder = network.rosters["holder_id"].iloc[0]
    rows = network.rosters[network.rosters["holder_id"] == holder]
    rows.iloc[1:].to_csv(folder / "名册.csv", index=False)
    send = ("ledger", "submit", folder / "名册.csv", "--scope", f"station:{holder}", "--table", "rosters")
    code, told, _ = run(*send, "--on", "2026-07-01", "--yes", "--lang", lang)
    assert code == 0, told
    assert rows["name"].iloc[0] in told  # whom it takes off, by name
    assert "desk" in run("ledger", "status", "--lang", lang)[1].splitlines()[1]  # who handed it in
    code, shown, _ = run("ledger", "review", 2, "--lang", lang)
    digest = re.search(r"\b[0-9a-f]{12}", shown)[0]
    assert run("ledger", "review", 2, "--accept", "0" * 12, "--lang", lang)[0] == 2
    code, told, _ = run("ledger", "review", 2, "--accept", digest, "--lang", lang)
    assert (code, "@2" in told) == (0, True)
    key = (f"holder_id={holder}", f"uscc={rows['uscc'].iloc[0]}")
    code, told, _ = run("ledger", "history", "rosters", *key, "--lang", lang)
    assert [line.split()[0] for line in told.splitlines()] == ["1", "2"]
    assert run("ledger", "export", folder / "then", 1, "--lang", lang)[0] == 0
    assert load_workspace(folder / "then").content_hash == network.content_hash
    assert run("ledger", "as-of", 1, "--lang", lang)[1].split()[2] == network.content_hash
    assert run("audit", "ledger:2", "--lang", lang)[0] in (0, 1)


def test_a_broken_chain_ends_with_a_code_of_its_own_and_a_backup_is_restored(folder, run):
    run("ledger", "import", folder / "network")
    assert run("ledger", "verify")[0] == 0
    assert run("ledger", "backup", folder / "backup.ledger")[0] == 0
    with open_ledger().writing() as connection:
        connection.exec_driver_sql("UPDATE event SET account = 'x' WHERE number = 1")
    code, told, _ = run("ledger", "verify")
    assert (code, "1" in told) == (1, True)
    assert run("ledger", "restore", folder / "backup.ledger")[0] == 2
    assert run("ledger", "restore", folder / "backup.ledger", "--force")[0] == 0
    assert run("ledger", "verify")[0] == 0
    assert run("ledger", "status", "--as", "nobody")[0] == 2
    assert run("audit", "ledger:9")[0] == 2


def test_a_submission_is_told_with_who_handed_it_in_and_a_draft_with_who_drafted_it(tmp_path, monkeypatch, run):
    draft = SimpleNamespace(
        id=7, number=None, state="draft", scope="station:S1", file="a.csv", rows=3,
        drafted_by="li", submitted_by=None, reason="",
    )  # fmt: skip
    sent = SimpleNamespace(**vars(draft) | {"id": 8, "number": 2, "submitted_by": "wang", "reason": "late"})
    monkeypatch.setattr("ipps_geo.ledger.submissions", lambda *_: [draft, sent])
    monkeypatch.setenv("IPPS_GEO_LEDGER", str(tmp_path / "ledger.sqlite"))
    code, told, _ = run("ledger", "status", "--lang", "en")
    assert code == 0
    lines = [line.split() for line in told.splitlines()[1:]]
    assert [(line[0], line[1] == "@2") for line in lines] == [("7", False), ("8", True)]
    assert [line[-4:] for line in lines] == [["station:S1", "a.csv", "3", "li"], ["a.csv", "3", "wang", "late"]]
