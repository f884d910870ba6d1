"""The command line: arguments in, one answer out, an exit code.

0 done; 1 done, with blocking findings; 2 bad input; 3 infeasible or not solved. With ``--json`` one document goes to
standard output; progress and messages go to standard error. Everything heavy is imported inside a command, so that
``--help`` is instant.
"""

from __future__ import annotations

import itertools
import os
import sys

import typer

from ipps_geo import logbook
from ipps_geo.cli.commands import app
from ipps_geo.errors import IppsGeoError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; every error that is ours becomes one message and an exit code."""
    logbook.to_file()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a Windows console may speak GBK
    try:
        app()
    except IppsGeoError as error:
        _message(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("已中断 · interrupted", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("IPPS_GEO_DEBUG"):
            raise
        typer.echo(
            f"程序内部错误 · internal error: {type(error).__name__}: {error}\n"
            "请设置环境变量 IPPS_GEO_DEBUG=1 再运行一次，并把输出交给维护者 · "
            "set IPPS_GEO_DEBUG=1, run again and send the output to the maintainers",
            err=True,
        )
        sys.exit(3)


def _message(error: IppsGeoError) -> None:
    from ipps_geo.report.words.messages import error_message

    typer.echo(error_message(error, _language(sys.argv)), err=True)


def _language(arguments: list[str]) -> str:
    """Return the language asked for, also when the command never got to read its options."""
    english = "--lang=en" in arguments or ("--lang", "en") in itertools.pairwise(arguments)
    return "en" if english else "zh"
