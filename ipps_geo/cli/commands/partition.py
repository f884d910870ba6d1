"""``partition``: a workspace whose enterprises lie in partitions, made from any workspace."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.interrupts import stop_asked
from ipps_geo.cli.options import AnswerOptions, DatumOption, ForceOption, PartialOption
from ipps_geo.cli.progress import Progress
from ipps_geo.cli.work_options import WorkOptions


class By(StrEnum):
    """What the rows of a folder have in common."""

    PROVINCE = "province"
    CITY = "city"
    UNIT = "unit"
    CELL = "cell"
    NOTHING = "nothing"


def partition(
    answer: AnswerOptions,
    work: WorkOptions,
    *,
    workspace: Annotated[
        Path | None,
        typer.Argument(help="工作区；缺省为内置 · Workspace; default: embedded.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="分区工作区的文件夹 · Folder of the partitions.")],
    by: Annotated[
        By, typer.Option(help="按省、市、服务单元或六边形网格分区 · By province, city, unit or H3 cell.")
    ] = By.CITY,
    rows: Annotated[int, typer.Option(min=1, help="每个文件的最多行数 · Most rows of a file.")] = 1_000_000,
    enterprises: Annotated[
        list[Path] | None,
        typer.Option(
            "--enterprises",
            help="企业表文件或其文件夹，替换工作区的企业表，可多次给出 · Tables of enterprises, or folders of them.",
        ),
    ] = None,
    accept_partial: PartialOption = False,
    datum: DatumOption = None,
    force: ForceOption = False,
) -> None:
    """把工作区的企业表分区存放 · Store the enterprises of a workspace in partitions."""
    from ipps_geo.files import check_free
    from ipps_geo.results.file_documents import partitions_document
    from ipps_geo.screens.terminal.national import partition_lines
    from ipps_geo.workspace.partitioning import files_of, partition_workspace
    from ipps_geo.workspace.partitions import open_workspace

    check_free(out, "partitions", force=force)
    files = files_of(enterprises or ())
    with Progress(answer) as progress:
        progress.step("load")
        source = open_workspace(workspace, accept_partial=accept_partial, datum=datum)
        progress.step("partition")
        with work.executor() as executor, stop_asked() as asked:
            partitions = partition_workspace(
                source,
                out,
                by=by.value,
                most_rows=rows,
                files=files,
                executor=executor,
                done=lambda n, of: progress.tasks("partition", n, of),
                should_stop=asked,
                force=force,
            )
    answer.tell(
        lambda: partitions_document(out, by.value, partitions),
        lambda: partition_lines(out, partitions, answer.lang.value),
    )
