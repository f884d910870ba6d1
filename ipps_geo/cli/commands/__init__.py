"""The commands, one per file: each parses its options, asks one use case, and tells the answer."""

from __future__ import annotations

from typing import Annotated

import typer

import ipps_geo
from ipps_geo.cli.answering import answering
from ipps_geo.cli.commands.app import open_app
from ipps_geo.cli.commands.apply import apply
from ipps_geo.cli.commands.assess_site import assess_site
from ipps_geo.cli.commands.atlas import atlas
from ipps_geo.cli.commands.audit import audit
from ipps_geo.cli.commands.check import check
from ipps_geo.cli.commands.coverage import coverage
from ipps_geo.cli.commands.demo import demo
from ipps_geo.cli.commands.ledger import ledger
from ipps_geo.cli.commands.partition import partition
from ipps_geo.cli.commands.plan import plan
from ipps_geo.cli.commands.region import region
from ipps_geo.cli.commands.repair import repair
from ipps_geo.cli.commands.schema import schema
from ipps_geo.cli.commands.template import template
from ipps_geo.cli.groups import spread

app = typer.Typer(
    name="ipps-geo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

for command in (plan, audit, assess_site, coverage, repair, atlas, check, apply, template, demo, schema, partition):
    app.command()(answering(spread(command)))
app.command("app")(open_app)
app.add_typer(ledger)
app.add_typer(region)


@app.command()
def version() -> None:
    """版本 · Version."""
    typer.echo(ipps_geo.__version__)


def _tell_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def program(
    asked: Annotated[
        bool, typer.Option("--version", help="版本 · Version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """知识产权公共服务机构的覆盖分析与选址 · Coverage and site planning for IP public service institutions."""
