"""One command's run: its settings told, its log on the screen if wished, standard output for its answer alone."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TextIO

import typer

from ipps_geo import logbook
from ipps_geo.channel import printing_apart
from ipps_geo.cli.defaults import told_origins

_ANSWERS: ContextVar[TextIO | None] = ContextVar("answers", default=None)


def say(text: str) -> None:
    """Write a line of the answer to standard output."""
    typer.echo(text, file=_ANSWERS.get() or sys.stdout)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` so that only what it says reaches standard output, and settings of its options are told."""
    signature = inspect.signature(command)
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @wraps(command)
    def run(*, context: typer.Context, **arguments: Any) -> None:
        quiet, verbose = bool(arguments.get("quiet")), int(arguments.get("verbose") or 0)
        show_log(verbose)
        if not quiet:
            told_origins(context, str(arguments.get("lang") or "zh"))
        with printing_apart() as answers:
            token = _ANSWERS.set(answers)
            try:
                command(**arguments)
            finally:
                _ANSWERS.reset(token)

    del run.__wrapped__
    vars(run)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), context])
    run.__annotations__ = {**command.__annotations__, "context": typer.Context}
    return run


class _OnScreen(logging.StreamHandler[TextIO]):
    """The handler that ``--verbose`` puts up."""


def show_log(verbose: int) -> None:
    """Show what is logged on standard error: steps at 1, details at 2; nothing at 0."""
    for handler in [each for each in logbook.LOGGER.handlers if isinstance(each, _OnScreen)]:
        logbook.LOGGER.removeHandler(handler)
    logbook.LOGGER.setLevel(logging.NOTSET)
    if verbose:
        handler = _OnScreen(sys.stderr)
        handler.setFormatter(logbook.Entries())
        handler.setLevel(logging.INFO if verbose == 1 else logging.DEBUG)
        logbook.LOGGER.addHandler(handler)
        logbook.LOGGER.setLevel(handler.level)
