"""``check``: every fault of a file with its place and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.cli.file_options import FileOptions
from ipps_geo.cli.options import AnswerOptions, ForceOption, OutOption, PartialOption
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.intake.answers import Answers


def check(
    file: FileOptions,
    answer: AnswerOptions,
    *,
    path: Annotated[Path, typer.Argument(help="文件或文件夹 · A file or a folder.")],
    table: Annotated[str | None, typer.Option(help="表名，如 enterprises · Name of the table.")] = None,
    accept_partial: PartialOption = False,
    normalised: Annotated[Path | None, typer.Option(help="按理解写出的 CSV · The table as understood.")] = None,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """检查数据文件 · Check files: every fault with file, sheet, row, column and what to do."""
    from ipps_geo import planning, report
    from ipps_geo.intake import CheckReport
    from ipps_geo.planning.checking import check_new_table, memory_of
    from ipps_geo.report.words.messages import error_message
    from ipps_geo.results.file_documents import check_document
    from ipps_geo.screens.terminal.answers import check_lines

    if normalised is not None:
        check_new_table(normalised, path, force=force)
    lang = answer.lang.value

    def again(answers: Answers) -> CheckReport:
        return planning.check_files(path, accept_partial=accept_partial, answers=answers, limits=file.limits)

    alone = file.given & {"--sheet", "--station", "--interactive"}
    if path.is_dir() and alone:
        raise BadInput("check.of_one_file", where=", ".join(sorted(alone)), name=", ".join(sorted(alone)))
    if path.is_dir():
        found = again(file.answers(table))
    else:
        read = file.read(file.answers(table), lambda answers: again(answers).reads[0], memory_of(path), lang)
        found = CheckReport(str(path), (read,))
    if out is not None:
        report.write_checked(found, path, out, lang, force=force)
    answer.tell(lambda: check_document(found), lambda: check_lines(found, lang, files=[] if out is None else [out]))
    if normalised is not None:
        try:
            found.write_normalised(normalised)
        except BadInput as error:  # the problems are told already, and are the reason
            typer.echo(error_message(error, lang), err=True)
            raise typer.Exit(error.exit_code) from None
    if found.has_errors:
        raise typer.Exit(2)
