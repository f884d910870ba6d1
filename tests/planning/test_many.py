"""The same use case for many days and many units gives what each gives alone."""

import datetime as dt

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.planning import many
from ipps_geo.planning.many import audit_days, unit_plans
from ipps_geo.workspace import generate_demo

pytestmark = pytest.mark.slow(planted=True)


@pytest.fixture(scope="module")
def made():
    return generate_demo(6_000, seed=11)


def test_every_day_is_audited_as_it_would_be_alone(made, draft):
    days = [made.data_date - dt.timedelta(days=k) for k in (0, 200)]
    table = audit_days(made, draft, days)
    assert table["day"].tolist() == days
    for row in table.to_dict("records"):
        alone = planning.audit(made, draft, on=row["day"])
        assert {name: row[name] for name in ("PASS", "FAIL", "UNDETERMINED")} == alone.counts()
        failed = [f for f in alone.findings if f.verdict == "FAIL" and f.severity == "blocking"]
        assert row["blocking"] == len(failed)


def test_every_unit_is_planned_as_it_would_be_alone(made, draft):
    asked = planning.PlanParameters(stations=1)
    table = unit_plans(made, draft, asked, units=["110108", "110119"]).set_index("unit")
    alone = planning.plan(made, draft, planning.PlanParameters(stations=1, unit="110108"))
    assert table.loc["110108", "objective"] == alone.objective
    assert table.loc["110108", "open_sites"] == ";".join(alone.proposals["site_id"])
    assert (table.loc["110119", "status"], table.loc["110119", "n_sites"]) == ("no_plan", 0)
    with pytest.raises(BadInput) as refused:
        many.days_between(made.data_date, made.data_date - dt.timedelta(days=1))
    assert refused.value.code == "many.no_day"
    with pytest.raises(BadInput) as refused:
        unit_plans(made, draft, planning.PlanParameters(stations=1, unit="110108"))
    assert refused.value.code == "many.unit_stated"
