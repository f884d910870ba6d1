"""What a file would change in a table, in words: before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import names_of

if TYPE_CHECKING:
    from ipps_geo.workspace import Difference, Workspace


def difference_rows(difference: Difference, workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row for the table and one per station that changes: rows before, after, new, changed, gone.

    ``workspace`` is the one before.
    """
    words = catalogue(lang, workspace.region)
    headers = [words.text(f"difference.{name}") for name in ("what", "before", "after", "new", "changed", "gone")]
    counts = [len(difference.new), len(difference.changed), len(difference.gone)]
    lines: list[list[object]] = [
        [words.text("difference.rows"), difference.before, difference.after, *counts],
    ]
    if difference.table in ("rosters", "enterprises"):
        new, changed, gone = difference.enterprises(workspace)
        lines.append([words.text("difference.enterprises"), None, None, new, changed, gone])
    names = names_of(workspace, lang)
    for station in difference.stations.to_dict("records"):
        own = str(station["holder_id"])
        lines.append(
            [names.subject(own), *(int(station[name]) for name in ("before", "after", "new", "changed", "gone"))]
        )
    frame = pd.DataFrame(lines, columns=headers)
    return frame.assign(**{header: [words.value(cell) for cell in frame[header]] for header in headers[1:]})


def difference_lines(difference: Difference, workspace: Workspace, lang: str, most: int = 20) -> list[str]:
    """Return the difference as lines: the counts, then what goes, by name."""
    words = catalogue(lang, workspace.region)
    rows = difference_rows(difference, workspace, lang)
    table = words.label("TableName", difference.table)
    lines = [words.text(f"difference.scope_{difference.scope}", file=difference.file, table=table)]
    header = rows.columns.tolist()
    for row in rows.itertuples(index=False):
        told = "  ".join(f"{name} {value}" for name, value in zip(header[1:], row[1:], strict=True))
        lines.append(f"  {row[0]}: {told}")
    name = "name_zh" if "name_zh" in difference.gone.columns else "name"
    if len(difference.gone) and name in difference.gone.columns:
        listed = [str(text) for text in difference.gone[name].head(most)]
        lines.append(
            words.text("difference.going", names=words.text("page.list_joiner").join(listed), n=len(difference.gone))
        )
    return lines
