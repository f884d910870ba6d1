"""``check``: every fault of a file with its place and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.options import AnswerOptions, ForceOption, OutOption, PartialOption


def check(
    answer: AnswerOptions,
    *,
    path: Annotated[Path, typer.Argument(help="文件或文件夹 · A file or a folder.")],
    table: Annotated[str | None, typer.Option(help="表名，如 enterprises · Name of the table.")] = None,
    datum: Annotated[str | None, typer.Option(help="坐标基准：wgs84、gcj02、bd09 · Datum of the coordinates.")] = None,
    accept_partial: PartialOption = False,
    normalised: Annotated[Path | None, typer.Option(help="按理解写出的 CSV · The table as understood.")] = None,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """检查数据文件 · Check files: every fault with file, sheet, row, column and what to do."""
    from ipps_geo import planning, report
    from ipps_geo.screens.terminal.answers import check_lines

    found = planning.check_files(
        path, table=table, datum=datum, accept_partial=accept_partial, normalised=normalised, force=force
    )
    if out is not None:
        report.write_checked(found, path, out, answer.lang.value, force=force)
    answer.tell(found.as_json, lambda: check_lines(found, answer.lang.value))
    if found.has_errors:
        raise typer.Exit(2)
