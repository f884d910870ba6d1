"""The options that several commands share, and what their values mean."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    pass


class Lang(StrEnum):
    """Languages of the output."""

    ZH = "zh"
    EN = "en"


class Objective(StrEnum):
    """Objectives of a plan."""

    COVERED = "covered"
    FEWEST_SITES = "fewest_sites"
    WORST_UNIT = "worst_unit"


WorkspaceArgument = Annotated[
    Path | None,
    typer.Argument(
        help="工作区：表格文件夹或一个 GeoPackage；缺省为内置北京工作区 · Workspace; default: embedded.",
        show_default=False,
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="输出文件夹 · Folder for the files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="在标准输出打印一份 JSON · One JSON document on stdout.")]
LangOption = Annotated[Lang, typer.Option("--lang", help="语言 · Language.")]
PolicyOption = Annotated[str, typer.Option("--policy", help="政策版本名或 TOML 文件 · Policy version or file.")]
DayOption = Annotated[
    str | None, typer.Option("--on", help="哪一天（YYYY-MM-DD），缺省为数据日期 · Day; default: data date.")
]
PartialOption = Annotated[bool, typer.Option("--accept-partial", help="只用可用的行 · Use the rows that can be used.")]
PublicOption = Annotated[bool, typer.Option("--public", help="公开版：小数目不显示 · Suppress small counts.")]
DEFAULT_POLICY = "beijing-draft"


def day_of(text: str | None) -> dt.date | None:
    """Return the day that ``--on`` or ``--since`` gives."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("argument.not_a_day", where="--on", text=text) from error


def counts_of(pairs: list[str]) -> dict[str, int]:
    """Return ``["110111=1"]`` as ``{"110111": 1}``."""
    counts: dict[str, int] = {}
    for pair in pairs:
        unit, _, number = pair.partition("=")
        if not unit or not number.isdigit():
            raise BadInput(f"{pair!r} is not UNIT=NUMBER", where="--min-per-unit", advice="write it as 110111=1")
        counts[unit] = int(number)
    return counts
