"""A backup is the whole ledger, made while people work; a past state is asked for, and exported, like a folder."""

import datetime as dt

import pytest

from ipps_geo import ledger as room
from ipps_geo import planning, results
from ipps_geo.errors import BadInput
from ipps_geo.ledger import DESK
from ipps_geo.ledger.backups import backup, restore
from ipps_geo.ledger.history import row_history
from ipps_geo.ledger.naming import workspace_named
from ipps_geo.workspace import load_workspace, save_workspace
from tests.ledger.conftest import CLERK, DAY, NEIGHBOUR
from tests.ledger.test_batches import roster, station, taken


def address_of(ledger):
    return ledger.engine.url.render_as_string(hide_password=False) if "post" in str(ledger.engine) else str(ledger.path)


def test_what_is_restored_is_what_was_backed_up(record, network, tmp_path):
    holder = station(network)
    taken(record, roster(network, holder).iloc[1:], f"station:{holder}")
    kept = [room.as_of(record, n).content_hash for n in (1, 2)]
    file = backup(record, tmp_path / "backup.ledger", login="desk")
    assert file.stat().st_mode & 0o077 == 0
    taken(record, roster(network, holder).iloc[2:], f"station:{holder}")
    with pytest.raises(BadInput):
        restore(address_of(record), file)
    again = restore(address_of(record), file, force=True)
    assert [room.as_of(again, n).content_hash for n in (1, 2)] == kept
    with pytest.raises(BadInput, match="no batch 3"):
        room.as_of(again, 3)
    assert room.verify(again) == ()
    assert taken(again, roster(network, holder).iloc[3:], f"station:{holder}") == 3
    again.engine.dispose()


def test_what_is_no_backup_or_was_touched_takes_nobodys_place(embedded, network, tmp_path):
    (tmp_path / "x").write_bytes(b"no backup, but long enough to look at" * 40)
    file = backup(embedded, tmp_path / "good", login="desk")
    touched = room.open_ledger(backup(embedded, tmp_path / "touched", login="desk"))
    with touched.writing() as connection:
        connection.exec_driver_sql("UPDATE event SET account = 'somebody else' WHERE number = 1")
    for path, code in (
        (tmp_path / "x", "no_backup"),
        (tmp_path / "none", "no_backup"),
        (touched.path, "broken_backup"),
    ):
        with pytest.raises(BadInput) as refused:
            restore(str(embedded.path), path, force=True)
        assert refused.value.code == f"ledger.{code}"
    assert room.as_of(embedded).content_hash == network.content_hash
    assert room.as_of(restore(str(tmp_path / "new" / "ledger.sqlite"), file)).content_hash == network.content_hash


def test_a_chain_that_somebody_touched_is_found(record):
    for change, what in (
        ("UPDATE event SET what = 'accepted' WHERE number = 1", "changed"),
        ("DELETE FROM event WHERE number = 1", "end"),
    ):
        with record.writing() as connection:
            connection.exec_driver_sql(change)
        assert what in {each.what for each in room.verify(record)}


def test_an_audit_of_batch_3_run_again_after_batch_9_gives_the_same_bytes(embedded, network, draft, tmp_path):
    holder = station(network)

    def audited(side):
        then = workspace_named("ledger:3", embedded)
        document = results.audit_document(planning.audit(then, draft))
        files = save_workspace(then, tmp_path / side)
        return results.plain(document), [path.read_bytes() for path in files]

    for n in (1, 2):
        taken(embedded, roster(network, holder).iloc[n:], f"station:{holder}")
    before = audited("before")
    for n in range(3, 9):
        taken(embedded, roster(network, holder).iloc[n:], f"station:{holder}")
    assert room.as_of(embedded).name == "ledger@9"
    assert audited("after") == before
    assert load_workspace(tmp_path / "after").content_hash == room.as_of(embedded, 3).content_hash


def test_the_record_is_named_by_batch_or_by_the_day_on_which_it_was_known(embedded):
    today = dt.datetime.now(dt.UTC).date()
    names = {workspace_named(each, embedded).name for each in ("ledger:", "ledger:1", f"ledger:{today}")}
    assert names == {"ledger@1"}
    with pytest.raises(BadInput) as neither:
        workspace_named("ledger:yesterday", embedded)
    assert neither.value.code == "ledger.no_moment"


def test_the_history_of_a_row_says_who_changed_what_from_which_file(record, network):
    holder = station(network)
    rows = roster(network, holder)
    changed = rows.copy()
    changed.loc[0, "explicit_need"] = "no" if rows.loc[0, "explicit_need"] != "no" else "yes"
    taken(record, changed, f"station:{holder}")
    taken(record, changed.iloc[1:], f"station:{holder}")
    key = {"holder_id": holder, "uscc": rows.loc[0, "uscc"]}
    told = row_history(record, CLERK, "rosters", key)
    assert told["recorded_in"].tolist() == [1, 2, 3]
    assert told["superseded_in"].tolist()[:2] == [2, 3]
    assert told["changed"].tolist() == ["", "explicit_need", "delisted_on"]
    assert told["file"].tolist() == ["demo", "名册.xlsx", "名册.xlsx"]
    assert told["delisted_on"].iloc[-1].date() == DAY
    with pytest.raises(BadInput) as unseen:
        row_history(record, NEIGHBOUR, "rosters", key)
    assert unseen.value.code == "ledger.no_row"
    assert len(row_history(record, DESK, "rosters", key)) == 3
