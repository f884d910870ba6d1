"""``ledger``: the lasting record: made, filled, reviewed, asked for its past, backed up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.cli.answering import answering, say
from ipps_geo.cli.commands.ledger_account import account
from ipps_geo.cli.file_options import FileOptions
from ipps_geo.cli.groups import spread
from ipps_geo.cli.ledger_options import DeskOptions
from ipps_geo.cli.options import ForceOption, PartialOption, day_of, workspace_at

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.answers import Answers
    from ipps_geo.ledger import Account, Ledger
    from ipps_geo.ledger.differences import Difference

ledger = typer.Typer(name="ledger", no_args_is_help=True, help="台账：记录、账号 · The ledger: record and accounts.")
ledger.add_typer(account)

IdArgument = Annotated[int | None, typer.Argument(help="报送编号；缺省列出待审 · Submission; default: list.")]
MomentArgument = Annotated[
    str, typer.Argument(help="批次号或日期，缺省为最新 · Number of a batch, or a day; default: the last.")
]
_SHORT = 12


def init(
    desk: DeskOptions,
    *,
    roles: Annotated[
        bool, typer.Option("--roles", help="在 PostgreSQL 中建立各角色的视图 · Make the views of the roles.")
    ] = False,
) -> None:
    """建立台账，或升级到当前版本 · Make the ledger, or bring it to the present version."""
    from ipps_geo.ledger.rights import set_up

    opened, who = desk.opened()
    if roles:
        set_up(opened, who.login)
    _status(opened, who, desk)


def status(desk: DeskOptions) -> None:
    """台账在哪里、到第几批、有哪些报送 · Where the ledger is, its last batch, its submissions."""
    opened, who = desk.opened()
    _status(opened, who, desk)


def take_in(
    desk: DeskOptions,
    *,
    path: Annotated[Path | None, typer.Argument(help="工作区；缺省为内置 · Workspace; default: embedded.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="数据日期 · The day that the data describe.")] = None,
) -> None:
    """把一个工作区收为第 1 批 · Take a workspace over as batch 1."""
    from ipps_geo.ledger import import_workspace

    opened, who = desk.opened()
    workspace = workspace_at(path)
    day = day_of(on) or workspace.data_date or dt.datetime.now(dt.UTC).date()
    import_workspace(opened, who, workspace, file=workspace.name if path is None else path.name, day=day)
    _status(opened, who, desk)


def submit(
    file: FileOptions,
    desk: DeskOptions,
    *,
    path: Annotated[Path, typer.Argument(help="文件 · The file.")],
    scope: Annotated[
        str, typer.Option("--scope", help="范围：station:编号、unit:代码 或 city · station:ID, unit:CODE or city.")
    ],
    table: Annotated[str | None, typer.Option("--table", help="表名，如 rosters · Name of the table.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="文件所述日期，缺省今天 · The day it speaks of.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="同意所显示的差别并提交 · Agree to the difference.")] = False,
    accept_partial: PartialOption = False,
) -> None:
    """报送一个文件：先显示差别 · Submit a file: the difference first."""
    from ipps_geo import ledger as room
    from ipps_geo import planning
    from ipps_geo.intake.units import units_of
    from ipps_geo.ledger import Scope
    from ipps_geo.ledger.takeover import region_of
    from ipps_geo.planning.checking import memory_of, refuse_unusable
    from ipps_geo.screens.terminal.asking import question_lines
    from ipps_geo.workspace.sources import sha256_of

    opened, who = desk.opened()
    lang, units = desk.lang.value, units_of(region_of(opened))

    def again(answers: Answers) -> TableRead:
        found = planning.check_files(
            path, accept_partial=accept_partial, answers=answers, limits=file.limits, units=units
        )
        return found.reads[0]

    read = file.read(file.answers(table), again, memory_of(path), lang)
    if read.questions:
        typer.echo("\n".join(question_lines(read, lang)), err=True)
    refuse_unusable(read, accept_partial=accept_partial)
    day = day_of(on) or dt.datetime.now(dt.UTC).date()
    batch = room.draft(opened, who, read, Scope.of(scope), day=day, sha256=sha256_of(path))
    found = room.difference(opened, who, batch.id)
    _tell_difference(opened, who, found, batch.id, lang)
    if yes:
        room.submit(opened, who, batch.id, found.digest)
        _status(opened, who, desk)


def review(
    desk: DeskOptions,
    *,
    batch_id: IdArgument = None,
    seen: Annotated[
        str | None, typer.Option("--accept", help="收入：给出所显示差别的校验值 · Accept: digest of the difference.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--return", help="退回并说明理由 · Return, with a reason.")] = None,
) -> None:
    """审核报送：查看差别，收入或退回 · Review a submission: look, then accept or return."""
    from ipps_geo import ledger as room
    from ipps_geo.errors import BadInput

    opened, who = desk.opened()
    if batch_id is None:
        _status(opened, who, desk, "submitted")
        return
    found = room.difference(opened, who, batch_id)
    if seen is not None:
        if len(seen) < _SHORT or not found.digest.startswith(seen):
            raise BadInput("ledger.moved", where=str(batch_id), base=found.base)
        room.accept(opened, who, batch_id, found.digest)
        _status(opened, who, desk)
    elif reason is not None:
        room.send_back(opened, who, batch_id, reason)
        _status(opened, who, desk)
    else:
        _tell_difference(opened, who, found, batch_id, desk.lang.value)


def as_of(desk: DeskOptions, *, moment: MomentArgument = "") -> None:
    """某一批或某一天的台账内容 · What the record said as of a batch, or as it was known on a day."""
    from ipps_geo.ledger import view
    from ipps_geo.ledger.naming import batch_named
    from ipps_geo.report.words.catalogue import catalogue

    opened, who = desk.opened()
    then, words = view(opened, who, batch_named(opened, moment)), catalogue(desk.lang.value)
    say(f"{then.name}  {then.data_date}  {then.content_hash}")
    for name, frame in then.tables.items():
        say(f"  {words.label('TableName', name)}  {words.value(len(frame))}")


def export(
    desk: DeskOptions,
    *,
    folder: Annotated[Path, typer.Argument(help="文件夹 · The folder.")],
    moment: MomentArgument = "",
    force: ForceOption = False,
) -> None:
    """把台账的某一时点导出为普通文件夹 · Export the record as of a batch or a day as an ordinary folder."""
    from ipps_geo.files import check_free
    from ipps_geo.ledger import view
    from ipps_geo.ledger.naming import batch_named
    from ipps_geo.workspace import save_workspace

    check_free(folder, "workspace", force=force)
    opened, who = desk.opened()
    for each in save_workspace(view(opened, who, batch_named(opened, moment)), folder, force=force):
        say(str(each))


def history(
    desk: DeskOptions,
    *,
    table: Annotated[str, typer.Argument(help="表名，如 rosters · Name of the table.")],
    key: Annotated[list[str], typer.Argument(help="列=值，如 holder_id=W-001；可多个 · COLUMN=VALUE, repeatable.")],
) -> None:
    """谁在何时依据哪个文件改动了某一行 · Who changed a row, when, and from which file."""
    from ipps_geo.ledger.history import row_history
    from ipps_geo.report.words.catalogue import catalogue

    opened, who = desk.opened()
    words = catalogue(desk.lang.value)
    wanted = dict(each.partition("=")[::2] for each in key)
    for row in row_history(opened, who, table, wanted).to_dict("records"):
        changed = [words.column(name) for name in str(row["changed"]).split(";") if name]
        listed = words.text("page.list_joiner").join(changed) or "—"
        say(f"{row['recorded_in']}  {row['at'][:16]}  {row['by']}  {row['file'] or '—'}  {listed}")


def verify(desk: DeskOptions) -> None:
    """核对事件链是否完整 · Check that the chain of events holds."""
    from ipps_geo.ledger import verify as verified
    from ipps_geo.report.words.catalogue import catalogue

    opened, _ = desk.opened()
    words = catalogue(desk.lang.value)
    broken = verified(opened)
    for each in broken:
        say(words.text("ledger.cli_broken", number=each.number, what=words.label("ChainFault", each.what)))
    if broken:
        raise typer.Exit(1)
    say(words.text("ledger.cli_sound", where=opened.where))


def backup(
    desk: DeskOptions,
    *,
    target: Annotated[Path, typer.Argument(help="备份文件 · The file of the backup.")],
    force: ForceOption = False,
) -> None:
    """备份台账，使用中亦可 · Back the ledger up, also while it is in use."""
    from ipps_geo.ledger.backups import backup as backed_up

    opened, who = desk.opened()
    say(str(backed_up(opened, target, login=who.login, force=force)))


def restore(
    desk: DeskOptions,
    *,
    source: Annotated[Path, typer.Argument(help="备份文件 · The file of the backup.")],
    force: ForceOption = False,
) -> None:
    """由备份恢复台账 · Restore the ledger from a backup."""
    from ipps_geo.ledger import DESK
    from ipps_geo.ledger.backups import restore as restored
    from ipps_geo.ledger.opening import ledger_address

    _status(restored(desk.ledger or ledger_address(), source, force=force), DESK, desk)


def _status(opened: Ledger, who: Account, desk: DeskOptions, state: str | None = None) -> None:
    from ipps_geo import ledger as room
    from ipps_geo.ledger.store import last_batch
    from ipps_geo.report.words.catalogue import catalogue

    words = catalogue(desk.lang.value)
    with opened.reading() as connection:
        say(words.text("ledger.cli_status", where=opened.where, n=last_batch(connection)))
    for each in room.submissions(opened, who, state):
        number = "" if each.number is None else f"@{each.number}"
        by = each.submitted_by or each.drafted_by
        state_word = words.label("BatchState", each.state)
        told = (each.id, number, state_word, each.scope, each.file, each.rows, by, each.reason)
        say("  ".join(str(value) for value in told if value != ""))


def _tell_difference(opened: Ledger, who: Account, found: Difference, batch_id: int, lang: str) -> None:
    from ipps_geo.ledger import view
    from ipps_geo.report.words.catalogue import catalogue
    from ipps_geo.screens.submissions import change_counts, change_rows

    words = catalogue(lang)
    say("  ".join(f"{name} {value}" for name, value in change_counts(found, words)))
    for row in change_rows(found, view(opened, who), lang).itertuples(index=False):
        say("  " + "  ".join(str(value) for value in row if value != "—"))
    say(words.text("ledger.cli_shown", id=batch_id, digest=found.digest[:_SHORT], base=found.base))


for command in (init, status, submit, review, as_of, history, verify, backup, restore, export):
    ledger.command()(answering(spread(command)))
ledger.command("import")(answering(spread(take_in)))
