"""Columns of codes: credit codes, service units, ids. What is not certainly a code is never mended in silence."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.columns import Column
from ipps_geo.identity import UsccCheck, clean_uscc, uscc_checks
from ipps_geo.intake import writings
from ipps_geo.intake.cells import Cells
from ipps_geo.intake.credit_codes import all_valid, cut_number, is_person, look_alike, shaped
from ipps_geo.intake.octets import octets
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.raw import as_series
from ipps_geo.intake.readings import note_numbers, read_texts
from ipps_geo.intake.units import Units

UNIT_COLUMNS = frozenset({"unit", "agreement_district"})
USCC_COLUMNS = frozenset({"uscc", "parent_uscc", "undertaking_uscc"})
_SCIENTIFIC = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{2}$"
_ODD_CODE = r"(?i)[iosvz]|^\W*[0-9a-z]{1,7}[a-z]|^\W*[1-6][0-9]{16}[0-9x]\W*$"
_DECIMALS = r"^([0-9]+)\.0+$"
_QUOTES = "\"'“”‘’`"


def codes(column: Column, cells: Cells, log: ProblemLog, units: Units | None) -> pd.Series:
    """Return a column of codes: half width, without what a spreadsheet left around them."""
    data = octets(cells.text)
    if len(data) and data.max() > 127:
        _half_width(cells, log)
        data = octets(cells.text)
    if ord("+") in data or ord("E") in data or ord("e") in data:
        lost = cells.rows(pc.match_substring_regex(cells.text, _SCIENTIFIC))
        lost = lost[~log.faulty(cells.header)[lost]]
        log.about_rows("digits_lost", lost, column=cells.header, values=cells.text)
    if ord(".") in data:
        _without_decimals(cells, log)
    if column.name in UNIT_COLUMNS or (column.name == "scope" and column.default == "city"):
        return _unit(cells, log, units, city=column.name == "scope")
    if column.name in USCC_COLUMNS:
        return _uscc(cells, log)
    note_numbers(cells, log)
    return as_series(cells.text)


def _half_width(cells: Cells, log: ProblemLog) -> None:
    wide = cells.rows(pc.invert(pc.string_is_ascii(cells.text)))
    if not len(wide):
        return
    texts = cells.text.take(pa.array(wide)).to_pylist()
    changed = [(row, unicodedata.normalize("NFKC", text)) for row, text in zip(wide.tolist(), texts, strict=True)]
    changed = [(row, plain) for (row, plain), text in zip(changed, texts, strict=True) if plain != text]
    if not changed:
        return
    rows = np.array([row for row, _ in changed])
    log.about_rows("half_width", rows, column=cells.header, values=cells.text)
    values = cells.text.to_pylist()
    for row, plain in changed:
        values[row] = plain.strip()
    cells.text = pa.array(values, pa.large_string())


def _without_decimals(cells: Cells, log: ProblemLog) -> None:
    """Take the .0 off codes that a program wrote out as numbers: 110108.0."""
    rows = cells.rows(pc.match_substring_regex(cells.text, _DECIMALS))
    if len(rows):
        bare = pc.replace_substring_regex(cells.text, _DECIMALS, r"\1")
        shown = {"found": bare.take(pa.array(rows)).to_pylist()}
        log.about_rows("code_writing", rows, column=cells.header, values=cells.text, each=shown)
        cells.text = bare


def _unit(cells: Cells, log: ProblemLog, units: Units | None, *, city: bool) -> pd.Series:
    if units is None:
        return as_series(cells.text)

    def read(text: str) -> writings.Reading:
        if city and text.casefold() in ("city", "全市", "市", units.region.name_zh):
            return "city", ""
        code, former = units.recognise(text)
        if code is None:
            return None, ""
        return code, "old_unit" if former else ("" if code == text else "code_writing")

    return read_texts(cells, read, "unknown_unit", log)


def _uscc(cells: Cells, log: ProblemLog) -> pd.Series:
    """Return a column of credit codes; a row whose code cannot be read stays, and nobody knows who it is."""
    given = as_series(cells.text)
    if all_valid(cells.text) and (cells.numeric is None or not cells.numeric.any()):
        return given
    # The usual writings at once: small letters, blanks and hyphens between groups, quotation marks.
    bare = pc.replace_substring_regex(pc.utf8_trim(cells.text, characters=_QUOTES), r"[\s\-–—_.·]+", "")
    found = clean_uscc(as_series(pc.utf8_upper(bare)))
    checks = uscc_checks(found)
    present = given.notna().to_numpy()
    malformed = present & (found.isna() | (checks == UsccCheck.MALFORMED.value)).to_numpy(dtype=bool, na_value=True)
    wrong = (checks == UsccCheck.WRONG_CHECK_DIGIT.value).to_numpy(dtype=bool, na_value=False) & ~malformed
    malformed |= _strange(cells, given, malformed | wrong, malformed, log)
    wrong &= ~malformed
    if wrong.any():
        rows = np.flatnonzero(wrong)
        cut = np.zeros(len(wrong), dtype=bool)
        cut[rows] = [cut_number(found.iloc[row]) for row in rows.tolist()]
        log.about_rows("digits_lost", cut & ~log.faulty(cells.header), column=cells.header, values=cells.text)
        log.about_rows("wrong_check_digit", wrong & ~cut, column=cells.header, values=cells.text)
    written = present & ~malformed & (found != given).to_numpy(dtype=bool, na_value=False)
    if written.any():
        shown = {"found": found[written].tolist()}
        log.about_rows("code_writing", written, column=cells.header, values=cells.text, each=shown)
    return found.mask(malformed | log.faulty(cells.header))


def _strange(
    cells: Cells, given: pd.Series, doubtful: NDArray[np.bool_], malformed: NDArray[np.bool_], log: ProblemLog
) -> NDArray[np.bool_]:
    """Name what stands where a credit code belongs, by what it most likely is; return the rows that have no code."""
    # A wrong check digit alone is common; a closer look is for letters where digits belong, and for identity cards.
    odd = np.zeros(len(given), dtype=bool)
    odd[cells.rows(pc.match_substring_regex(cells.text, _ODD_CODE))] = True
    doubtful = malformed | (doubtful & odd)
    kinds: dict[str, list[int]] = {"personal_id": [], "look_alike": [], "uscc_malformed": [], "no_code": []}
    meant = []
    for row in np.flatnonzero(doubtful & ~log.faulty(cells.header)).tolist():
        text = str(given.iloc[row])
        if is_person(text):
            kinds["personal_id"].append(row)
        elif (suggested := look_alike(text)) is not None:
            kinds["look_alike"].append(row)
            meant.append(suggested)
        elif malformed[row]:
            kinds["uscc_malformed" if shaped(text) else "no_code"].append(row)
    none = np.zeros(len(given), dtype=bool)
    for code, rows in kinds.items():
        each = {"found": meant} if code == "look_alike" else None
        log.about_rows(code, np.array(rows, dtype=np.int64), column=cells.header, values=cells.text, each=each)
        none[rows] = True
    return none
