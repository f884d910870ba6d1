"""The commands of the how-to can be typed as they stand: the command is there and takes those options."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from ipps_geo import cli

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "zh" / "howto.md"
LINES = re.findall(r"^ipps-geo [^#\n]+", DOCUMENT.read_text("utf-8"), flags=re.M)


def test_the_how_to_has_commands():
    assert len(LINES) >= 15
    assert {line.split()[1] for line in LINES} >= {"check", "audit", "plan", "assess-site", "coverage"}


@pytest.mark.parametrize("line", LINES)
def test_a_command_parses(line):
    """Parsing alone: nothing is run, and a wrong option, value or command raises."""
    name, *arguments = shlex.split(line)[1:]
    command = typer.main.get_command(cli.app).commands[name]
    context = command.make_context(name, arguments)
    assert context.args == []


def test_files_that_it_links_are_there():
    links = re.findall(r"\]\(([\w./-]+\.md)\)", DOCUMENT.read_text("utf-8"))
    assert links
    assert all((DOCUMENT.parent / link).is_file() for link in links)
