"""``audit``: check the network against the Measure, rule by rule."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from ipps_geo.cli.interrupts import stop_asked
from ipps_geo.cli.options import AnswerOptions, ForceOption, NetworkOptions, OutOption, day_of
from ipps_geo.cli.progress import Progress
from ipps_geo.cli.work_options import WorkOptions
from ipps_geo.errors import BadInput


def audit(
    network: NetworkOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    *,
    since: Annotated[str | None, typer.Option(help="与哪一天相比的变化 · Changes since this day.")] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="自 --since 起逐日核查 · Audit every day from --since on.")
    ] = False,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """按办法逐条核查 · Check the network against the Measure, rule by rule."""
    from ipps_geo import planning, report, results
    from ipps_geo.executors import Workforce
    from ipps_geo.files import check_free
    from ipps_geo.planning.many import audit_days, days_between
    from ipps_geo.planning.national_coverage import audit_partitions
    from ipps_geo.screens.terminal.summary import audit_summary

    if out is not None:
        check_free(out, "audit", force=force)
    workforce = work.workforce(out, used=daily)
    earlier = day_of(since)
    if daily and earlier is None:
        raise BadInput("many.no_since", where="--daily")
    with Progress(answer) as progress:
        progress.step("load")
        partitions = network.opened_partitions()
        if partitions is None:
            workspace, policy = network.opened()
            result = planning.audit(workspace, policy, on=network.day)
        else:
            workspace, policy = partitions.network, network.policy_of(partitions.network)
            result = audit_partitions(partitions, policy, on=network.day)
        changes = None if earlier is None else planning.audit_changes(workspace, policy, since=earlier, on=result.on)
        days = None
        if daily and earlier is not None:
            with (workforce or Workforce()).called() as crew, stop_asked() as asked:
                days = audit_days(
                    workspace,
                    policy,
                    days_between(earlier, result.on),
                    executor=crew.executor,
                    work_folder=crew.folder,
                    done=partial(progress.tasks, "days"),
                    should_stop=asked,
                )
    files = (
        []
        if out is None
        else report.write_audit(workspace, result, out, answer.lang.value, changes=changes, days=days, force=force)
    )
    answer.tell(
        lambda: results.audit_document(result, changes, files, days=days),
        lambda: audit_summary(workspace, result, answer.lang.value, files, changes=changes, days=days),
    )
    if result.has_blocking_failure:
        raise typer.Exit(1)
