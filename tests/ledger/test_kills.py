"""Killed in mid-work, again and again: what was acknowledged is there, nothing is half, the chain holds.

A mother process that has loaded everything forks a writer, lets it work for a moment, and kills it: 4 times here, with
``--kills 200`` as often as one wishes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from ipps_geo import ledger as room
from ipps_geo.ledger import DESK
from ipps_geo.ledger.tables import BATCH, ROWS
from tests.ledger.drawn import drawn

STATES = ("draft", "submitted", "accepted")
WRITER = """
import os, random, signal, sys, time
from pathlib import Path
from ipps_geo import ledger as room
from ipps_geo.ledger import DESK, Scope, batches, differences, fitting, takeover
from ipps_geo.workspace.tables import conform
import alembic, geopandas, pandera.pandas, pyarrow.parquet

address, told, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

def work():
    ledger = room.open_ledger(address)
    with open(told, "a") as acknowledged:
        def say(*words):
            acknowledged.write(" ".join(map(str, words)) + "\\n")
            acknowledged.flush()
        say("began")
        while True:
            rows = room.as_of(ledger).rosters
            rows = rows[rows["holder_id"] == "W0"].reset_index(drop=True)
            rows.loc[0, "explicit_need"] = "no" if rows.loc[0, "explicit_need"] == "yes" else "yes"
            facts = {"given": list(rows.columns)}
            day = __import__("datetime").date(2026, 7, 1)
            batch = batches.draft_rows(
                ledger, DESK, "rosters", rows, Scope.of("station:W0"), day=day, file="x", facts=facts
            )
            say("drafted", batch.id)
            seen = room.difference(ledger, DESK, batch.id).digest
            room.submit(ledger, DESK, batch.id, seen)
            say("submitted", batch.id)
            say("accepted", batch.id, room.accept(ledger, DESK, batch.id, seen).number)

chance = random.Random(1)
for _ in range(kills):
    before = len(told.read_text().splitlines())
    child = os.fork()
    if not child:
        work()
    # After one to six acknowledged steps, and then somewhere in the middle of the next.
    enough = before + chance.randint(1, 6)
    while len(told.read_text().splitlines()) < enough:
        time.sleep(0.002)
    time.sleep(chance.random() * 0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and kill -9 are words of POSIX")
def test_a_killed_writer_loses_nothing_it_acknowledged_and_leaves_nothing_half(address, tmp_path, kills):
    ledger = room.open_ledger(address)
    network = drawn(5, rows=80)
    assert (network.rosters["holder_id"] == "W0").sum() > 2
    room.import_workspace(ledger, DESK, network, file="drawn", day=network.data_date)
    told = tmp_path / "told"
    told.touch()
    environment = os.environ | {"PYTHONPATH": str(Path(room.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", WRITER, address, told, str(kills)], check=True, env=environment)
    lines = [line.split() for line in told.read_text().splitlines()]
    with ledger.reading() as connection:
        kept = {row["id"]: dict(row) for row in connection.execute(sa.select(BATCH)).mappings()}
        rows = ROWS["rosters"]
        recorded, ended = (
            dict(connection.execute(sa.select(column, sa.func.count()).group_by(column)).all())
            for column in (rows.c.recorded_in, rows.c.superseded_in)
        )
    for what, *numbers in lines:
        if what != "began":
            row = kept[int(numbers[0])]
            assert STATES.index(row["state"]) >= ("drafted", "submitted", "accepted").index(what)
            if what == "accepted":
                assert row["number"] == int(numbers[1])
    taken = sorted(row["number"] for row in kept.values() if row["number"] is not None)
    assert taken == list(range(1, len(taken) + 1))
    # Each batch brought one changed row in the place of another: whole, or not at all.
    assert [recorded.get(n) for n in taken[1:]] == [ended.get(n) for n in taken[1:]] == [1] * (len(taken) - 1)
    assert room.as_of(ledger, 1).content_hash == network.content_hash
    assert room.verify(ledger) == ()
    print(
        f"{kills} kills, {len(lines) - kills} steps acknowledged, {len(taken) - 1} batches taken over, 0 lost, 0 half"
    )
    ledger.engine.dispose()
