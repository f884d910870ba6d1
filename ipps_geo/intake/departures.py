"""Rows that say in a column which nobody reads that they have left (已移出, 注销): they count, and are named.

>>> [says_left("服务状态", text) for text in ("已终止", "未终止", "服务中", "注销商标代理业务的咨询")]
[True, False, False, False]
>>> says_left("是否在册", "否"), says_left("是否移出", "否"), says_left("是否移出", "√")
(True, False, True)
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipps_geo.intake.mapping import ColumnMapping
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.raw import RawTable, as_texts
from ipps_geo.intake.yes_no import answer

TABLES = frozenset({"rosters", "enterprises"})
_GONE = (
    r"(?:移出|退出|迁出|迁离|搬离|搬迁|注销|吊销|撤出|终止|停止服务|不再服务|失效|无效|作废|清退|剔除|停业|歇业|倒闭|退册"
    r"|出库|解约)"
)
_LEFT = re.compile(
    rf"^[^未无否不没]{{0,14}}{_GONE}.{{0,6}}$"
    r"|^[^未无否没]{0,8}(?:不在册|不再服务|不在园|不在营)[^,，。;；]{0,4}[,，。;；]?.{0,10}$"
)
_ASKS_WHETHER_LEFT = re.compile(rf"^是否(?:已|已经)?{_GONE}")
_ASKS_WHETHER_HERE = re.compile(r"^是否(?:仍|还|仍然)?(?:在册|在服|在园|在营|有效|存续|服务中|在库|正常)")
_LONGEST = 20


def says_left(header: str, text: str) -> bool:
    """Return whether a cell below a header says that the firm of its row is not on the roster any more."""
    asked = re.sub(r"\s+", "", unicodedata.normalize("NFKC", header))
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    said = answer(plain)[0]
    if said in ("yes", "no") and (_ASKS_WHETHER_LEFT.match(asked) or _ASKS_WHETHER_HERE.match(asked)):
        return said == ("yes" if _ASKS_WHETHER_LEFT.match(asked) else "no")
    return len(plain) <= _LONGEST and _LEFT.match(plain) is not None


def name_left(
    raw: RawTable, mapping: ColumnMapping, kept: NDArray[np.int64], values: dict[str, pd.Series], log: ProblemLog
) -> None:
    """Name the rows that say so in a column that is not read, unless they state the day."""
    if raw.table not in TABLES:
        return
    gone = values.get("delisted_on")
    stated = np.zeros(len(kept), dtype=bool) if gone is None else gone.notna().to_numpy()
    for header in mapping.unread:
        column = as_texts(raw.columns[raw.headers.index(header)], len(raw.numbers))
        texts = [column[row] for row in kept.tolist()]
        told = {text: says_left(header, text) for text in set(texts) if text}
        if not any(told.values()):
            continue
        rows = np.array([bool(text) and told[text] for text in texts], dtype=bool) & ~stated
        log.about_rows("says_left", rows, column=header, values=texts)
