"""Whose a roster is: the station that a file names by its id or its name, found among those of the workspace.

A name counts where it is exactly that of one institution or application, blanks, width and brackets aside. What is only
alike is proposed and never taken.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.errors import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALIKE = 60.0
"""Likeness from which on a station is proposed, of 100."""
_MOST = 5
_LEAST = 3
_FORMAL = re.compile(r"(知识产权)?(公共服务|综合服务|服务)?工作站$")


def stations_by_text(stations: pd.DataFrame, key: str) -> dict[str, set[str]]:
    """Return the ids that each text may mean: an id, a name, or a name without "知识产权公共服务工作站"."""
    known: dict[str, set[str]] = {}
    for own, name in stations[[key, "name"]].itertuples(index=False):
        texts = {plain(own)} | ({plain(name), shortened(name)} if isinstance(name, str) else set())
        for text in texts:
            known.setdefault(text, set()).add(own)
    return known


def shortened(name: str) -> str:
    """Return a name without the words that every station has in it, the whole name where little is left."""
    short = _FORMAL.sub("", plain(name))
    return short if len(short) >= _LEAST else plain(name)


def plain(text: str) -> str:
    """Return a name without blanks and brackets, of one width and case.

    >>> plain("中关村（海淀） 工作站") == plain("中关村(海淀)工作站")
    True
    """
    return re.sub(r"[\s()（）【】\[\]“”\"'·]+", "", unicodedata.normalize("NFKC", text)).casefold()


def resolve_holders(
    rosters: pd.DataFrame, institutions: pd.DataFrame, applications: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]], dict[str, str]]:
    """Return (rosters with ids for the names of stations, proposals by unknown text, id by the name that was found).

    Texts that name no station stay as they are; what they may mean is proposed, the most alike first.
    """
    ids = {*institutions["institution_id"].dropna(), *applications["application_id"].dropna()}
    texts = [text for text in rosters["holder_id"].dropna().unique().tolist() if text not in ids]
    if not texts:
        return rosters, {}, {}
    # An application bears the name of the station that came of it: the station is meant.
    known = [stations_by_text(institutions, "institution_id"), stations_by_text(applications, "application_id")]
    found: dict[str, str] = {}
    open_: dict[str, tuple[str, ...]] = {}
    names = _names(institutions, applications)
    for text in texts:
        meant = next((each[own] for each in known for own in (plain(text), shortened(text)) if own in each), set())
        if len(meant) == 1:
            found[text] = next(iter(meant))
        else:
            open_[text] = tuple(sorted(meant)) or alike_stations(text, names)
    return rosters.assign(holder_id=rosters["holder_id"].replace(found)), open_, found


def alike_stations(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the stations (name by id) whose names are most like a text, five at most."""
    from rapidfuzz import fuzz, process

    wanted = {own: plain(name) for own, name in names.items()}
    hits = process.extract(plain(text), wanted, scorer=fuzz.WRatio, limit=_MOST, score_cutoff=ALIKE)
    return tuple(str(own) for _, _, own in hits)


def _names(institutions: pd.DataFrame, applications: pd.DataFrame) -> dict[str, str]:
    names: dict[str, str] = {}
    for frame, key in ((institutions, "institution_id"), (applications, "application_id")):
        names |= {
            own: name if isinstance(name, str) else own for own, name in frame[[key, "name"]].itertuples(index=False)
        }
    return names


def proposals(ids: Sequence[str], institutions: pd.DataFrame, applications: pd.DataFrame) -> tuple[Message, ...]:
    """Return stations as clauses of an error: name and id of each."""
    names = _names(institutions, applications)
    return tuple(Message("station.named", {"name": names.get(own, own), "id": own}) for own in ids)
