"""The synthetic enterprises: as many as asked, where the figures say, with believable facts."""

from __future__ import annotations

import numpy as np
import pytest

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.identity import uscc_checks
from ipps_geo.intake.units import units_of
from ipps_geo.regions import load_region
from ipps_geo.workspace import generate_demo
from ipps_geo.workspace.demo.figures import unit_counts, unit_shares
from ipps_geo.workspace.location import locate_units
from ipps_geo.workspace.tables import schema

SHARES = unit_shares(load_region(), sorted(units_of(load_region()).codes))


@pytest.fixture(scope="module")
def enterprises(embedded):
    return embedded.enterprises


def test_the_same_seed_gives_the_same_workspace_and_another_seed_another(small):
    assert generate_demo(6_000, seed=3).content_hash == small.content_hash
    assert generate_demo(6_000, seed=4).content_hash != small.content_hash


@pytest.mark.parametrize("count", [1, 7, 400, 2_000])
def test_a_demonstration_of_any_size_is_sound(count):
    made = generate_demo(count, seed=5)
    assert len(made.enterprises) == count
    for name in TABLES:
        schema(name).validate(made.tables[name], lazy=True)


@pytest.mark.parametrize(("count", "seed"), [(0, 7), (-3, 7), (10**9, 7), (10, -1)])
def test_sizes_and_seeds_that_make_no_sense_are_refused(count, seed):
    with pytest.raises(BadInput):
        generate_demo(count, seed=seed)


def test_units_get_what_the_district_figures_say(enterprises):
    counts = enterprises["unit"].value_counts()
    assert counts.sort_index().to_dict() == unit_counts(30_000, SHARES).to_dict()
    # Haidian holds 16 % of the legal units and 35 % of the high-tech enterprises of the city.
    assert SHARES["110108"] == pytest.approx((15.9 / 98.9 + 9764 / 27900) / 2, rel=0.03)
    assert SHARES.sum() == pytest.approx(1)
    assert len(counts) == 17


@pytest.mark.parametrize("total", [1, 16, 17, 1_000, 30_000])
def test_counts_by_largest_remainder_add_up(total):
    counts, exact = unit_counts(total, SHARES), SHARES * total
    assert counts.sum() == total
    assert (abs(counts - exact) < 1).all()


def test_every_place_lies_in_its_unit(embedded, enterprises):
    assert (locate_units(enterprises.geometry, embedded.service_units) == enterprises["unit"]).all()


def test_enterprises_cluster_at_carriers(embedded, enterprises):
    metric = enterprises.to_crs("EPSG:4548").geometry
    sites = embedded.carriers.to_crs("EPSG:4548").geometry
    near = metric.sindex.query(sites.buffer(1500), predicate="intersects")[1]
    # The ground within 1.5 km of a carrier is 4 % of the city.
    assert len(np.unique(near)) / len(enterprises) > 0.5


def test_codes_are_valid_and_unique(enterprises):
    codes = enterprises["uscc"].dropna()
    assert set(uscc_checks(codes)) == {"valid"}
    assert codes.is_unique
    assert 0 < enterprises["uscc"].isna().mean() < 0.02


def test_needs_vary_over_the_city_and_some_are_unknown(enterprises):
    shares = enterprises["explicit_need"].value_counts(normalize=True)
    assert 0.45 < shares["yes"] < 0.6
    assert 0.1 < shares["unknown"] < 0.2
    by_unit = enterprises["explicit_need"].eq("yes").groupby(enterprises["unit"]).mean()
    assert by_unit.max() - by_unit.min() > 0.05


def test_who_answered_has_a_date_and_who_has_need_has_evidence(enterprises):
    yes, unknown = enterprises["explicit_need"] == "yes", enterprises["explicit_need"] == "unknown"
    assert enterprises["need_evidence"].notna().equals(yes)
    assert enterprises["need_date"].notna().equals(~unknown)


def test_branches_name_a_parent_of_the_table_that_is_no_branch(enterprises):
    branches = enterprises[enterprises["legal_form"] == "branch"]
    parents = enterprises.set_index("uscc").loc[branches["parent_uscc"]]
    assert len(branches) > 100
    assert (parents["legal_form"] != "branch").all()
    assert enterprises.loc[enterprises["legal_form"] != "branch", "parent_uscc"].isna().all()


def test_kinds_of_holders_have_their_legal_form(enterprises):
    kinds = enterprises["uscc"].str[:2]
    assert set(enterprises.loc[kinds == "92", "legal_form"]) == {"individual_business"}
    assert set(enterprises.loc[kinds == "93", "legal_form"]) == {"cooperative"}


def test_every_name_says_that_it_is_a_demonstration(enterprises):
    assert enterprises["name"].str.startswith("演示").all()
    assert set(enterprises["data_class"]) == {"synthetic"}
