"""``schema``: the JSON Schema of a document that ``--json`` prints."""

from __future__ import annotations

from typing import Annotated

import typer

from ipps_geo.cli.answering import say
from ipps_geo.errors import BadInput


def schema(
    *,
    kind: Annotated[
        str | None, typer.Argument(help="文件种类；不写则列出 · Kind of document; without one, their list.")
    ] = None,
) -> None:
    """各 JSON 文件的结构说明（JSON Schema）· The JSON Schema of what --json prints."""
    import json

    from ipps_geo.results.schemas import VERSIONS, schema, stated

    if kind is None:
        for each in VERSIONS:
            say(f"{each}\t{stated(each)['schema']}")
        return
    found = next((each for each in VERSIONS if each == kind), None)
    if found is None:
        raise BadInput("argument.no_choice", where="schema", choices=tuple(VERSIONS))
    say(json.dumps(schema(found), ensure_ascii=False, indent=2))
