"""Option groups: fields become options, and arrive filled."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ipps_geo import __version__, cli
from ipps_geo.cli.groups import spread


@dataclass(frozen=True)
class Weather:
    sky: Annotated[str, typer.Option(help="sky")] = "clear"
    wind_m_s: Annotated[float, typer.Option(help="wind")] = 2.0


def told(*arguments):
    app = typer.Typer()

    def forecast(weather: Weather, *, day: Annotated[int, typer.Option()] = 1) -> None:
        typer.echo(f"{day}: {weather.sky}, {weather.wind_m_s:g} m/s")

    app.command()(spread(forecast))
    return CliRunner().invoke(app, list(arguments)).output.strip()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "1: clear, 2 m/s"),
        (("--wind-m-s", "7.5", "--day", "2"), "2: clear, 7.5 m/s"),
        (("--sky", "cloudy"), "1: cloudy, 2 m/s"),
    ],
)
def test_a_group_arrives_filled_with_its_defaults_where_nothing_is_said(arguments, line):
    assert told(*arguments) == line


def test_the_version_is_told_both_ways():
    for asked in ("version", "--version"):
        done = CliRunner().invoke(cli.app, [asked])
        assert (done.exit_code, done.output.strip()) == (0, __version__)
