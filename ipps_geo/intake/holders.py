"""Whose roster it is: from the rows, else from the sheet, its title, the file and its folder, in this order.

What is found is the text that stands there, an id or a name; the workspace knows which station that is.

>>> holder_in("中关村软件园知识产权公共服务工作站服务企业名册（2026年）"), holder_in("WS01名册（最终版）")
('中关村软件园知识产权公共服务工作站', 'WS01')
>>> holder_in("海淀工作站001（青龙硅巷(街区)）服务企业名册"), holder_in("上地工作站2026年第三季度报表")
('海淀工作站001(青龙硅巷(街区))', '上地工作站')
>>> holder_in("企业名册"), holder_in("Sheet1"), holder_in("2026年第三季度"), holder_in("海淀区")
('', '', '', '')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipps_geo.errors import Message
from ipps_geo.intake.asides import blank_cells
from ipps_geo.intake.elsewhere import city_names, county_names
from ipps_geo.intake.mapping import map_columns
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.raw import RawTable, as_texts
from ipps_geo.intake.request import Request

_ID = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,8}[-_]?[A-Za-z0-9]{0,4}[-_]?\d{1,6})(?![A-Za-z0-9])")
_NOT_IDS = re.compile(r"sheet\d*|table\d*|book\d*|工作表\d*|q[1-4]|v\d+|copy\d*|20\d\d", re.IGNORECASE)
_STATION = re.compile(r"^.*?[\u3400-\u9fffA-Za-z0-9·（）()]+?(工作站|服务站|指导站|服务中心)")
_CARRIER = re.compile(r"^.*[\u3400-\u9fffA-Za-z0-9·（）()]{2,}(孵化器|众创空间|产业园|科技园|软件园|园区|基地|协会)")
_GENERIC = re.compile(
    r"(20\d\d年?)?(\d{1,2}月)?(第?[一二三四1-4]季度)?(上半年|下半年)?(年度)?(知识产权)?(公共服务|综合服务)?(工作站|服务站)?"
    r"(所?服务|入驻|在园|重点)?(企业)?(基本)?(情况)?(信息)?(名单|名册|花名册|清单|汇总|统计|台账|明细|数据|登记|摸底|调查)?(表|册)?"
    r"(模板)?(第?[一二三四五]|初|最终|终|最新|正式|定|修改|修订|送审|报送|原|新)?(版|稿)?\d*"
)
_NO_SECTION = re.compile(r"[：:]|合计|小计|总计|备注|说明")
_FEWEST, _LONGEST = 2, 60
_TAIL = re.compile(
    r"[\s_—-]*((所?服务|入驻|在园|重点)?企业)?(基本)?(情况|信息)?(名单|名册|花名册|清单|汇总|统计|台账|明细|登记|数据|摸底|调查)(表|册)?.*$"
)
_BRACKETS = re.compile(r"[（(【\[][^（()）【】\]]*[)）】\]]")
_ASIDES = re.compile(r"[（(【\[][^（()）【】\]]*(20\d\d|年|月|季度|版|稿|盖章|附件|表)[^（()）【】\]]*[)）】\]]")
_NUMBERED = re.compile(r"\s*(第?[0-9A-Za-z一二三四五六七八九十-]{1,6}(号|站)?)?\s*([（(].*[)）])?")
_PREFIX = re.compile(
    r"^(附件|附表|表)\s*[\d一二三四五六七八九十]*\s*[:：.、-]?\s*|^\d{1,2}\s*[.、_-]\s*|^(填报|填表|报送|上报)?(单位|工作站|机构)(名称)?(（盖章）|\(盖章\))?\s*[:：]\s*"
)


def holder_in(text: str, *, plain: bool = False) -> str:
    """Return the station that a title or a name speaks of, "" where it names none.

    ``plain``: the text is the name of one of several sheets or files of one form, so that whatever is not generic is
    a station (丰台科技园, 中关村).
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    text = _PREFIX.sub("", text).strip()
    bare = _BRACKETS.sub("", text).strip()
    if not bare or _GENERIC.fullmatch(_without_city(bare.replace(" ", ""))):
        return ""
    whole = _TAIL.sub("", _ASIDES.sub("", text)).strip(" _-—")
    found = _STATION.match(whole) or _CARRIER.match(whole)
    if found:  # a number and a bracket behind it belong to the name: 工作站001（青龙硅巷）
        return whole if _NUMBERED.fullmatch(whole[found.end() :]) else found[0].strip()
    named = _TAIL.sub("", bare).strip(" _-—")
    code = _ID.search(bare)
    if code and not _NOT_IDS.fullmatch(code[1]) and not re.search(r"[A-Za-z]", bare.replace(code[1], "", 1)):
        return code[1]
    if plain and named and not _NOT_IDS.fullmatch(named) and not _is_place(named) and not named.isdigit():
        return named
    return ""


def _is_place(text: str) -> bool:
    """Return whether a text is a district or a city, which holds no roster."""
    plain = re.fullmatch(r"[\u3400-\u9fff]{2,4}(区|县)|全市|经开区|高新区|[\u3400-\u9fff]{2,8}(技术|产业)开发区", text)
    return plain is not None or text in city_names() or text in county_names()


def _without_city(text: str) -> str:
    """Return a title without the name of the city that stands before what it is, or behind the time it is of."""
    begin = re.match(r"(?:20\d\d年?)?(?:\d{1,2}月)?(?:第?[一二三四1-4]季度)?(?:上半年|下半年)?(?:年度)?", text)
    start = 0 if begin is None else begin.end()
    longest = next((n for n in range(8, 1, -1) if text[start : start + n] in city_names()), 0)
    return text[:start] + text[start + longest :]


def give_holders(raws: Sequence[RawTable], request: Request) -> list[tuple[str, str]]:
    """Give each roster without a column of holders the holder that its surroundings name, in ``raw.given``.

    Returns (holder, where it stands) for each table whose holder was found; ``origin`` is one of column, section,
    sheet, title, file, folder, told.
    """
    found: list[tuple[str, str]] = []
    several = len({raw.sheet for raw in raws if raw.sheet}) > 1
    if request.station is not None and several:
        _keep_sheets([raw for raw in raws if raw.table == "rosters"], request, request.station)
    for raw in raws:
        if raw.table != "rosters":
            continue
        by_column = map_columns(raw.headers, "rosters", _own(request, raw), raw.samples()).by_column
        if "holder_id" in by_column:
            if request.station is not None:
                _keep_station(raw, by_column["holder_id"], request.station)
            else:
                _name_contradiction(raw, by_column["holder_id"], request)
            continue
        sections = _sections(raw, raw.headers.index(by_column["name"]) if "name" in by_column else -1)
        if request.station is not None:
            if sections is not None:
                _keep_section(raw, sections, request.station)
            holder, origin = request.station, "told"
        else:
            if sections is not None:
                raw.given["holder_id"] = sections
                found.append(("; ".join(dict.fromkeys(text for text in sections if text)), "section"))
                raw.remarks.append(("holder_from", {"found": found[-1][0], "origin": Message("origin.section")}))
                continue
            holder, origin = _around(raw, request, several=several)
        if holder:
            raw.given["holder_id"] = [holder] * len(raw.numbers)
            if origin != "told":
                raw.remarks.append(("holder_from", {"found": holder, "origin": Message(f"origin.{origin}")}))
            found.append((holder, origin))
    return found


def _name_contradiction(raw: RawTable, header: str, request: Request) -> None:
    """Tell where the rows name one station and the sheet or the file another; the rows count."""
    texts = as_texts(raw.columns[raw.headers.index(header)], len(raw.numbers))
    own = {text.strip() for text in texts if text and text.strip()}
    holder, origin = _around(raw, request, several=False)
    code = _ID.fullmatch(holder) is not None
    if len(own) == 1 and holder and code == (_ID.fullmatch(next(iter(own))) is not None):
        (told,) = own
        if _plain(told) not in _plain(holder) and _plain(holder) not in _plain(told):
            params = {"found": holder, "value": told, "origin": Message(f"origin.{origin}")}
            raw.remarks.append(("holder_contradicts", {"column": header, **params}))


def _keep_sheets(raws: Sequence[RawTable], request: Request, station: str) -> None:
    """Where sheets name several stations, leave only those of one, and tell what others there were.

    Sheets that name others only (an id may stand for a name, and not every name of a sheet is a station's) are read as
    was said, with a warning.
    """
    named = [
        ""
        if "holder_id" in map_columns(raw.headers, "rosters", _own(request, raw), raw.samples()).by_column
        else _around(raw, request, several=True)[0]
        for raw in raws
    ]
    if len({_plain(text) for text in named if text}) < 2:
        return
    there = any(_plain(text) == _plain(station) for text in named)
    for raw, text in zip(raws, named, strict=True):
        if not text or _plain(text) == _plain(station):
            continue
        if there:
            gone = len(raw.numbers)
            _keep_rows(raw, np.array([], dtype=np.int64))
            raw.remarks.append(("other_stations", {"found": gone}))
        else:
            raw.remarks.append(("holder_replaced", {"found": station, "value": text}))


def _keep_section(raw: RawTable, sections: Sequence[str | None], station: str) -> None:
    """Leave only the rows below the heading of one station, as :func:`_keep_station` does by a column."""
    plain = [_plain(text) for text in sections]
    others = tuple(dict.fromkeys(text for text in sections if text))
    if _plain(station) in plain:
        kept = np.array([text in (_plain(station), "") for text in plain])
        blank = np.all([blank_cells(column) for column in raw.columns], axis=0)
        gone = int((~kept & ~blank).sum())
        _keep_rows(raw, np.flatnonzero(kept))
        if gone:
            raw.remarks.append(("other_stations", {"found": gone}))
    elif len(others) > 1:
        raise Refusal("station_not_there", sheet=raw.sheet, found=station, others=others)
    else:
        raw.remarks.append(("holder_replaced", {"found": station, "value": others[0]}))


def _keep_station(raw: RawTable, header: str, station: str) -> None:
    """Leave only the rows of one station in a roster of several, and tell how many others there were."""
    column = raw.columns[raw.headers.index(header)]
    texts = as_texts(column, len(raw.numbers))
    plain = [_plain(text) for text in texts]
    if _plain(station) not in plain:
        others = tuple(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
        if len(others) == 1:  # the file has another name for the one station that it speaks of
            raw.columns[raw.headers.index(header)] = [station if text else None for text in texts]
            raw.remarks.append(("holder_replaced", {"column": header, "found": station, "value": others[0]}))
            return
        raise Refusal("station_not_there", sheet=raw.sheet, column=header, found=station, others=others)
    rows = np.array([row for row, text in enumerate(plain) if text in (_plain(station), "")], dtype=np.int64)
    gone = sum(1 for text in plain if text not in (_plain(station), ""))
    _keep_rows(raw, rows)
    if gone:
        raw.remarks.append(("other_stations", {"found": gone}))


def _keep_rows(raw: RawTable, rows: NDArray[np.int64]) -> None:
    raw.columns = [
        cells.take(pa.array(rows)) if isinstance(cells, pa.Array) else [cells[row] for row in rows.tolist()]
        for cells in raw.columns
    ]
    place = {int(row): turn for turn, row in enumerate(rows)}
    raw.numbers = raw.numbers[rows]
    raw.cell_faults = [(code, place[r], c, v) for code, r, c, v in raw.cell_faults if r in place]
    raw.row_faults = [(code, place[r], params) for code, r, params in raw.row_faults if r in place]


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def _own(request: Request, raw: RawTable) -> dict[str, str] | None:
    if request.mapping is None:
        return None
    return {header: column for header, column in request.mapping.items() if header in raw.headers and column != "\x00"}


def _around(raw: RawTable, request: Request, *, several: bool) -> tuple[str, str]:
    sheet, _, inner = (raw.sheet or "").partition(" › ")
    stem = request.file.replace("\\", "/").rsplit("/", 1)
    tries = [(inner or sheet, "sheet", several)]
    if inner or sheet.casefold().endswith((".xlsx", ".xls", ".csv", ".et", ".ods", ".txt", ".xlsm")):
        member = sheet.rsplit("/", 1)
        tries = [(inner, "sheet", False)] if inner else []
        tries += [(title, "title", False) for title in raw.titles]
        tries += [(member[-1].rsplit(".", 1)[0], "file", True)]
        tries += [(member[0], "folder", True)] if len(member) > 1 else []
    else:
        tries += [(title, "title", False) for title in raw.titles]
    tries.append((stem[-1].rsplit(".", 1)[0], "file", False))
    if len(stem) > 1:
        tries.append((stem[0].rsplit("/", 1)[-1], "folder", False))
    for text, origin, plain in tries:
        holder = holder_in(text, plain=plain) if text else ""
        if holder:
            return holder, origin
    return "", ""


def _sections(raw: RawTable, names_at: int) -> list[Any] | None:
    """Return the holder of each row where rows with one text alone name a station for the rows below them.

    Such a row is none of the table: it is made blank. None where there are no such rows. A park alone in the column of
    names (``names_at``) may be an enterprise of which nothing else is known.
    """
    if len(raw.columns) <= _FEWEST:
        return None
    filled = np.array([~blank_cells(column) for column in raw.columns])
    named: dict[int, str] = {}
    for row in np.flatnonzero(filled.sum(axis=0) == 1).tolist():
        place = int(np.flatnonzero(filled[:, row])[0])
        text = unicodedata.normalize("NFKC", _cell(raw.columns[place], row)).strip()
        found = _STATION.match(text) or (_CARRIER.match(text) if place != names_at else None)
        if found and len(text) <= _LONGEST and not _NO_SECTION.search(text):
            named[row] = holder_in(text)
    if not named:
        return None
    for place, column in enumerate(raw.columns):
        cells = column.to_pylist() if isinstance(column, pa.Array) else list(column)
        for row in named:
            cells[row] = None
        raw.columns[place] = pa.array(cells, pa.large_string()) if isinstance(column, pa.Array) else cells
    current = ""
    holders: list[Any] = []
    for row in range(len(raw.numbers)):
        current = named.get(row) or current
        holders.append(current or None)
    return holders


def _cell(column: Any, row: int) -> str:
    cell = column[row].as_py() if isinstance(column, pa.Array) else column[row]
    return "" if cell is None else str(cell)
