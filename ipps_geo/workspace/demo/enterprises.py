"""The synthetic enterprises: places, industries, sizes, needs, codes and names, all drawn from one seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from ipps_geo.workspace.demo.codes import credit_codes
from ipps_geo.workspace.demo.figures import Industries, unit_counts, unit_shares
from ipps_geo.workspace.demo.places import carved_units, draw_places, town_points
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.regions import Region

KEY_AT_CARRIER, KEY_ELSEWHERE = 0.68, 0.38
"""Share of enterprises in one of the ten industries of 2017, at a carrier and elsewhere."""

FIRST_NEED_DAY = np.datetime64("2025-01-02", "s")
_NEED_DAYS = 660
_TURNS = 12
_SECOND_CODE, _NO_CODES = 0.08, 0.015
_BRANCH, _INDIVIDUAL, _COOPERATIVE, _NO_USCC, _NOT_COMPANY = 0.015, 0.03, 0.003, 0.006, 0.015
_SIZES = (("micro", 0.55), ("small", 0.33), ("medium", 0.09), ("large", 0.03))
_EVIDENCE = np.array(["调查问卷", "需求函", "服务记录"])


def draw_enterprises(
    count: int,
    seed: int,
    units: gpd.GeoDataFrame,
    carriers: gpd.GeoDataFrame,
    institutions: gpd.GeoDataFrame,
    region: Region,
) -> gpd.GeoDataFrame:
    """Return ``count`` synthetic enterprises as the enterprises table, the same for the same arguments."""
    random = np.random.default_rng([seed, count])
    crs = region.metric_crs
    towns, grounds = town_points(institutions, crs), carved_units(units, crs)
    shares = unit_shares(region, units["code"].astype(str).tolist())
    lonlat, at_carrier, unit_of = [], [], []
    for code, number in unit_counts(count, shares).items():
        places = draw_places(str(code), int(number), grounds[str(code)], carriers, towns[str(code)], random, crs)
        lonlat.append(places.lonlat)
        at_carrier.append(places.carrier)
        unit_of.append(np.full(int(number), str(code)))
    carrier = np.concatenate(at_carrier)
    unit = np.concatenate(unit_of)
    xy = np.concatenate(lonlat)

    industries = Industries()
    tags = _tags(carrier, carriers, industries, random)
    codes = _industry_codes(tags, industries, random)
    need = _needs(unit, carrier, tags != industries.other, len(carriers), random)
    kind, branch = _kinds(count, random)
    serial = np.arange(1, count + 1)
    uscc = credit_codes(kind, serial)
    # The parent of a branch is the nearest company before it in the table: an enterprise of the same unit, mostly.
    company = np.flatnonzero((kind == "91") & ~branch)
    parent = company[np.searchsorted(company, serial[branch] - 1) - 1]
    parent_uscc = pd.Series(np.nan, index=range(count), dtype="str")
    parent_uscc[branch] = uscc.to_numpy()[parent]
    no_code = (random.random(count) < _NO_USCC) & ~branch
    no_code[parent] = False

    number = pd.Series(serial).astype("str").str.zfill(7)
    first = pd.Series(np.select([kind == "92", kind == "93"], ["演示个体户", "演示合作社"], "演示企业"), dtype="str")
    last = pd.Series(np.select([branch, kind == "91"], ["号有限公司分公司", "号有限公司"], "号"), dtype="str")
    answered = need != "unknown"
    days = FIRST_NEED_DAY + random.integers(0, _NEED_DAYS, count).astype("timedelta64[D]")
    evidence = pd.Series(_EVIDENCE[random.integers(0, len(_EVIDENCE), count)], dtype="str")
    frame = pd.DataFrame(
        {
            "enterprise_id": "E" + number,
            "uscc": uscc.mask(no_code),
            "name": first + number + last,
            "parent_uscc": parent_uscc,
            "legal_form": _legal_forms(kind, branch, random),
            "industry_codes": codes,
            "sme_class": pd.Series(
                np.array([name for name, _ in _SIZES])[
                    np.searchsorted(np.cumsum([share for _, share in _SIZES])[:-1], random.random(count), side="right")
                ],
                dtype="str",
            ),
            "explicit_need": pd.Series(need, dtype="str"),
            "need_evidence": evidence.where(pd.Series(need == "yes")),
            "need_date": pd.Series(days).where(pd.Series(answered)),
            "unit": pd.Series(unit, dtype="str"),
            "source": f"generated, seed {seed}",
            "data_class": "synthetic",
        }
    )
    frame["geometry"] = shapely.points(xy)
    made: gpd.GeoDataFrame = conform("enterprises", frame)
    return made


def _tags(
    carrier: NDArray[np.int64], carriers: gpd.GeoDataFrame, industries: Industries, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return the industry of each enterprise as a position in ``industries.tags``.

    At a carrier a key enterprise follows one of the carrier's focus industries; elsewhere any carrier's of the city.
    """
    position = {tag: place for place, tag in enumerate(industries.tags)}
    focus = [
        [position[tag] for tag in str(text).split(";") if tag in position] or [industries.other]
        for text in carriers["focus_industries"]
    ]
    # Twelve draws from one, two, three, four or six industries give each the same chance.
    table = np.array([(tags * _TURNS)[:_TURNS] for tags in focus])
    somewhere = np.where(carrier >= 0, carrier, random.integers(0, len(focus), len(carrier)))
    tags = table[somewhere, random.integers(0, _TURNS, len(carrier))]
    key = random.random(len(carrier)) < np.where(carrier >= 0, KEY_AT_CARRIER, KEY_ELSEWHERE)
    return np.where(key, tags, industries.other)


def _industry_codes(tags: NDArray[np.int64], industries: Industries, random: np.random.Generator) -> pd.Series:
    """Return one class per enterprise, two for a few, none (unknown) for fewer."""
    first, second = industries.draw(tags, random), industries.draw(tags, random)
    chance = random.random(len(tags))
    names = pd.Series(industries.codes, dtype="str")
    codes = names.iloc[first].reset_index(drop=True)
    both = names.iloc[np.minimum(first, second)].reset_index(drop=True)
    both = both + ";" + names.iloc[np.maximum(first, second)].reset_index(drop=True)
    return codes.mask(pd.Series((chance < _SECOND_CODE) & (first != second)), both).mask(
        pd.Series(chance > 1 - _NO_CODES)
    )


def _needs(
    unit: NDArray[np.str_],
    carrier: NDArray[np.int64],
    key: NDArray[np.bool_],
    n_carriers: int,
    random: np.random.Generator,
) -> NDArray[np.str_]:
    """Return yes, no or unknown: more need in key industries, and more around some carriers and units than others."""
    codes, position = np.unique(unit, return_inverse=True)
    by_unit = random.uniform(-0.06, 0.06, len(codes))[position]
    by_carrier = np.append(random.uniform(-0.08, 0.10, n_carriers), 0.0)[carrier]
    yes = np.clip(np.where(key, 0.58, 0.44) + by_unit + by_carrier, 0.3, 0.75)
    unknown = 0.14
    chance = random.random(len(unit))
    return np.select([chance < yes, chance < yes + unknown], ["yes", "unknown"], "no")


def _kinds(count: int, random: np.random.Generator) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Return (first two characters of the credit code, whether the row is a branch)."""
    chance = random.random(count)
    chance[:1] = 1.0  # the first row is a company, so that every branch has one before it
    kind = np.select([chance < _INDIVIDUAL, chance < _INDIVIDUAL + _COOPERATIVE], ["92", "93"], "91")
    branch = (kind == "91") & (chance < _INDIVIDUAL + _COOPERATIVE + _BRANCH)
    return kind, branch


def _legal_forms(kind: NDArray[np.str_], branch: NDArray[np.bool_], random: np.random.Generator) -> pd.Series:
    chance = random.random(len(kind))
    return pd.Series(
        np.select(
            [branch, kind == "92", kind == "93", chance < _NOT_COMPANY / 2, chance < _NOT_COMPANY],
            ["branch", "individual_business", "cooperative", "partnership", "sole_proprietorship"],
            "company",
        ),
        dtype="str",
    )
