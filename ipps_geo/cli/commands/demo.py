"""``demo``: make a demonstration workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.options import AnswerOptions, ForceOption, RegionOption


def demo(
    answer: AnswerOptions,
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="企业数 · Number of enterprises.")] = 30_000,
    seed: Annotated[int, typer.Option(help="随机种子 · Seed.")] = 7,
    flaws: Annotated[str | None, typer.Option(help="植入缺陷：all 或规则编号 · Flaws to plant.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹 · Folder.")] = Path("demo"),
    region: RegionOption = None,
    force: ForceOption = False,
) -> None:
    """生成演示工作区 · Make a demonstration workspace of any size."""
    from ipps_geo import planning
    from ipps_geo.regions import load_region
    from ipps_geo.results.file_documents import demonstration_document
    from ipps_geo.screens.terminal.answers import demo_lines

    made = planning.make_demo(
        enterprises=enterprises, seed=seed, flaws=flaws, out=out, force=force, region=load_region(region)
    )
    answer.tell(lambda: demonstration_document(made), lambda: demo_lines(made, answer.lang.value))
