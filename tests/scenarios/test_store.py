"""The store keeps what it acknowledged, whole, whatever happens to the process."""

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.scenarios import ScenarioStore
from ipps_geo.scenarios.store import SCHEMA_VERSION

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
def test_the_store_and_its_key_are_for_their_owner_alone(store):
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
    def refuse(*_):
        error = sqlite3.OperationalError("foreign text")
        error.sqlite_errorname = name
        raise error

    monkeypatch.setattr("ipps_geo.scenarios.store._note", refuse)
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
from ipps_geo.scenarios import ScenarioStore
from ipps_geo.scenarios.store import SCHEMA_VERSION
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


def test_a_file_of_the_first_version_gets_what_it_lacks_and_keeps_its_scenarios(store):
    saved = store.save("kept", {"open_sites": []})
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        connection.executescript("DROP TABLE visit; PRAGMA user_version = 1;")
    opened = ScenarioStore(store.path)
    assert opened.get(saved.id).name == "kept"
    assert opened.visit("beijing", "", {}) is None


def test_a_file_of_a_later_version_is_refused(store):
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(BadInput, match="a store of version"):
        ScenarioStore(store.path)
