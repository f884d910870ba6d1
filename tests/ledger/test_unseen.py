"""Non-interference: what an account may not see changes nothing in what it gets, to the byte.

A generator draws a network, and changes in it that keep every permitted fact (``tests/ledger/drawn.py`` states them by
itself, not by the view). 14 pairs here, ``--pairs 1000`` for more.
"""

import json

import pytest

from ipps_geo import ledger as room
from ipps_geo import planning, report, results
from ipps_geo.columns import TABLES
from ipps_geo.errors import IppsGeoError
from ipps_geo.ledger import DESK, Account, Role
from ipps_geo.ledger.cases import cases
from ipps_geo.ledger.views import seen
from ipps_geo.ledger.worklist import worklist
from ipps_geo.workspace import save_workspace
from tests.ledger.conftest import ANALYST, READER
from tests.ledger.drawn import UNITS, changed_unseen, drawn

KEY = b"k" * 32
PEOPLE = (*(Account(f"clerk.{unit}", "区", Role.DISTRICT, unit) for unit in UNITS), ANALYST, READER)
USED_EVERY, BOOKS_EVERY = 8, 40
"""The view itself is compared in every pair; what use cases make of it in some, and slow workbooks in few."""


def told(document):
    return json.dumps(results.plain(document), ensure_ascii=False, sort_keys=True).encode()


def refused(make):
    """Return what a use case gives, or the code of its refusal: that tells something, too."""
    try:
        return make()
    except IppsGeoError as error:
        return f"{error.code} {sorted(error.values.items())}".encode()


def looks(view):
    """Return a view itself, by table, as bytes."""
    return {"identity": view.identity.encode()} | {
        name: frame.to_csv(index=True).encode() for name, frame in view.tables.items()
    }


def used(view, policy, folder):
    """Return what use cases and exports make of a view, by name, as bytes."""
    on = view.data_date
    uses = {
        "audit": lambda: results.audit_document(planning.audit(view, policy, on=on)),
        "coverage": lambda: results.coverage_document(planning.coverage(view, policy, reach_km=5, on=on)),
        "site": lambda: planning.assess_site(view, policy, lon=116.3, lat=39.9, on=on).assessment.to_dict(),
    }
    made = {name: refused(lambda use=use: told(use())) for name, use in uses.items()}
    return made | {f"saved {path.name}": path.read_bytes() for path in save_workspace(view, folder)}


def booked(view, policy, folder):
    """Return the workbook and the tables of an audit, by name, as bytes."""
    audited = planning.audit(view, policy, on=view.data_date)
    return {f"book {path.name}": path.read_bytes() for path in report.write_audit(view, audited, folder, "zh")}


def test_no_byte_differs_between_ledgers_that_differ_in_what_an_account_may_not_see(request, draft, tmp_path):
    differing, compared, noticed = [], 0, 0
    for n in range(request.config.getoption("--pairs")):
        account = PEOPLE[n % len(PEOPLE)]
        one = drawn(n)
        other = changed_unseen(one, account, n)
        noticed += one.content_hash != other.content_hash
        both = []
        for side, network in (("a", one), ("b", other)):
            mine, folder = seen(network, account, KEY), tmp_path / f"{n}{side}"
            made = looks(mine)
            if n % USED_EVERY == 0:
                made |= used(mine, draft, folder / "workspace")
            if n % BOOKS_EVERY == 0:
                made |= booked(mine, draft, folder / "audit")
            both.append(made)
        assert both[0].keys() == both[1].keys()
        compared += sum(map(len, both[0].values()))
        differing += [(n, account.login, name) for name in both[0] if both[0][name] != both[1][name]]
    print(f"{n + 1} pairs, {compared} bytes, {len(differing)} outputs differ")
    assert differing == []
    assert noticed == n + 1  # each pair does differ for whoever sees everything


@pytest.mark.parametrize("account", [PEOPLE[0], PEOPLE[2], ANALYST, READER], ids=lambda each: each.login)
def test_nothing_of_the_ledger_itself_tells_of_rows_of_others(tmp_path, draft, account):
    """Submissions, cases, worklists and events of two whole ledgers look the same."""
    one = drawn(3)
    found = []
    for side, network in (("a", one), ("b", changed_unseen(one, account, 3))):
        ledger = room.open_ledger(tmp_path / f"{side}.sqlite")
        room.import_workspace(ledger, DESK, network, file="import", day=network.data_date)
        waiting = worklist(ledger, account, draft, network.data_date)
        found.append(
            (
                [(each.kind, each.subject, each.unit, each.due, each.steps) for each in waiting],
                [(each.id, each.table, each.state) for each in room.submissions(ledger, account)],
                [each.steps for each in cases(ledger, account)],
                [(each.what, each.subject) for each in room.trail(ledger, account)],
                looks(room.view(ledger, account)),
            )
        )
    assert found[0] == found[1]


def test_a_view_that_lets_something_through_is_found(draft, tmp_path, monkeypatch):
    """The test itself bites: a view that forgets to hide the need of foreign enterprises is noticed."""
    monkeypatch.setattr("ipps_geo.ledger.views.NEED", {})
    clerk = PEOPLE[0]
    pairs = [(drawn(n), changed_unseen(drawn(n), clerk, n)) for n in range(6)]
    assert any(seen(a, clerk, KEY).content_hash != seen(b, clerk, KEY).content_hash for a, b in pairs)


def test_every_table_is_drawn_and_changed(draft):
    one = drawn(0)
    assert {name for name, frame in one.tables.items() if len(frame)} >= set(TABLES) - {"carriers", "key_industries"}
