"""``atlas``: draw the atlas as one PDF."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.options import (
    AnswerOptions,
    BaseOption,
    ForceOption,
    NetworkOptions,
    OutOption,
    PublicOption,
    ReviewOption,
    check_review,
    day_of,
)
from ipps_geo.cli.progress import Progress
from ipps_geo.cli.travel_options import SupplyOptions, TravelOptions
from ipps_geo.cli.work_options import WorkOptions


class AtlasPaper(StrEnum):
    """Paper that an atlas is set on."""

    A4 = "a4"
    A3 = "a3"


def atlas(
    network: NetworkOptions,
    travel: TravelOptions,
    access: SupplyOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    *,
    stations: Annotated[int, typer.Option(min=1, help="方案新设站数 · New stations of the plan.")] = 10,
    reach_km: Annotated[float, typer.Option(help="服务半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    since: Annotated[str | None, typer.Option(help="上一版的日期 · Day of the edition before.")] = None,
    public: PublicOption = False,
    map_review_number: ReviewOption = "",
    base: BaseOption = None,
    paper: Annotated[AtlasPaper, typer.Option(help="纸张 · Paper.")] = AtlasPaper.A4,
    out: OutOption = Path("atlas"),
    force: ForceOption = False,
) -> None:
    """编制图集 PDF · Draw the atlas as one PDF."""
    from ipps_geo import planning, report
    from ipps_geo.executors import Workforce
    from ipps_geo.files import check_free
    from ipps_geo.planning.base_layers import read_base_layers
    from ipps_geo.report.pages.typeset import require_typst
    from ipps_geo.results.file_documents import files_document

    require_typst()
    check_review(map_review_number, public=public)
    if out is not None:
        check_free(out, "atlas", force=force)
    workforce = work.workforce(out, used=True)
    with Progress(answer) as progress, (workforce or Workforce()).called() as crew:
        progress.step("load")
        workspace, policy = network.opened()
        under = read_base_layers(base or (), datum=network.datum, metric_crs=workspace.region.metric_crs)
        way = travel.travel(reach_km, metric_crs=workspace.region.metric_crs)
        progress.step("solve")
        found = planning.atlas_results(
            workspace,
            policy,
            planning.PlanParameters(stations=stations, reach_km=reach_km),
            on=network.day,
            since=day_of(since),
            travel=way,
            choices=access.choices(way),
            public=public,
            map_review_number=map_review_number,
            progress=progress.milestone,
            workforce=workforce,
        )
        folder = out or Path("atlas")
        written = report.write_atlas(
            workspace, policy, found, folder, answer.lang.value, base=under, paper=paper.value, force=force, crew=crew
        )
        files = [str(file) for file in written]
    answer.tell(lambda: files_document("atlas", files), lambda: files)
