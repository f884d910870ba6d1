"""``apply``: what a file changes in a workspace, before and after; written only where a folder is named."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.cli.file_options import FileOptions
from ipps_geo.cli.options import AnswerOptions, ForceOption, OutOption, PartialOption, workspace_at

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.answers import Answers


class Reach(StrEnum):
    """How far a file reaches."""

    FILE = "file"
    TABLE = "table"


def apply(
    file: FileOptions,
    answer: AnswerOptions,
    *,
    path: Annotated[Path, typer.Argument(help="文件或文件夹 · The file to send in, or a folder of them.")],
    workspace: Annotated[
        Path | None, typer.Argument(help="工作区；缺省为内置 · Workspace; default: embedded.", show_default=False)
    ] = None,
    table: Annotated[str | None, typer.Option(help="表名，如 rosters · Name of the table.")] = None,
    scope: Annotated[
        Reach,
        typer.Option(help="file 只改文件涉及的部分；table 替换整张表 · Only what it speaks of, or the whole table."),
    ] = Reach.FILE,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """送入一个文件：先看前后差别 · Send a file into a workspace: before and after."""
    from ipps_geo import planning
    from ipps_geo.files import check_free
    from ipps_geo.planning.checking import memory_of, refuse_unusable
    from ipps_geo.report.words.catalogue import catalogue
    from ipps_geo.results.file_documents import update_document
    from ipps_geo.screens.differences import difference_lines
    from ipps_geo.screens.terminal.asking import question_lines
    from ipps_geo.workspace import apply_read, save_workspace

    lang = answer.lang.value
    if out is not None:
        check_free(out, "workspace", force=force)
    loaded = workspace_at(workspace)

    def again(answers: Answers) -> TableRead:
        found = planning.check_files(
            path, accept_partial=accept_partial, answers=answers, limits=file.limits, units=loaded.units
        )
        return found.reads[0]

    if path.is_dir():
        reads = planning.check_files(
            path,
            accept_partial=accept_partial,
            answers=file.answers(table),
            limits=file.limits,
            units=loaded.units,
        ).reads
    else:
        reads = (file.read(file.answers(table), again, memory_of(path), lang),)
    changed, differences, told = loaded, [], []
    for read in reads:
        if read.questions:
            typer.echo("\n".join(question_lines(read, lang)), err=True)
        refuse_unusable(read, accept_partial=accept_partial)
        applied = apply_read(changed, read, scope=scope.value)
        told += difference_lines(applied.difference, changed, lang)
        differences.append(applied.difference.as_json())
        changed = applied.workspace
    files = () if out is None else save_workspace(changed, out, force=force)
    told += [str(file) for file in files] or [catalogue(lang).text("difference.dry")]
    answer.tell(lambda: update_document(differences, files), lambda: told)
