"""Submissions change their scope and nothing else, as they were shown; the past stays as it was."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from ipps_geo import ledger as room
from ipps_geo.errors import BadInput
from ipps_geo.ledger import DESK, Scope
from ipps_geo.ledger.asof import batch_on
from ipps_geo.ledger.batches import draft_rows, sent_rows, withdraw
from tests.ledger.conftest import ANALYST, CHIEF, CITY, CLERK, DAY, NEIGHBOUR


def station(network, unit="110108"):
    """Return the station of a unit with the longest roster."""
    own = network.institutions.loc[network.institutions["unit"] == unit, "institution_id"]
    rows = network.rosters[network.rosters["holder_id"].isin(own)]
    return rows["holder_id"].value_counts().index[0]


def roster(network, holder):
    return network.rosters[network.rosters["holder_id"] == holder].reset_index(drop=True)


def drafted(ledger, account, rows, scope, table="rosters", **facts):
    told = {"given": list(rows.columns), **facts}
    return draft_rows(ledger, account, table, rows, Scope.of(scope), day=DAY, file="名册.xlsx", facts=told)


def taken(ledger, rows, scope, table="rosters", by=DESK):
    """Return the number of a batch that one person drafts, submits and accepts."""
    batch = drafted(ledger, by, rows, scope, table)
    seen = room.difference(ledger, by, batch.id).digest
    room.submit(ledger, by, batch.id, seen)
    return room.accept(ledger, by, batch.id, seen).number


def test_a_workspace_comes_back_as_it_was_to_the_last_bit(record, network):
    kept = room.as_of(record)
    assert kept.content_hash == network.content_hash
    assert (kept.data_date, kept.planted) == (network.data_date, network.planted)


def test_a_roster_changes_its_station_alone_and_what_it_no_longer_names_is_delisted_not_deleted(record, network):
    holder = station(network)
    before = roster(network, holder)
    sent = before.iloc[1:].copy()
    sent.loc[sent.index[0], "explicit_need"] = "no" if sent["explicit_need"].iloc[0] != "no" else "yes"
    added = before.iloc[[-1]].assign(uscc="91110302562134916R", name="北京世纪信息有限公司", enterprise_id=None)
    batch = drafted(record, CLERK, pd.concat([sent, added]), f"station:{holder}")
    difference = room.difference(record, CLERK, batch.id)
    rest = len(before) - 2
    assert difference.counts == {"new": 1, "changed": 1, "delisted": 1, "gone": 0, "conflicts": 0, "unchanged": rest}
    room.submit(record, CLERK, batch.id, difference.digest)
    accepted = room.accept(record, CITY, batch.id, room.difference(record, CITY, batch.id).digest)
    after = room.as_of(record, accepted.number)
    assert room.as_of(record, 1).content_hash == network.content_hash
    own, others = after.rosters["holder_id"] == holder, network.rosters["holder_id"] != holder
    assert (own.sum(), (~own).sum()) == (len(before) + 1, others.sum())
    off = after.rosters[own & (after.rosters["uscc"] == before["uscc"].iloc[0])]
    assert off["delisted_on"].tolist() == [pd.Timestamp(DAY)]


def test_nothing_is_taken_over_that_was_not_shown(record, network):
    """Two clerks for one station: the second sees that the record has moved, and the difference again."""
    holder = station(network)
    rows = roster(network, holder)
    one = drafted(record, CLERK, rows.iloc[1:], f"station:{holder}")
    two = drafted(record, CLERK, rows.iloc[2:], f"station:{holder}")
    shown = {each.id: room.difference(record, CLERK, each.id).digest for each in (one, two)}
    for each in (one, two):
        room.submit(record, CLERK, each.id, shown[each.id])
    seen = room.difference(record, CITY, two.id).digest
    room.accept(record, CITY, one.id, room.difference(record, CITY, one.id).digest)
    with pytest.raises(BadInput) as moved:
        room.accept(record, CITY, two.id, seen)
    assert moved.value.code == "ledger.moved"
    again = room.difference(record, CITY, two.id)
    assert again.counts["delisted"] == 1
    assert room.accept(record, CITY, two.id, again.digest).number == 3


def test_a_draft_that_was_overtaken_is_shown_again_before_it_is_handed_in(record, network):
    holder = station(network)
    rows = roster(network, holder)
    late = drafted(record, CLERK, rows, f"station:{holder}")
    seen = room.difference(record, CLERK, late.id).digest
    taken(record, rows.iloc[1:], f"station:{holder}")
    with pytest.raises(BadInput, match="moved"):
        room.submit(record, CLERK, late.id, seen)
    assert room.difference(record, CLERK, late.id).counts["changed"] == 1  # on the roster again


def test_nobody_decides_on_what_he_submitted_and_nobody_but_the_city_does(record, network):
    holder = station(network)
    batch = drafted(record, CITY, roster(network, holder).iloc[1:], f"station:{holder}")
    seen = room.difference(record, CITY, batch.id).digest
    room.submit(record, CITY, batch.id, seen)
    with pytest.raises(BadInput) as own:
        room.accept(record, CITY, batch.id, seen)
    assert own.value.code == "ledger.own_submission"
    for account in (CLERK, NEIGHBOUR, ANALYST):
        with pytest.raises(BadInput):
            room.accept(record, account, batch.id, seen)
    assert room.accept(record, CHIEF, batch.id, seen).number == 2


def test_a_district_speaks_for_its_unit_only_and_knows_of_no_other_submission(record, network):
    holder = station(network)
    with pytest.raises(BadInput) as refused:
        drafted(record, NEIGHBOUR, roster(network, holder), f"station:{holder}")
    assert refused.value.code == "ledger.not_yours"
    own = drafted(record, CLERK, roster(network, holder), f"station:{holder}")
    assert [each.id for each in room.submissions(record, CLERK)] == [own.id]
    assert room.submissions(record, NEIGHBOUR) == room.submissions(record, ANALYST) == []
    assert len(room.submissions(record, CITY)) == 2  # and the import
    with pytest.raises(BadInput) as unknown:
        room.difference(record, NEIGHBOUR, own.id)
    assert unknown.value.code == "ledger.no_submission"


def test_rows_of_other_scopes_are_refused_and_conflicts_are_shown_to_the_city_alone(record, network):
    enterprises = network.enterprises
    own = enterprises[enterprises["unit"] == "110108"]
    other = enterprises[enterprises["unit"] == "110105"].iloc[[0]]
    with pytest.raises(BadInput) as strays:
        drafted(record, CLERK, pd.concat([own, other]), "unit:110108", "enterprises")
    assert strays.value.code == "ledger.out_of_scope"
    claimed = drafted(record, CLERK, pd.concat([own, other.assign(unit="110108")]), "unit:110108", "enterprises")
    shown = room.difference(record, CLERK, claimed.id)
    assert shown.counts["conflicts"] == 0
    room.submit(record, CLERK, claimed.id, shown.digest)
    whole = room.difference(record, CITY, claimed.id)
    assert whole.conflicts["name"].tolist() == other["name"].tolist()
    with pytest.raises(BadInput) as conflict:
        room.accept(record, CITY, claimed.id, whole.digest)
    assert conflict.value.code == "ledger.in_conflict"
    returned = room.send_back(record, CITY, claimed.id, "该企业属朝阳")
    assert (returned.state, returned.reason) == ("returned", "该企业属朝阳")


def test_a_list_of_a_unit_drops_what_it_no_longer_names_and_an_institution_is_never_dropped(record, network):
    own = network.enterprises[network.enterprises["unit"] == "110108"]
    number = taken(record, own.iloc[5:], "unit:110108", "enterprises")
    assert len(room.as_of(record, number).enterprises) == len(network.enterprises) - 5
    stations = network.institutions[network.institutions["unit"] == "110108"]
    number = taken(record, stations.iloc[2:], "unit:110108", "institutions")
    assert len(room.as_of(record, number).institutions) == len(network.institutions)


def test_a_file_of_which_rows_could_not_be_read_delists_nobody(record, network):
    holder = station(network)
    batch = drafted(record, CLERK, roster(network, holder).iloc[5:], f"station:{holder}", complete=False)
    assert room.difference(record, CLERK, batch.id).counts["delisted"] == 0


def test_what_is_withdrawn_or_returned_leaves_no_row_and_may_be_handed_in_again(record, network):
    holder = station(network)
    batch = drafted(record, CLERK, roster(network, holder).iloc[1:], f"station:{holder}")
    seen = room.difference(record, CLERK, batch.id).digest
    room.submit(record, CLERK, batch.id, seen)
    room.send_back(record, CITY, batch.id, "缺一行")
    assert room.submit(record, CLERK, batch.id, seen).state == "submitted"
    assert withdraw(record, CLERK, batch.id).state == "withdrawn"
    assert room.as_of(record).content_hash == network.content_hash
    assert len(sent_rows(record, CLERK, batch.id)) == len(roster(network, holder)) - 1
    with pytest.raises(BadInput) as gone:
        room.accept(record, CITY, batch.id, seen)
    assert gone.value.code == "ledger.state"


def test_rows_that_do_not_fit_the_record_are_refused_before_anybody_reviews_them(record, network):
    staff = network.staff.iloc[[0]].assign(institution_id="nobody")
    with pytest.raises(BadInput) as unfit:
        drafted(record, DESK, staff, "city", "staff")
    assert unfit.value.code == "upload.does_not_fit"
    with pytest.raises(BadInput) as no_part:
        drafted(record, DESK, network.key_industries, "unit:110108", "key_industries")
    assert no_part.value.code == "ledger.scope_table"


def test_what_was_known_on_a_day_is_the_last_batch_of_that_day(record):
    today = dt.datetime.now(dt.UTC).date()
    assert batch_on(record, today) == 1
    with pytest.raises(BadInput) as too_early:
        batch_on(record, dt.date(2020, 1, 1))
    assert too_early.value.code == "ledger.nothing_then"


def test_many_writers_lose_nothing_and_double_nothing(record, network):
    """Each hands in the roster of another station; the numbers of their batches are 2 to n, each once."""
    holders = [
        each for each in network.rosters["holder_id"].unique() if each in set(network.institutions["institution_id"])
    ]
    chosen = holders[:8]

    def work(holder):
        return taken(record, roster(network, holder).iloc[1:], f"station:{holder}")

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(work, chosen))
    assert sorted(numbers) == list(range(2, 2 + len(chosen)))
    kept = room.as_of(record).rosters
    assert len(kept) == len(network.rosters)
    assert (kept["delisted_on"] == pd.Timestamp(DAY)).groupby(kept["holder_id"]).sum()[chosen].eq(1).all()
    assert room.verify(record) == ()
