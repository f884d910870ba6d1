"""A plan over partitions, from the command line: what it does not have is refused before anything is read."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.cli.interrupts import stop_asked
from ipps_geo.cli.options import refuse_over_partitions
from ipps_geo.cli.progress import Progress
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.cli.options import AnswerOptions, NetworkOptions
    from ipps_geo.cli.travel_options import AccessOptions, TravelOptions, WeightOptions
    from ipps_geo.cli.work_options import WorkOptions
    from ipps_geo.planning import PlanParameters


def plan_over_partitions(
    network: NetworkOptions,
    travel: TravelOptions,
    weigh: WeightOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    parameters: PlanParameters,
    out: Path | None,
    beside: dict[str, bool],
    *,
    force: bool,
) -> None:
    """Plan over the partitions at ``network.workspace`` and write the files into ``out``.

    ``beside`` says which options were given that such a plan does not have: any of them is refused.
    """
    from ipps_geo.files import check_free, written_set
    from ipps_geo.planning.national import plan_partitions
    from ipps_geo.policy import load_policy
    from ipps_geo.report.national import write_national
    from ipps_geo.results.national_documents import national_document
    from ipps_geo.screens.terminal.national import national_summary
    from ipps_geo.workspace.partitions import open_partitions

    folder = _folder(network, travel, beside)
    if out is None:
        raise BadInput("partitions.out_needed", where="--out")
    check_free(out, "national", force=force)
    choices = weigh.choices(parameters.travel)
    with Progress(answer) as progress:
        progress.step("load")
        workspace = open_partitions(folder)
        policy = load_policy(workspace.network.region if network.policy is None else network.policy)
        progress.step("solve")
        with written_set(out, "national", force=force) as draft:
            with work.executor() as executor, stop_asked() as asked:
                result = plan_partitions(
                    workspace,
                    policy,
                    parameters,
                    draft / "rosters",
                    on=network.day,
                    choices=choices,
                    executor=executor,
                    progress=progress.milestone,
                    should_stop=asked,
                )
                progress.step("write")
                written = write_national(workspace, result, draft, answer.lang.value, executor=executor)
            files = [out / path.relative_to(draft) for path in written]
    result = dataclasses.replace(result, rosters=out / "rosters")
    answer.tell(
        lambda: national_document(result, files=files),
        lambda: national_summary(workspace, result, answer.lang.value, files),
    )


def coverage_over_partitions(
    network: NetworkOptions,
    travel: TravelOptions,
    access: AccessOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    reach: tuple[float, float],
    out: Path | None,
    beside: dict[str, bool],
    *,
    force: bool,
) -> None:
    """Tell the coverage over the partitions at ``network.workspace``, and write the workbook into ``out``.

    ``reach``: kilometres in a straight line, and the detour factor.
    """
    from ipps_geo import results
    from ipps_geo.files import check_free
    from ipps_geo.planning.national_coverage import coverage_partitions
    from ipps_geo.policy import load_policy
    from ipps_geo.report.national import write_national_coverage
    from ipps_geo.screens.terminal.summary import coverage_summary
    from ipps_geo.workspace.partitions import open_partitions

    weighed = bool(access.weights or access.weight_by or access.weight)
    folder = _folder(network, travel, beside | {"--weights, --weight-by": weighed, "--every-pair": access.every_pair})
    if out is not None:
        check_free(out, "coverage", force=force)
    with Progress(answer) as progress:
        progress.step("load")
        workspace = open_partitions(folder)
        policy = load_policy(workspace.network.region if network.policy is None else network.policy)
        with work.executor() as executor, stop_asked() as asked:
            result = coverage_partitions(
                workspace,
                policy,
                reach_km=reach[0],
                detour_factor=reach[1],
                on=network.day,
                choices=access.choices(travel.travel(*reach, metric_crs=workspace.network.region.metric_crs)),
                executor=executor,
                work_folder=None if work.cluster is None else folder.parent,
                progress=progress.milestone,
                should_stop=asked,
            )
    files = (
        [] if out is None else write_national_coverage(workspace.network, result, out, answer.lang.value, force=force)
    )
    answer.tell(
        lambda: results.coverage_document(result, files),
        lambda: coverage_summary(workspace.network, result, answer.lang.value, files),
    )


def _folder(network: NetworkOptions, travel: TravelOptions, beside: dict[str, bool]) -> Path:
    """Return the folder of the partitions; any option that work over partitions does not have is refused."""
    if network.workspace is None:
        raise BadInput("partitions.none_here", where="workspace")
    given = {name for name, asked in beside.items() if asked} | network.of_reading
    refuse_over_partitions(given | ({"travel"} if travel != type(travel)() else set()))
    return network.workspace
