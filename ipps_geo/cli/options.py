"""The options that several commands share: what is read, and how the answer is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ipps_geo.cli.answering import say
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace
    from ipps_geo.workspace.partitions import PartitionedWorkspace


class Lang(StrEnum):
    """Languages of the output."""

    ZH = "zh"
    EN = "en"


PartialOption = Annotated[bool, typer.Option("--accept-partial", help="只用可用的行 · Use the rows that can be used.")]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="输出文件夹 · Folder for the files.")]
ForceOption = Annotated[bool, typer.Option("--force", help="替换该处已有的文件 · Replace the files that are there.")]
PublicOption = Annotated[
    bool, typer.Option("--public", help="公开版：小数目及可据以推算的数目不公开 · Public edition: small counts hidden.")
]
ReviewOption = Annotated[
    str, typer.Option("--map-review-number", help="公开版地图的审图号 · Map review number of a public edition.")
]


BaseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--base", help="底图要素 类别=文件（地铁、环路、水系、绿地），可多次 · Layers under the maps, KIND=FILE."
    ),
]


class Paper(StrEnum):
    """What a picture is made for."""

    SCREEN = "screen"
    A4 = "a4"
    A3 = "a3"


RegionOption = Annotated[
    Path | None,
    typer.Option("--region", help="地区文件夹，缺省为工作区所写的 · Region's folder; default: the workspace's."),
]

DatumOption = Annotated[
    str | None,
    typer.Option(
        "--datum", help="坐标基准：wgs84、cgcs2000、gcj02、bd09、EPSG:代号 · Datum of all coordinates that state none."
    ),
]


@dataclass(frozen=True)
class NetworkOptions:
    """Which network is looked at, under which policy, on which day."""

    workspace: Annotated[
        Path | None,
        typer.Argument(
            help="工作区：文件夹、GeoPackage 或台账（ledger:批次）；缺省为内置 · Workspace; default: embedded.",
            show_default=False,
        ),
    ] = None
    policy: Annotated[
        str | None,
        typer.Option("--policy", help="政策版本名或 TOML 文件，缺省为地区的 · Policy; default: the region's."),
    ] = None
    on: Annotated[
        str | None, typer.Option("--on", help="哪一天（YYYY-MM-DD），缺省为数据日期 · Day; default: data date.")
    ] = None
    accept_partial: PartialOption = False
    datum: DatumOption = None
    region: RegionOption = None

    def opened(self) -> tuple[Workspace, Policy]:
        """Return the workspace and the policy."""
        workspace = workspace_at(
            self.workspace, accept_partial=self.accept_partial, datum=self.datum, region=self.region
        )
        return workspace, self.policy_of(workspace)

    def opened_partitions(self) -> PartitionedWorkspace | None:
        """Return the partitioned workspace that is looked at, None where it is an ordinary one.

        Raises
        ------
        BadInput
            An option says how tables are to be read: those of partitions were read when these were made.
        """
        from ipps_geo.workspace.partitions import is_partitioned, open_partitions

        if self.workspace is None or not is_partitioned(self.workspace):
            return None
        refuse_over_partitions(self.of_reading)
        return open_partitions(self.workspace)

    @property
    def of_reading(self) -> set[str]:
        """The options given that say how tables are to be read."""
        given = {"--accept-partial": self.accept_partial, "--datum": self.datum, "--region": self.region}
        return {name for name, value in given.items() if value}

    def policy_of(self, workspace: Workspace) -> Policy:
        """Return the policy asked for, else that of the workspace's region."""
        from ipps_geo.policy import load_policy

        return load_policy(workspace.region if self.policy is None else self.policy)

    @property
    def day(self) -> dt.date | None:
        """The day asked for; None stands for the data date."""
        return day_of(self.on)


@dataclass(frozen=True)
class AnswerOptions:
    """How the answer is told."""

    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一份 JSON · One JSON document on stdout.")] = (
        False
    )
    lang: Annotated[Lang, typer.Option("--lang", help="语言 · Language.")] = Lang.ZH
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="不显示进度和提示，只给结果 · No progress, no notes: the answer alone."),
    ] = False
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="显示日志，-vv 更细 · Show the log; -vv: in detail.")
    ] = 0

    def tell(self, document: Callable[[], Any], lines: Callable[[], Sequence[str]]) -> None:
        """Print one JSON document or a few lines; only what is printed is made."""
        import json

        from ipps_geo.results import plain

        if self.as_json:
            say(json.dumps(plain(document()), ensure_ascii=False, indent=2, allow_nan=False))
        else:
            for line in lines():
                say(line)


def workspace_at(
    path: Path | None, *, accept_partial: bool = False, datum: str | None = None, region: Path | None = None
) -> Workspace:
    """Return the workspace in a folder, or of the ledger for ``ledger:``, ``ledger:7``, ``ledger:2026-06-30``."""
    from ipps_geo.workspace import load_workspace

    if path is not None and str(path).startswith("ledger:"):
        from ipps_geo.ledger.naming import workspace_named

        return workspace_named(path)
    return load_workspace(path, accept_partial=accept_partial, datum=datum, region=region)


def refuse_over_partitions(names: Collection[str]) -> None:
    """Refuse options that work over partitions does not have."""
    if names:
        told = ", ".join(sorted(names))
        raise BadInput("partitions.not_by_partition", where=told, name=told)


def day_of(text: str | None, option: str = "--on") -> dt.date | None:
    """Return the day that an option (``--on``, ``--since``, ``--day``) gives."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("argument.not_a_day", where=option, text=text) from error


def check_review(number: str, *, public: bool) -> None:
    """Refuse a map review number for an edition that is not public: it would stand nowhere."""
    if number and not public:
        raise BadInput("argument.review_number", where="--map-review-number")
