"""Rows that are no data: totals, remarks, signatures, repeated headers, hints, examples; wherever they stand.

A row whose code is a credit code is an enterprise, whatever its name: a firm may be called 合计.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.intake.evidence import looks_like_code, looks_like_firm
from ipps_geo.intake.header_columns import LIKELY, column_named
from ipps_geo.intake.headers import clean_header
from ipps_geo.intake.mapping import header_names
from ipps_geo.intake.meaning import SURE, meaning_of
from ipps_geo.intake.octets import begins_with_two, plainly_filled
from ipps_geo.intake.raw import RawTable

Aside = tuple[str, int, str]
"""Code of the problem, position of the row, the text that tells it."""

_REST = (
    r"[\s\d,.，。、:：;；()（）%％/\\\-—–=＝≈约家户个条人项名次件元万亿共其中有无明确需求知识产权公共服务企业数量占比例为"
    r"余未和及的行页本以上下已填报]*"
)
_TOTALS = (
    r"^[\s—\-*（(]*(?:本页|本表|本区|以上|上述|全部|全区|全市|累计|分类|本季度?|本年度?)?\s*"
    rf"(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*数|合\s*共|共|总共|其中|其\s*中){_REST}$"
    rf"|^[一-鿿（）()、]{{1,12}}?(?:合\s*计|总\s*计|小\s*计|共\s*计){_REST}$"
    r"|^(?i:(?:grand |sub)?total)[\s:：\d.,]*$"
)
_SIGNED = (
    r"^[\s（(]*(?:填[报表]|制表|审[核批]|复核|校对|编制|报送|统计|分管|主管|主要|单位|部门|科室)?"
    r"(?:人|负责人|领导|员|单位|日期|时间|人员|经办人|联系人|联系电话|负责人签字)?"
    r"(?:签[字名章]|盖章|公章)?[）)]?\s*(?:[（(][^()（）]{0,20}[)）])?\s*[:：]"
)
_SIGN_WORDS = re.compile(
    r"填报人|填表人|填表|填报|制表|审核|审批|复核|校对|编制|报送|负责人|经办人|联系人|联系电话|电话|盖章|公章|签字|签名|签章"
    r"|领导|日期|单位|科室|部门"
)
_REMARK = (
    r"^[\s—\-*（(\[【]*(?:备\s*注|注\s*\d{0,2}\s*[:：.、]|说\s*明|填[写报表]\s*(?:说明|要求|须知|注意)|注意|数据来源|来\s*源"
    r"|以下[空无]|此[页表]|以下为空|下无正文|本页无正文|数据截[至止]|截[至止]|※|(?i:notes?\b|source\b))"
)
_REMARK_ALWAYS = re.compile(
    r"^[\s—\-*（(]*(?:以下[空无]|此[页表]|填[写报表]说明|备注\s*[:：]|注\s*\d{0,2}\s*[:：]|说明\s*[:：])"
)
_DATED = r"^\s*(?:\d{4}|[〇零一二三四五六七八九]{4})?\s*年\s*\d{0,2}\s*月\s*\d{0,2}\s*日?\s*$"
_RULED = r"^[-+=_—–/\\*.·|\s]+$"
_LONE = re.compile(f"{_TOTALS}|{_SIGNED}|{_REMARK}|{_DATED}|{_RULED}")
_PATTERN = f"{_TOTALS}|{_SIGNED}|{_REMARK}|{_DATED}|{_RULED}"
# What such a cell begins with, in UTF-8: a look at two bytes spares most cells the pattern.
_STARTS = frozenset(
    [
        letter.encode()[:2]
        for letter in "—–·合总小共其本以上全累分填制审复校编报统主单部负经联电签盖公"
        "备注说数来此下截年〇零一二三四五六七八九※—（【续示样范例举"
    ]
    + [letter.encode() for letter in "gGsStTnN(-+=_|*/\\.[0123456789 \t\r\n"]
    + [b"\xe3\x80", b"\xc2\xa0"]
)
_SUMMED = r"[合总小共]\s*计"
# A line that stands alone in its row and is no firm's: a heading of a group, the end of a page, what a sign means.
_HEADING = re.compile(
    r"[（(]?[一二三四五六七八九十]{1,3}[)）、.．].*|[（(]?第\s*[\d一二三四五六七八九十]+\s*[页批部分张类].*|共\s*\d+\s*页.*|.*[:：]"
    r"|[＊*※★▲△].*|[\W_]*(?:完|毕|结束|end|以下|以上|上述|续[上下]?[页表]|[接转][上下]页|移出|退出|迁出|新增|新列入)[\W_]*.{0,20}"
    r"|.*(?:企业|产业|行业|服务业|制造业|名单|名册|清单)",
    re.IGNORECASE,
)
_ORGANISED = re.compile(r"公司|集团|厂|店|院|所|社|中心|合伙|独资|工作室|大学|学校|协会|联盟|行$|部$|站$|馆$")
_EXAMPLE = re.compile(
    r"^[（(【\[]?\s*(?:填[写报表])?\s*(?:示例|样例|范例|例子|举例|例)\s*\d{0,2}\s*[】\])）]?\s*(?:[:：].*)?$"
)
_MASKED = re.compile(r"某某|(?<![A-Za-z])[xXＸ]{2,}(?![A-Za-z])|[×*＊]{2,}|[○〇]{2,}")
_MASKED_CODE = re.compile(r"[xX×*＊]{3,}")
_HINT = re.compile(
    r"请?(?:如实|按|据实)?填[写报列]|必填|选填|下拉|请选择|单选|多选|格式[:：为]|例如|如[:：]|不得为空|\d{2}位"
    r"|[（(].{1,12}[/／].{1,12}[)）]$"
)
_UNIT = re.compile(
    r"[（(]?(?:万元|元|千元|亿元|人|家|个|户|平方米|㎡|米|公里|千米|km|m|%|％|度|°|年月日|年/月/日|yyyy-mm-dd|文本|数字|日期"
    r"|是/否|有/无|18位|√/×)[)）]?",
    re.IGNORECASE,
)
_IDS = ("holder_id", "enterprise_id", "institution_id", "carrier_id", "uscc")
_NUMBER = re.compile(r"\d{1,6}(?:\.0)?")
_HEAD = 4
_SHORT = 300
_ORDERS = (
    "甲乙丙丁戊己庚辛壬癸",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "一二三四五六七八九十",
)


def find_asides(raw: RawTable, at: Mapping[str, int], blank: NDArray[np.bool_]) -> list[Aside]:
    """Return the rows that are no data, in their order.

    ``at`` gives the position of a column of the table among the columns of the file; ``blank`` marks the blank rows.
    """
    name_at = at.get("name", at.get("name_zh"))
    looked = sorted({*range(min(3, len(raw.columns))), *(() if name_at is None else (name_at,))})
    found: dict[int, Aside] = {}
    for row, text in _candidates(raw, looked):
        _judge(raw, row, text, at, name_at, found)
    for row in _below_headers(raw, at, name_at, found, blank):
        told = _head_row(raw, row, at, name_at)
        if told:
            found.setdefault(row, (told, row, _first(raw, row)))
    for row in _alone(raw, at, name_at, blank):
        text = _first(raw, row)
        if _HEADING.fullmatch(text) and not _ORGANISED.search(text):
            found.setdefault(row, ("footnote_row", row, text))
    _tail(raw, at, name_at, blank, found)
    for row in np.flatnonzero(_unheard(raw, at) & ~blank).tolist():
        filled = _filled(raw, row)
        if not all(_NUMBER.fullmatch(text) for text in filled):
            found.setdefault(row, ("footnote_row", row, filled[0]))
    return [found[row] for row in sorted(found) if not blank[row]]


def _alone(raw: RawTable, at: Mapping[str, int], name_at: int | None, blank: NDArray[np.bool_]) -> list[int]:
    """Return the rows in which only the name is filled, of a table that has codes: a firm would have one."""
    if name_at is None or "uscc" not in at or len(raw.columns) < 3:
        return []
    alone = ~blank
    for place, column in enumerate(raw.columns):
        if not alone.any():
            return []
        if place != name_at:
            alone &= blank_cells(column)
    return [int(row) for row in np.flatnonzero(alone)]


def no_rows_of_their_own(raw: RawTable, at: Mapping[str, int], blank: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows hold nothing but a running number: a form numbers its empty lines beforehand."""
    empty = _unheard(raw, at)
    for row in np.flatnonzero(empty & ~blank).tolist():
        empty[row] = all(_NUMBER.fullmatch(text) for text in _filled(raw, row))
    return blank | empty


def _unheard(raw: RawTable, at: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return which rows hold nothing in the columns that are read: numbered lines of a form, headings of groups."""
    empty = np.ones(len(raw.numbers), dtype=bool)
    read = set(at.values())
    if not read or len(read) == len(raw.columns):
        return ~empty
    for place in read:
        if not empty.any():
            break
        empty &= blank_cells(raw.columns[place])
    return empty


def blank_cells(column: Any) -> NDArray[np.bool_]:
    """Return which cells of a column are blank."""
    if isinstance(column, pa.Array):
        if pa.types.is_large_string(column.type) and plainly_filled(column):
            return np.zeros(len(column), dtype=bool)
        if not pa.types.is_large_string(column.type):
            return np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        trimmed = pc.equal(pc.fill_null(pc.utf8_trim_whitespace(column), ""), "")
        return np.asarray(trimmed.to_numpy(zero_copy_only=False), dtype=bool)
    return np.fromiter(
        (cell is None or (isinstance(cell, str) and not cell.strip()) for cell in column), dtype=bool, count=len(column)
    )


def cell_text(column: Any, row: int) -> str:
    """Return a cell as text without blanks around it."""
    cell = column[row].as_py() if isinstance(column, pa.Array) else column[row]
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _candidates(raw: RawTable, looked: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield (row, text) of the cells that may tell an aside."""
    pattern = rf"{_PATTERN}|{_EXAMPLE.pattern}"
    for place in looked:
        column = raw.columns[place]
        if isinstance(column, pa.Array) and not pa.types.is_large_string(column.type):
            continue
        texts = (
            column
            if isinstance(column, pa.Array)
            else pa.array([cell if isinstance(cell, str) else None for cell in column], pa.large_string())
        )
        summed = pc.fill_null(pc.match_substring_regex(texts, _SUMMED), pa.scalar(value=False))
        likely = np.flatnonzero(begins_with_two(texts, _STARTS) | summed.to_numpy(zero_copy_only=False))
        if not len(likely):
            continue
        hits = pc.match_substring_regex(pc.utf8_trim_whitespace(texts.take(pa.array(likely))), pattern)
        for row in likely[pc.fill_null(hits, pa.scalar(value=False)).to_numpy(zero_copy_only=False)].tolist():
            yield row, str(texts[row]).strip()


def _judge(
    raw: RawTable, row: int, text: str, at: Mapping[str, int], name_at: int | None, found: dict[int, Aside]
) -> None:
    if row in found:
        return
    name = "" if name_at is None else cell_text(raw.columns[name_at], row)
    if _EXAMPLE.match(text):
        marks = {_first(raw, row), name, *(cell_text(raw.columns[at[key]], row) for key in _IDS if key in at)}
        if text in marks:
            found[row] = ("example_row", row, text)
        return
    if _coded(raw, row, at) or text not in (_first(raw, row), name):
        return
    if re.match(_TOTALS, text):
        # A firm beside the word is an enterprise whose first column says 其中.
        if name == text or not looks_like_firm(name):
            found[row] = ("totals_row", row, text)
    elif re.match(_RULED, text):
        if all(re.match(_RULED, cell) for cell in _filled(raw, row)):
            found[row] = ("footnote_row", row, text)
    elif text == _first(raw, row) and not looks_like_firm(name) and _is_remark(text, len(_filled(raw, row)), raw):
        found[row] = ("footnote_row", row, text)


def _is_remark(text: str, filled: int, raw: RawTable) -> bool:
    if re.match(_SIGNED, text) and _SIGN_WORDS.match(text.lstrip("（( ")):
        return True
    alone = filled == 1 and len(raw.columns) > 1
    return bool(_REMARK_ALWAYS.match(text) or (alone and (re.match(_REMARK, text) or re.match(_DATED, text))))


def _below_headers(
    raw: RawTable, at: Mapping[str, int], name_at: int | None, found: dict[int, Aside], blank: NDArray[np.bool_]
) -> list[int]:
    """Return the rows right below the header and below each header that is repeated; the latter are found here."""
    starts = [0]
    if name_at is not None:
        words = [*header_names(raw.table), raw.headers[name_at]]
        for row in {*_equal(raw.columns[name_at], words), *_meant(raw.columns[name_at])}:
            if not _coded(raw, row, at):
                found[row] = ("header_row", row, cell_text(raw.columns[name_at], row))
                starts.append(row + 1)
        _name_changes(raw, at, starts[1:])
    count = len(blank)
    return [row for start in starts for row in range(start, min(start + _HEAD, count)) if not blank[row]]


def _name_changes(raw: RawTable, at: Mapping[str, int], starts: Sequence[int]) -> None:
    """Mark the rows below a repeated header whose columns stand elsewhere than those of the first one."""
    ends = [*sorted(starts), len(raw.numbers)]
    for start, end in pairwise(ends):
        named = {
            column: place
            for place, own in enumerate(raw.columns)
            for column, sure in (column_named(str(raw.table), clean_header(cell_text(own, start - 1))),)
            if column and sure >= LIKELY
        }
        if any(at.get(column, place) != place for column, place in named.items()):
            raw.row_faults += [("header_changes", row, {}) for row in range(start, end)]


def _equal(column: Any, words: Sequence[str]) -> list[int]:
    """Return the rows whose cell is the header of a column."""
    if isinstance(column, pa.Array) and pa.types.is_large_string(column.type):
        same = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(words, pa.large_string()))
        return [int(row) for row in np.flatnonzero(same.to_numpy(zero_copy_only=False))]
    if isinstance(column, pa.Array):
        return []
    known = {"".join(word.split()) for word in words}
    return [row for row, cell in enumerate(column) if isinstance(cell, str) and "".join(cell.split()) in known]


def _meant(column: Any) -> list[int]:
    """Return the rows of a short table whose cell means a column: a table that lies on its side names no firm."""
    rows = range(len(column)) if len(column) <= _SHORT else range(0)
    meanings = ((row, meaning_of(cell_text(column, row))) for row in rows)
    return [row for row, meaning in meanings if meaning.concept and meaning.known and meaning.confidence >= SURE]


def _head_row(raw: RawTable, row: int, at: Mapping[str, int], name_at: int | None) -> str:
    """Return the code of a row below a header that numbers its columns, explains them, or shows how to fill them."""
    filled = _filled(raw, row)
    name = "" if name_at is None else cell_text(raw.columns[name_at], row)
    code = cell_text(raw.columns[at["uscc"]], row) if "uscc" in at else ""
    # A firm with a code stays whatever its name; a form shows how to write a code with X for its digits.
    if looks_like_code(code) and not (_MASKED_CODE.search(code) and _MASKED.search(name)):
        return ""
    if len(filled) >= 2 and _numbered(filled):
        return "header_row"
    if filled and all(_UNIT.fullmatch(text) for text in filled):
        return "header_row"
    hints = sum(_HINT.search(text) is not None or _UNIT.fullmatch(text) is not None for text in filled)
    if filled and 2 * hints >= len(filled) and not looks_like_firm(name):
        return "header_row"
    if name and _MASKED.search(name) and name_at is not None and not _often_masked(raw.columns[name_at]):
        return "example_row"
    return ""


def _numbered(filled: Sequence[str]) -> bool:
    """Return whether the cells count the columns: 甲 乙 丙, 甲 1 2 3, (1) (2) (3), A B C."""
    bare = [re.sub(r"[()（）\[\]栏次第列\s]", "", text) for text in filled]
    bare = [text for text in bare if text]
    while bare and bare[0] in _ORDERS[0] and len(bare) > 1 and bare[1].isdigit():
        bare = bare[1:]
    if len(bare) >= 2 and all(text.isdigit() for text in bare):
        return [int(text) for text in bare] == list(range(int(bare[0]), int(bare[0]) + len(bare))) and int(bare[0]) <= 2
    joined = "".join(bare)
    return len(bare) >= 2 and all(len(text) == 1 for text in bare) and any(joined in order for order in _ORDERS)


def _often_masked(column: Any) -> bool:
    rows = range(min(len(column), 50))
    return sum(_MASKED.search(cell_text(column, row)) is not None for row in rows) > 2


def _tail(
    raw: RawTable, at: Mapping[str, int], name_at: int | None, blank: NDArray[np.bool_], found: dict[int, Aside]
) -> None:
    """Find what follows the last enterprise: parts of a total, remarks, names of those who signed."""
    if name_at is None or len(raw.columns) < 2:
        return
    rows = np.flatnonzero(~blank).tolist()
    tail: list[int] = []
    while rows and len(tail) < 60:
        row = rows.pop()
        name = cell_text(raw.columns[name_at], row)
        if row not in found and (_coded(raw, row, at) or looks_like_firm(name)):
            break
        tail.append(row)
    summed = False
    for row in reversed(tail):
        summed |= row in found and found[row][0] == "totals_row"
        if row in found:
            continue
        filled, name = _filled(raw, row), cell_text(raw.columns[name_at], row)
        number = re.fullmatch(r"[\d,.]+\s*[家户个]?", name) is not None
        if summed and (number or not name) and len(filled) <= 3:
            found[row] = ("totals_row", row, filled[0])
        elif len(filled) == 1 and _LONE.match(filled[0]):
            found[row] = ("footnote_row", row, filled[0])


def _coded(raw: RawTable, row: int, at: Mapping[str, int]) -> bool:
    place = at.get("uscc")
    return place is not None and looks_like_code(cell_text(raw.columns[place], row))


def _filled(raw: RawTable, row: int) -> list[str]:
    return [text for text in (cell_text(column, row) for column in raw.columns) if text]


def _first(raw: RawTable, row: int) -> str:
    return next(iter(_filled(raw, row)), "")
