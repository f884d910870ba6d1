"""The options that say what a file leaves open, and the questions that ask for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ipps_geo.intake import Limits, TableRead
    from ipps_geo.intake.answers import Answers


@dataclass(frozen=True)
class RosterOptions:
    """How a roster is to be read where it does not say so itself."""

    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="表头=列，如 需求情况=有明确需求；可多次 · HEADER=COLUMN, repeatable."),
    ] = None
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="工作表、图层或压缩包内的文件 · Sheet, layer or file inside.")
    ] = None
    station: Annotated[str | None, typer.Option("--station", help="是哪个工作站的名册 · Whose roster it is.")] = None
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", help="放宽上限，如 seconds=120；可多次 · Raise a limit, repeatable."),
    ] = None
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="文件没说清的逐一询问 · Ask what the file leaves open.")
    ] = False

    @property
    def given(self) -> set[str]:
        """The options given that say how the file is to be read."""
        told = {"--map": self.columns, "--sheet": self.sheet, "--station": self.station, "--limit": self.limit}
        return {name for name, value in told.items() if value} | ({"--interactive"} if self.interactive else set())

    def answers(self, table: str | None = None) -> Answers:
        """Return what the options answer."""
        from ipps_geo.intake.answers import Answers, pairs_of

        datum = getattr(self, "datum", None)
        return Answers(table, self.sheet, self.station, datum, pairs_of(self.columns or [], table))

    @property
    def limits(self) -> Limits:
        """How much a file may ask of the machine."""
        from ipps_geo.intake import Limits

        return Limits().raised(self.limit or [])

    def read(self, first: Answers, again: Callable[[Answers], TableRead], memory: Path, lang: str) -> TableRead:
        """Read a file, asking what it leaves open where that was wished for; what was said of headers is remembered."""
        from ipps_geo.errors import BadInput
        from ipps_geo.intake.answers import remember
        from ipps_geo.screens.terminal.asking import ask

        answers, read = first, again(first)
        headers = read.mapping.headers if read.mapping is not None else tuple(first.mapping)
        for header in first.mapping:
            if header not in headers:
                raise BadInput("argument.no_header", where="--map", header=header, headers=headers)
        asked: set[tuple[str, str]] = set()
        while self.interactive and sys.stdin is not None:
            question = next((each for each in read.questions if (each.kind, each.column) not in asked), None)
            if question is None:
                break
            asked.add((question.kind, question.column))
            choice = ask(question, read, lang)
            if choice:
                answers = answers.answered(question, choice)
                read = again(answers)
        if answers.mapping and read.table is not None and read.mapping is not None:
            known = {header: column for header, column in answers.mapping.items() if header in read.mapping.headers}
            if known and memory.parent.is_dir():
                remember(memory, read.table, known)
        return read


@dataclass(frozen=True)
class FileOptions(RosterOptions):
    """How a file of any table is to be read where it does not say so itself."""

    datum: Annotated[
        str | None, typer.Option("--datum", help="坐标基准：cgcs2000、wgs84、gcj02、bd09 · Datum of the coordinates.")
    ] = None
