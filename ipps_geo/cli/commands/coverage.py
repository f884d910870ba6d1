"""``coverage``: coverage, access and equity by service unit."""

from __future__ import annotations

from typing import Annotated

import typer

from ipps_geo.cli.options import (
    AnswerOptions,
    ForceOption,
    NetworkOptions,
    OutOption,
    PublicOption,
    ReviewOption,
    check_review,
)
from ipps_geo.cli.travel_options import AccessOptions, TravelOptions
from ipps_geo.cli.work_options import WorkOptions
from ipps_geo.errors import BadInput


def coverage(
    network: NetworkOptions,
    travel: TravelOptions,
    access: AccessOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    *,
    reach_km: Annotated[float, typer.Option(help="覆盖半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    detour_factor: Annotated[float, typer.Option(help="绕行系数 · Detour factor.")] = 1.0,
    public: PublicOption = False,
    map_review_number: ReviewOption = "",
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """覆盖、可达与均衡 · Coverage, access and equity by service unit."""
    from ipps_geo import planning, report, results
    from ipps_geo.cli.national import coverage_over_partitions
    from ipps_geo.files import check_free
    from ipps_geo.screens.terminal.summary import coverage_summary
    from ipps_geo.workspace.partitions import is_partitioned

    if is_partitioned(network.workspace):
        beside = {"--public": public, "--map-review-number": bool(map_review_number)}
        coverage_over_partitions(
            network, travel, access, answer, work, (reach_km, detour_factor), out, beside, force=force
        )
        return
    if work.asked:
        raise BadInput("executors.nothing_to_share", where="--workers, --cluster")
    check_review(map_review_number, public=public)
    if out is not None:
        check_free(out, "coverage", force=force)
    if access.every_pair and out is None:
        raise BadInput("access.pairs_need_folder", where="--every-pair")
    if access.every_pair and public:
        raise BadInput("access.pairs_of_public", where="--every-pair, --public")
    workspace, policy = network.opened()
    way = travel.travel(reach_km, detour_factor, metric_crs=workspace.region.metric_crs)
    result = planning.coverage(
        workspace,
        policy,
        travel=way,
        on=network.day,
        public=public,
        map_review_number=map_review_number,
        areas=out is not None,
        choices=access.choices(way),
    )
    files = [] if out is None else report.write_coverage(workspace, result, out, answer.lang.value, force=force)
    answer.tell(
        lambda: results.coverage_document(result, files),
        lambda: coverage_summary(workspace, result, answer.lang.value, files),
    )
