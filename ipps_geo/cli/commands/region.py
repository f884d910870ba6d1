"""``region``: make a region from the national boundaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.answering import answering
from ipps_geo.cli.groups import spread
from ipps_geo.cli.options import AnswerOptions, ForceOption

region = typer.Typer(name="region", help="地区 · Regions.", no_args_is_help=True)


def new(
    answer: AnswerOptions,
    name: Annotated[str, typer.Argument(help="地级市、直辖市等的名称或代码，如 成都市、510100 · Name or code.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹 · Folder.")],
    name_en: Annotated[str, typer.Option("--name-en", help="英文名称 · Name in English.")] = "",
    force: ForceOption = False,
) -> None:
    """由全国界线生成一个地区 · Make the region of any prefecture or municipality."""
    from ipps_geo.regions import new_region
    from ipps_geo.results.file_documents import region_document
    from ipps_geo.screens.terminal.answers import region_lines

    made = new_region(name, out, name_en=name_en, force=force)
    answer.tell(lambda: region_document(made), lambda: region_lines(made, answer.lang.value))


region.command()(answering(spread(new)))
