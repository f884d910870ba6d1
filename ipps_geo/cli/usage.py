"""Arguments that the parser refuses, as errors of this project: no text of the parser reaches a user."""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping
from typing import Any

import typer

from ipps_geo.errors import BadInput

USAGE_ERROR: type = typer.BadParameter.__mro__[1]
"""What the parser raises; which module holds it differs between its versions."""


def usage_error(error: Any, origins: Mapping[tuple[str, str], str]) -> BadInput:
    """Return what is wrong: an option or a command that does not exist, a value that is none, one that lacks.

    ``origins`` says which options the environment or a settings file gave: a wrong value is told with that place.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ipps-geo"
    parameter, option = getattr(error, "param", None), getattr(error, "option_name", None)
    if parameter is not None:
        where = max(parameter.opts, key=len)
        name = context.info_name if context is not None else ""
        if (name, parameter.name) in origins and not _typed(parameter):
            where = origins[name, parameter.name]
        if type(error).__name__ == "MissingParameter":
            return BadInput("argument.missing", where=where, command=command)
        kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return BadInput("argument.no_choice", where=where, choices=tuple(str(each.value) for each in kind))
        if kind in (int, float) and parameter.min is not None:
            return BadInput("argument.no_number_from", where=where, least=parameter.min)
        if kind in (int, float):
            return BadInput("argument.no_whole_number" if kind is int else "argument.no_number", where=where)
        return BadInput("argument.no_value", where=where, command=command)
    if option and getattr(error, "possibilities", None):
        return BadInput("argument.no_option_alike", where=command, option=option, alike=tuple(error.possibilities))
    if option and hasattr(error, "possibilities"):
        return BadInput("argument.no_option", where=command, option=option, command=command)
    if option:
        return BadInput("argument.no_value", where=option, command=command)
    return BadInput("argument.not_understood", where=command, command=command)


def _typed(parameter: Any) -> bool:
    """Tell whether an option stands on the command line, in whatever form."""
    return any(word == option or word.startswith(f"{option}=") for word in sys.argv[1:] for option in parameter.opts)
