"""Rules that look at more than one cell: ids and keys given twice, addresses against units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ipps_geo.columns import Table
from ipps_geo.intake.mapping import ColumnMapping
from ipps_geo.intake.octets import surely_distinct
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.units import Units

Values = dict[str, pd.Series]


def check_keys(table: Table, values: Values, mapping: ColumnMapping, log: ProblemLog) -> None:
    """Name ids that stand twice, whole keys that stand twice, and credit codes shared by rows of a register.

    The first row keeps the id; which of them is right nobody can know, so the later ones are not used.
    """
    for name, column in table.columns.items():
        if column.unique and name in mapping.by_column:
            _name_repeats("duplicate_id", [name], values, mapping, log)
    if len(table.key) > 1 and all(name in mapping.by_column for name in table.key):
        _name_repeats("duplicate_row", list(table.key), values, mapping, log)
    if "uscc" in mapping.by_column:
        group = ["holder_id", "uscc"] if "holder_id" in values else ["uscc"]
        _name_repeats("duplicate_uscc", group, values, mapping, log)


def _name_repeats(code: str, names: list[str], values: Values, mapping: ColumnMapping, log: ProblemLog) -> None:
    if len(names) == 1:
        column = values[names[0]]
        texts = pa.array(column, pa.large_string(), from_pandas=True)
        if surely_distinct(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts):
            return
        keys = pd.DataFrame({names[0]: column})
    else:
        keys = pd.DataFrame({name: values[name] for name in names})
    repeated = keys.duplicated(keep="first").to_numpy() & keys.notna().all(axis=1).to_numpy()
    if not repeated.any():
        return
    groups = keys.groupby(names, sort=False).ngroup().to_numpy()
    first = pd.Series(np.arange(len(keys))).groupby(groups).transform("first").to_numpy()
    rows = np.flatnonzero(repeated)
    others = [log.name_of(int(first[row])) for row in rows]
    column_name = names[-1] if code == "duplicate_uscc" else names[0]
    shown = values[column_name].to_numpy(dtype=object)
    log.about_rows(code, rows, column=mapping.by_column[column_name], values=shown, each={"other": others})


def check_addresses(values: Values, mapping: ColumnMapping, units: Units | None, log: ProblemLog) -> None:
    """Fill a missing unit from the address, and name addresses that contradict the unit; coordinates are never made."""
    if units is None or "address" not in mapping.by_column or "unit" not in values:
        return
    from ipps_geo.intake.addresses import parse_addresses

    header = mapping.by_column["address"]
    shown = values["address"]
    given = shown.mask(_agrees(shown, values["unit"], units))
    if given.isna().all():
        return
    found = parse_addresses(given, units)
    shown = shown.to_numpy(dtype=object)
    outside = found["outside"].to_numpy()
    log.about_rows("address_outside", outside & ~log.bad, column=header, values=shown)
    declared = values["unit"]
    missing = declared.isna().to_numpy()
    known = found["unit"].notna().to_numpy()
    filled = missing & known & ~log.faulty(mapping.by_column.get("unit", ""))
    if filled.any():
        names = [units.labels[code] for code in found["unit"][filled]]
        log.about_rows("unit_from_address", filled, column=header, values=shown, each={"found": names})
        values["unit"] = declared.where(~filled, found["unit"])
    differs = _differs(declared, found["unit"], units) & known & ~missing
    if differs.any():
        names = [units.labels[code] for code in found["unit"][differs]]
        log.about_rows("address_elsewhere", differs, column=header, values=shown, each={"found": names})


def _differs(declared: pd.Series, found: pd.Series, units: Units) -> NDArray[np.bool_]:
    """Return where two units contradict; a functional area and the district under it do not."""
    differs = (declared != found).to_numpy(dtype=bool, na_value=False, copy=True)
    for area in units.region.functional_areas:
        for one, other in ((declared, found), (found, declared)):
            together = (one == area.code) & other.isin(area.lies_over)
            differs &= ~together.to_numpy(dtype=bool, na_value=False)
    return np.asarray(differs, dtype=bool)


def _agrees(addresses: pd.Series, declared: pd.Series, units: Units) -> NDArray[np.bool_]:
    """Return where an address plainly begins with the declared unit, so that it need not be parsed."""
    agrees = np.zeros(len(addresses), dtype=bool)
    for code, name in units.labels.items():
        rows = np.flatnonzero((declared == code).to_numpy(dtype=bool, na_value=False))
        if len(rows):
            begins = addresses.iloc[rows].str.startswith((name, *(f"{city}{name}" for city in units.region.writings)))
            agrees[rows] = begins.to_numpy(dtype=bool, na_value=False)
    return agrees
