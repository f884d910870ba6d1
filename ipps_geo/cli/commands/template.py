"""``template``: write Excel templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.options import AnswerOptions, ForceOption, RegionOption


def template(
    answer: AnswerOptions,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹 · Folder for the templates.")] = Path(
        "templates"
    ),
    region: RegionOption = None,
    force: ForceOption = False,
) -> None:
    """生成 Excel 模板 · Write Excel templates."""
    from ipps_geo.columns import DESCRIBED
    from ipps_geo.intake.templates import write_templates
    from ipps_geo.regions import load_region
    from ipps_geo.results.file_documents import files_document
    from ipps_geo.screens.terminal.answers import file_lines

    files = write_templates(out, list(DESCRIBED), force=force, region=load_region(region))
    answer.tell(lambda: files_document("templates", files), lambda: file_lines(files, answer.lang.value))
