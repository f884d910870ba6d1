"""What a plan weighs in words: weights of enterprises, decay of distance, a second wish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import Catalogue

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import PlanResult

WEIGHTING = ("weight_by", "weight_of", "decay")
"""Parameters of a plan that this module tells."""

CHOSEN: Mapping[str, str] = {
    "objective": "Objective", "front": "FrontWish", "robust": "Robust", "method": "Method",
    "limit_unit": "unit_of_measure",
}  # fmt: skip
"""Parameters of a plan whose values are codes, and the catalogue's table of each."""

FRONT_WISHES = ("newly_reached", "yearly_cost", "mean_distance_m", "mean_cost_min", "worst_roster_share")
"""Columns that may hold the second wish of a front."""

_KINDS = {"sme_class": "SmeClass", "explicit_need": "Answer"}


def value_word(words: Catalogue, column: str | None, value: str) -> str:
    """Return the word for a value by which enterprises weigh, ``unknown`` and ``listed`` among them."""
    if value in ("unknown", "listed"):
        return words.label("Weighting", value if column or value == "listed" else "unlisted")
    return words.label(_KINDS.get(column or "", ""), value)


def weights_text(words: Catalogue, column: str, of: Mapping[str, float]) -> str:
    """Return the weight of each value in one line."""
    told = [f"{value_word(words, column, value)} {words.number(weight)}" for value, weight in of.items()]
    return words.text("page.list_joiner").join(told)


def decay_text(words: Catalogue, steps: Sequence[Sequence[float]], unit: str) -> str:
    """Return the steps of decay in one line; ``unit`` is that of the reach, m or min."""
    measure = words.label("unit_of_measure", "km" if unit == "m" else unit)
    told = [
        words.text("summary.decay_step", limit=words.number(limit), unit=measure, worth=words.number(worth))
        for limit, worth in steps
    ]
    return words.text("page.list_joiner").join(told)


def weighting_text(words: Catalogue, name: str, stated: Mapping[str, Any]) -> str:
    """Return a parameter of :data:`WEIGHTING` in words."""
    if name == "weight_by":
        return words.column(stated[name])
    if name == "weight_of":
        return weights_text(words, stated["weight_by"], stated[name])
    return decay_text(words, stated[name], stated["limit_unit"])


def weighting_words(words: Catalogue, plan: PlanResult) -> pd.DataFrame:
    """Return ``plan.weighting`` with the values in words."""
    if plan.weighting is None:
        raise ValueError("no weights")
    column = plan.provenance.parameters.get("weight_by")
    table = plan.weighting.copy()
    table["value"] = [value_word(words, column, value) for value in table["value"]]
    return table.rename(columns={"value": "weighted_by"})


def weight_lines(words: Catalogue, plan: PlanResult) -> list[str]:
    """Return by what enterprises weigh, how many weigh nothing, and how worth falls with distance."""
    stated: Mapping[str, Any] = plan.provenance.parameters
    told = []
    if stated.get("weight_by"):
        weights = weights_text(words, stated["weight_by"], stated["weight_of"])
        told.append(words.text("summary.weight_by", column=words.column(stated["weight_by"]), weights=weights))
    if plan.weighting is not None and (nothing := int(plan.weighting["weightless"].sum())):
        told.append(words.text("summary.weightless", n=nothing))
    if stated.get("decay"):
        told.append(words.text("summary.decay", steps=decay_text(words, stated["decay"], stated["limit_unit"])))
    return told
