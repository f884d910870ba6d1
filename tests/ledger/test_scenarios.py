"""The store keeps what it acknowledged, whole, whatever happens to the process."""

import contextlib
import hashlib
import json
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger import verify
from ipps_geo.ledger.scenarios import ScenarioStore

PLAN = {"objective": 4945, "open_sites": [{"id": "P001", "name": "雍和园"}]}


@pytest.fixture
def store(tmp_path):
    return ScenarioStore(tmp_path / "kept" / "scenarios.sqlite")


def test_what_is_saved_comes_back_also_from_another_process_of_the_program(store):
    saved = store.save("方案一", PLAN, note="先看十站", who="规划处")
    again = ScenarioStore(store.path).get(saved.id)
    assert (again.name, again.note, again.saved_by, again.document) == ("方案一", "先看十站", "规划处", PLAN)


def test_every_save_is_a_revision_and_an_earlier_one_can_be_restored(store):
    first = store.save("甲", {"n": 1})
    store.save("乙", {"n": 2}, scenario_id=first.id)
    assert store.get(first.id).document == {"n": 2}
    restored = store.restore(first.id, 1)
    assert (restored.revision, restored.name, restored.document) == (3, "甲", {"n": 1})


def test_an_adopted_scenario_is_locked_but_can_be_copied_and_released(store):
    plan = store.save("甲", PLAN)
    store.adopt(plan.id, who="王处")
    for change in (
        lambda: store.save("乙", {}, scenario_id=plan.id),
        lambda: store.rename(plan.id, "乙"),
        lambda: store.archive(plan.id),
    ):
        with pytest.raises(BadInput, match="adopted by 王处"):
            change()
    copy = store.duplicate(plan.id, "甲的副本")
    assert copy.adopted_by is None
    store.release(plan.id, who="王处")
    store.rename(plan.id, "乙")
    assert [event.what for event in store.events(plan.id)] == ["saved", "adopted", "released", "saved"]


def test_an_archived_scenario_leaves_the_list_and_can_still_be_read(store):
    plan = store.save("甲", PLAN)
    store.archive(plan.id)
    assert store.scenarios() == ()
    assert store.get(plan.id).document == PLAN


def test_the_list_shows_the_last_saved_first(store):
    first, second = store.save("甲", {}), store.save("乙", {})
    store.rename(first.id, "丙")
    assert [scenario.name for scenario in store.scenarios()] == ["丙", "乙"]
    assert second.id in {scenario.id for scenario in store.scenarios()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda store: store.save("  ", {}), "needs a name"),
        (lambda store: store.get("nobody"), "no scenario"),
        (lambda store: store.save("x", {}, scenario_id="nobody"), "no scenario"),
        (lambda store: store.restore(store.save("x", {}).id, 7), "revision 7"),
    ],
)
def test_what_cannot_be_is_refused(store, change, message):
    with pytest.raises(BadInput, match=message):
        change(store)


def test_another_file_is_not_taken_for_a_store(tmp_path):
    (tmp_path / "x.sqlite").write_bytes(b"not a database, but long enough to look at" * 50)
    with pytest.raises(BadInput, match="no store of scenarios"):
        ScenarioStore(tmp_path / "x.sqlite")


def test_the_database_of_another_program_stays_as_it_was(tmp_path):
    path = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE recipe (id); PRAGMA application_id = 7;")
    before = path.read_bytes()
    with pytest.raises(BadInput) as refused:
        ScenarioStore(path)
    assert refused.value.code == "store.foreign"
    assert path.read_bytes() == before


def test_a_store_that_was_deleted_is_not_made_anew_in_silence(store):
    kept = store.save("方案", {})
    store.path.unlink()
    for call in (store.scenarios, lambda: store.save("x", {}), lambda: store.get(kept.id)):
        with pytest.raises(BadInput) as refused:
            call()
        assert refused.value.code == "store.gone"
    assert not store.path.exists()


def test_a_damaged_store_says_so_and_nothing_is_written(store):
    for n in range(30):
        store.save(f"方案{n}", {"text": "x" * 4_000})
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(store.path.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    store.path.write_bytes(whole)
    with pytest.raises(BadInput) as refused:
        store.save("x", {})
    assert refused.value.code in ("store.damaged", "store.not_a_store")


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_store_and_its_key_are_for_their_owner_alone(store, monkeypatch):
    monkeypatch.delenv("IPPS_GEO_LEDGER_KEY")
    store.save("方案", {})
    assert len(store.key()) == 32
    assert store.key() == ScenarioStore(store.path).key()
    for path in (store.path, store.path.with_suffix(".key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "code"),
    [("SQLITE_FULL", "full"), ("SQLITE_READONLY_DIRECTORY", "read_only"), ("SQLITE_IOERR_READ", "disk")],
)
def test_what_sqlite_refuses_is_told_by_kind(store, monkeypatch, name, code):
    def refuse(*_, **__):
        error = sqlite3.OperationalError("foreign text")
        error.sqlite_errorname = name
        raise sa.exc.OperationalError("", {}, error)

    monkeypatch.setattr("ipps_geo.ledger.scenarios.append", refuse)
    with pytest.raises(BadInput) as refused:
        store.save("x", {})
    assert refused.value.code == f"store.{code}"
    assert "foreign" not in str(refused.value)
    monkeypatch.undo()
    assert store.scenarios() == ()


def test_many_writers_at_once_lose_nothing(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.save(f"方案{n}", {"n": n}), range(40)))
    assert {scenario.name for scenario in store.scenarios()} == {f"方案{n}" for n in range(40)}


SAVE_FOREVER = """
import sys
from ipps_geo.ledger.scenarios import ScenarioStore
store = ScenarioStore(sys.argv[1])
for n in range(10_000):
    saved = store.save(f"plan {n}", {"n": n, "rows": list(range(3000))})
    print(saved.id, n, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX word")
@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_killed_process_loses_no_acknowledged_scenario_and_leaves_none_half(store, after):
    child = subprocess.Popen([sys.executable, "-c", SAVE_FOREVER, str(store.path)], stdout=subprocess.PIPE, text=True)
    acknowledged = [child.stdout.readline().split() for _ in range(after)]
    child.kill()
    rest, _ = child.communicate()
    acknowledged += [line.split() for line in rest.splitlines()]
    reopened = ScenarioStore(store.path)
    for scenario_id, n in acknowledged:
        assert reopened.get(scenario_id).document == {"n": int(n), "rows": list(range(3000))}
    assert len(reopened.scenarios()) - len(acknowledged) in (0, 1)


def test_the_visit_before_is_told_for_each_workspace_and_reader(store):
    assert store.visit("beijing", "", {"n": 1}) is None
    assert store.visit("beijing", "Wang", {"n": 2}) is None
    assert store.visit("other", "", {"n": 3}) is None
    assert store.visit("beijing", "", {"n": 4}).state == {"n": 1}
    assert store.visit("beijing", "", {"n": 5}).state == {"n": 4}


def test_an_archived_scenario_can_be_brought_back(store):
    plan = store.save("甲", PLAN, batch=7)
    store.archive(plan.id, who="王")
    assert [each.id for each in store.scenarios(archived=True)] == [plan.id]
    assert store.bring_back(plan.id, who="王").batch == 7
    assert [each.id for each in store.scenarios()] == [plan.id]
    assert [event.what for event in store.events(plan.id)] == ["saved", "archived", "brought_back"]


OF_0_1 = """
CREATE TABLE scenario (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, adopted_at TEXT, adopted_by TEXT,
    archived INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE revision (
    scenario_id TEXT NOT NULL REFERENCES scenario (id), number INTEGER NOT NULL, name TEXT NOT NULL,
    note TEXT NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL, saved_at TEXT NOT NULL, saved_by TEXT NOT NULL,
    PRIMARY KEY (scenario_id, number)) STRICT;
CREATE TABLE event (
    number INTEGER PRIMARY KEY, scenario_id TEXT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    detail TEXT NOT NULL) STRICT;
"""
VISIT_OF_0_1 = """
CREATE TABLE visit (
    workspace TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (workspace, who)) STRICT;
"""


def of_0_1(path, version, scenarios):
    """Write a file of scenarios as version 0.1 wrote it, each with two revisions and its events."""
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.executescript(OF_0_1 + (VISIT_OF_0_1 if version == 2 else ""))
        for n in range(scenarios):
            adopted = ("2026-03-01T08:00:00.500000+00:00", "王处") if n == 0 else (None, None)
            old.execute("INSERT INTO scenario VALUES (?, 2, ?, ?, ?)", (f"s{n}", *adopted, int(n == 1)))
            for number in (1, 2):
                text = json.dumps({"n": n, "revision": number})
                digest, at = hashlib.sha256(text.encode()).hexdigest(), f"2026-02-0{number}T08:00:00.5+00:00"
                row = (f"s{n}", number, f"方案{n}", "备注", text, digest, at, "李")
                old.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
                told = (f"s{n}", at, "李", "saved", f"方案{n}")
                old.execute("INSERT INTO event (scenario_id, at, who, what, detail) VALUES (?, ?, ?, ?, ?)", told)
        old.executescript(f"PRAGMA user_version = {version}; PRAGMA application_id = {0x49505053};")


@pytest.mark.parametrize("version", [1, 2])
def test_every_scenario_revision_and_event_of_0_1_arrives(tmp_path, version):
    path = tmp_path / "scenarios.sqlite"
    of_0_1(path, version, scenarios=12)
    store = ScenarioStore(path)
    assert len(store.scenarios()) == 11
    assert [each.id for each in store.scenarios(archived=True)] == ["s1"]
    for n in range(12):
        for number in (1, 2):
            kept = store.get(f"s{n}", number)
            assert (kept.document, kept.name, kept.note) == ({"n": n, "revision": number}, f"方案{n}", "备注")
            assert (kept.saved_by, kept.saved_at.day, kept.batch) == ("李", number, None)
        assert [(each.who, each.what, each.at.day) for each in store.events(f"s{n}")] == [
            ("李", "saved", 1),
            ("李", "saved", 2),
        ]
    assert store.get("s0").adopted_by == "王处"
    assert verify(store.ledger) == ()
    assert ScenarioStore(path).save("新", {}).revision == 1


def test_a_file_of_0_1_that_cannot_be_taken_over_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "scenarios.sqlite"
    of_0_1(path, 2, scenarios=2)
    before = sorted(contextlib.closing(sqlite3.connect(path)).thing.iterdump())
    monkeypatch.setattr("ipps_geo.ledger.events.hash_of", lambda told: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ScenarioStore(path)
    assert sorted(contextlib.closing(sqlite3.connect(path)).thing.iterdump()) == before
    monkeypatch.undo()
    assert len(ScenarioStore(path).scenarios()) == 1


def test_a_file_of_a_later_version_is_refused(store):
    with contextlib.closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadInput, match="a store of version"):
        ScenarioStore(store.path)
