"""``assess-site``: test one proposed workstation and its roster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.file_options import RosterOptions
from ipps_geo.cli.options import AnswerOptions, ForceOption, NetworkOptions, OutOption
from ipps_geo.cli.travel_options import TravelOptions, WeightOptions
from ipps_geo.errors import BadInput


def assess_site(
    network: NetworkOptions,
    travel: TravelOptions,
    file: RosterOptions,
    weigh: WeightOptions,
    answer: AnswerOptions,
    *,
    site: Annotated[str | None, typer.Option(help="载体编号 · Carrier id.")] = None,
    lon: Annotated[float | None, typer.Option(help="经度（无载体时）· Longitude, without a carrier.")] = None,
    lat: Annotated[float | None, typer.Option(help="纬度 · Latitude.")] = None,
    place_datum: Annotated[
        str | None, typer.Option(help="经纬度的坐标基准；缺省同 --datum · Datum of the place; default: as --datum.")
    ] = None,
    roster: Annotated[Path | None, typer.Option(help="名册文件；缺省则自动生成 · Roster; default: generated.")] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(
            help="申请单位事项，如 载体类型=孵化器，可多次 · A fact of the applicant, name=value; repeatable."
        ),
    ] = None,
    reach_km: Annotated[float, typer.Option(help="生成名册与招募的半径 · Reach for recruiting.")] = 3.0,
    name_enterprises: Annotated[
        bool, typer.Option("--names", help="列出可招募企业名称 · Name the enterprises.")
    ] = False,
    dossier: Annotated[bool, typer.Option("--dossier", help="另附拟设材料（PDF）· The dossier as PDF too.")] = False,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """试算一个拟设工作站 · Test one proposed workstation and its roster, rule by rule."""
    from ipps_geo import planning, report, results
    from ipps_geo.files import check_free
    from ipps_geo.intake.answers import remembered_in
    from ipps_geo.planning.applicants import read_applicant
    from ipps_geo.planning.checking import memory_of
    from ipps_geo.planning.judgements import plan_of_test
    from ipps_geo.planning.site_test import roster_read, usable_roster
    from ipps_geo.report.pages.typeset import require_typst
    from ipps_geo.screens.terminal.answers import site_lines
    from ipps_geo.screens.terminal.asking import question_lines

    if place_datum is not None and lon is None:
        raise BadInput("travel.belongs", where="--place-datum", name="--place-datum", owner="--lon, --lat")
    if roster is None and file.given:
        options = ", ".join(sorted(file.given))
        raise BadInput("travel.belongs", where=options, name=options, owner="--roster")
    if out is not None:
        check_free(out, "assess-site", force=force)
    if dossier:
        if out is None:
            raise BadInput("command.dossiers_without_folder", where="--dossier")
        require_typst()
    workspace, policy = network.opened()
    given = None
    if roster is not None:
        memory = memory_of(roster)
        saved = {**workspace.mappings, **remembered_in(memory)}
        read = file.read(
            file.answers("rosters"),
            lambda answers: roster_read(
                roster,
                accept_partial=network.accept_partial,
                answers=answers,
                saved=saved,
                limits=file.limits,
                units=workspace.units,
            ),
            memory,
            answer.lang.value,
        )
        if read.questions:
            typer.echo("\n".join(question_lines(read, answer.lang.value)), err=True)
        given = usable_roster(read, accept_partial=network.accept_partial)
    way = travel.travel(reach_km, metric_crs=workspace.region.metric_crs)
    result = planning.assess_site(
        workspace,
        policy,
        site_id=site,
        lon=lon,
        lat=lat,
        roster=given,
        applicant=read_applicant(fact or ()),
        reach_km=reach_km,
        on=network.day,
        travel=way,
        choices=weigh.choices(way),
        datum=place_datum or network.datum,
    )
    files: list[Path] = []
    if out is not None:
        told = plan_of_test(workspace, policy, result)
        files = report.write_assessment(workspace, result, told, out, answer.lang.value, dossier=dossier, force=force)
    answer.tell(
        lambda: results.assessment_document(result, names=name_enterprises, files=files),
        lambda: site_lines(workspace, result, answer.lang.value, files, names_shown=name_enterprises),
    )
    if result.has_blocking_failure:
        raise typer.Exit(1)
