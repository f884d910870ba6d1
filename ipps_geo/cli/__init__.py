"""The command line: arguments in, one answer out, an exit code.

0 done; 1 done, with blocking findings; 2 bad input; 3 no plan exists, or none was found in time; 4 an error in the
program, told by its number in the log; 130 stopped by the user, the best plan so far written. With ``--json`` one
document goes to standard output, nothing that a library prints beside it; progress and messages go to standard error.
Everything heavy is imported inside a command, so that ``--help`` is instant.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import traceback
from typing import NoReturn

import typer

from ipps_geo import logbook
from ipps_geo.channel import keep_apart
from ipps_geo.cli.commands import app
from ipps_geo.cli.defaults import Defaults, defaults_of
from ipps_geo.cli.interrupts import Interrupted, listen
from ipps_geo.cli.usage import USAGE_ERROR, usage_error
from ipps_geo.errors import InternalError, IppsGeoError, Stopped

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; whatever ends it becomes one message and an exit code."""
    # A command makes a few million small things and ends: to look every few hundred of them which are garbage costs a
    # tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    log = logbook.to_file()
    keep_apart()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a Windows console may speak GBK
    listen()
    given = Defaults()
    try:
        given = defaults_of(typer.main.get_command(app))
        # Alone, the program shows its help; else what the parser refuses is told in words of this project.
        code = app(standalone_mode=len(sys.argv) == 1, default_map=given.values, obj=given)
        if code:
            raise SystemExit(code)
    except IppsGeoError as error:
        _leave(error)
    except Interrupted:
        _leave(Stopped("command.interrupted"))
    except Exception as error:
        if isinstance(error, USAGE_ERROR):
            _leave(usage_error(error, given.origins), error)
        if isinstance(error, typer.Abort):
            _leave(Stopped("command.interrupted"))
        if os.environ.get("IPPS_GEO_DEBUG"):
            raise
        number = logbook.record(traceback.format_exc(), doing=" ".join(sys.argv[1:2]))
        _leave(InternalError("internal.unknown", number=number, file=str(log)), error)


def _leave(error: IppsGeoError, cause: Exception | None = None) -> NoReturn:
    """Tell an error, with ``--json`` as a document too, and end the program with its exit code."""
    from ipps_geo.report.words.messages import error_message, error_sentences

    lang = _language(sys.argv)
    typer.echo(error_message(error, lang), err=True)
    if "--json" in sys.argv:
        import json

        from ipps_geo.results import error_document

        message, advice = error_sentences(error, lang)
        typer.echo(json.dumps(error_document(error, message, advice), ensure_ascii=False, indent=2))
    raise SystemExit(error.exit_code) from cause


def _language(arguments: list[str]) -> str:
    """Return the language asked for, also when the command never got to read its options."""
    said = [lang for name, lang in itertools.pairwise(arguments) if name == "--lang"]
    said += [each.removeprefix("--lang=") for each in arguments if each.startswith("--lang=")]
    return "en" if "en" in (said or [os.environ.get("IPPS_GEO_LANG", "")]) else "zh"
