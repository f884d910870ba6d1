"""``audit``: check the network against the Measure, rule by rule."""

from __future__ import annotations

from typing import Annotated

import typer

from ipps_geo.cli.options import AnswerOptions, ForceOption, NetworkOptions, OutOption, day_of


def audit(
    network: NetworkOptions,
    answer: AnswerOptions,
    *,
    since: Annotated[str | None, typer.Option(help="与哪一天相比的变化 · Changes since this day.")] = None,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """按办法逐条核查 · Check the network against the Measure, rule by rule."""
    from ipps_geo import planning, report, results
    from ipps_geo.files import check_free
    from ipps_geo.screens.terminal.summary import audit_summary

    if out is not None:
        check_free(out, "audit", force=force)
    workspace, policy = network.opened_network()
    result = planning.audit(workspace, policy, on=network.day)
    earlier = day_of(since)
    changes = None if earlier is None else planning.audit_changes(workspace, policy, since=earlier, on=result.on)
    files = (
        []
        if out is None
        else report.write_audit(workspace, result, out, answer.lang.value, changes=changes, force=force)
    )
    answer.tell(
        lambda: results.audit_document(result, changes, files),
        lambda: audit_summary(workspace, result, answer.lang.value, files, changes=changes),
    )
    if result.has_blocking_failure:
        raise typer.Exit(1)
