"""Options that people set once: by a variable of the environment or in a settings file.

What counts, first to last: the command line; ``IPPS_GEO_PLAN_REACH_KM`` (one command); ``IPPS_GEO_REACH_KM`` (every
command that has the option); the section ``[plan]`` of the settings file; the lines above its sections (every
command); what the program itself supposes. The settings file is the one that ``IPPS_GEO_SETTINGS`` names, else
``ipps-geo/settings.toml`` in the folder where this user's programs keep their settings. What came from there is told
on standard error, never used in silence.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from ipps_geo.errors import BadInput

VARIABLE = "IPPS_GEO_SETTINGS"
PREFIX = "IPPS_GEO_"
NEVER = frozenset({"force", "accept_partial", "help", "version", "install_completion", "show_completion"})
"""Options that loosen a safeguard or end the program at once: said each time, or not at all."""


@dataclass(frozen=True)
class Defaults:
    """Values of options by command and parameter, and where each came from (a variable, or a file and its key)."""

    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    origins: Mapping[tuple[str, str], str] = field(default_factory=dict)


def settings_file() -> Path | None:
    """Return the settings file of this user; None where there is none.

    Raises
    ------
    BadInput
        ``IPPS_GEO_SETTINGS`` names a file that does not exist.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise BadInput("settings.no_file", where=VARIABLE, file=named)
        return Path(named)
    base = os.environ.get("APPDATA") if sys.platform == "win32" else os.environ.get("XDG_CONFIG_HOME")
    try:
        file = (Path(base) if base else Path.home() / ".config") / "ipps-geo" / "settings.toml"
    except RuntimeError:  # an account without a home
        return None
    return file if file.is_file() else None


def defaults_of(program: Any) -> Defaults:
    """Return what environment and settings file give the options of ``program``, a group of commands.

    Raises
    ------
    BadInput
        The file is no TOML, or names an option, a command or a value that is none.
    """
    options = {name: _options(command) for name, command in program.commands.items()}
    values: dict[str, dict[str, Any]] = {name: {} for name in options}
    origins: dict[tuple[str, str], str] = {}
    for command, option, value, origin in (*_of_file(options), *_of_environment(options)):
        parameter = options[command][option]
        values[command][parameter.name] = _fitting(parameter, value, origin)
        origins[command, parameter.name] = origin
    return Defaults(values, origins)


def told_origins(context: Any, lang: str) -> None:
    """Tell on standard error which options environment and settings file have given to this run."""
    given = (context.find_root().obj or Defaults()).origins
    used = [
        origin
        for (command, name), origin in given.items()
        if command == context.info_name and context.get_parameter_source(name).name == "DEFAULT_MAP"
    ]
    if used:
        from ipps_geo.report.words.catalogue import catalogue

        words = catalogue(lang)
        typer.echo(words.text("progress.settings", origins=words.text("page.list_joiner").join(sorted(used))), err=True)


def _options(command: Any) -> dict[str, Any]:
    """Return the options of a command that may be set, by the name that people type, in snake case."""
    typed = {
        option.lstrip("-").replace("-", "_"): parameter
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") or parameter.name == "workspace"
    }
    return {name: parameter for name, parameter in typed.items() if name not in NEVER}


def _of_file(options: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Any, str]]:
    file = settings_file()
    if file is None:
        return
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("settings.not_toml", where=str(file)) from error
    sections = {key: value for key, value in content.items() if isinstance(value, dict)}
    for key, value in content.items():
        option = key.replace("-", "_")
        having = [command for command in options if option in options[command]]
        if key not in sections:
            if not having:
                raise BadInput("settings.no_option", where=str(file), name=key)
            yield from ((command, option, value, f"{file.name}: {key}") for command in having)
    for section, lines in sections.items():
        if section not in options:
            raise BadInput("settings.no_command", where=str(file), name=section, commands=tuple(options))
        for key, value in lines.items():
            option = key.replace("-", "_")
            if option not in options[section]:
                raise BadInput("settings.no_option", where=f"{file}: [{section}]", name=key)
            yield section, option, value, f"{file.name}: [{section}] {key}"


def _of_environment(options: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Any, str]]:
    for command, known in options.items():
        for option in known:
            if (variable := f"{PREFIX}{option.upper()}") in os.environ:
                yield command, option, os.environ[variable], variable
    for command, known in options.items():
        start = f"{PREFIX}{command.replace('-', '_').upper()}_"
        for variable in sorted(os.environ):
            if variable.startswith(start):
                option = variable.removeprefix(start).lower()
                if option not in known:
                    raise BadInput("settings.no_option", where=variable, name=option)
                yield command, option, os.environ[variable], variable


def _fitting(parameter: Any, value: Any, origin: str) -> Any:
    """Return a value as the parser takes it: several for an option that may be repeated, one for any other."""
    if getattr(parameter, "multiple", False):
        return [str(each) for each in value] if isinstance(value, list) else str(value).split(os.pathsep)
    if isinstance(value, list | dict):
        raise BadInput("settings.one_value", where=origin)
    return value if isinstance(value, bool | int | float) else str(value)
