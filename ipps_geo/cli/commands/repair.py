"""``repair``: repair overlapping or short rosters with the fewest moves."""

from __future__ import annotations

from typing import Annotated

import typer

from ipps_geo.cli.options import AnswerOptions, ForceOption, NetworkOptions, OutOption


def repair(
    network: NetworkOptions,
    answer: AnswerOptions,
    *,
    reach_km: Annotated[float, typer.Option(help="可补充企业的半径 · Reach for additions.")] = 3.0,
    time_limit: Annotated[float, typer.Option(help="求解时限（秒）· Time limit, s.")] = 30.0,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """以最少变动修复名册 · Repair overlapping or short rosters with the fewest moves."""
    from ipps_geo import planning, report, results
    from ipps_geo.files import check_free
    from ipps_geo.screens.terminal.answers import repair_lines

    if out is not None:
        check_free(out, "repair", force=force)
    workspace, policy = network.opened()
    result = planning.repair(workspace, policy, reach_km=reach_km, time_limit_s=time_limit, on=network.day)
    files = [] if out is None else report.write_repair(workspace, result, out, answer.lang.value, force=force)
    answer.tell(
        lambda: results.repair_document(result, files),
        lambda: repair_lines(workspace, result, answer.lang.value, files),
    )
