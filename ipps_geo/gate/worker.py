"""The process that reads files of strangers: one call a line, started by :class:`ipps_geo.gate.process.Worker`.

Arguments of the process: a private folder, and JSON of its bounds, the files that it may read and the modules to load.
A call is a line of JSON; its answer lies in the folder before a line with its number is written.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

from ipps_geo import errors
from ipps_geo.gate import confinement
from ipps_geo.gate.bounds import Bounds

_MOST_TRACE = 8_000
DONE, FAILED, NO_MEMORY, FOREIGN = "done", "failed", "no_memory", "foreign"


def main() -> None:
    """Give up everything but reading, then answer call after call until standard input ends."""
    folder, told = Path(sys.argv[1]), json.loads(sys.argv[2])
    bounds = Bounds(**told["bounds"])
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # a library that prints must not answer
    sys.stdout = sys.stderr
    os.chdir(folder)
    held = confinement.give_up_network()
    held |= confinement.give_up_files([Path(path) for path in told["readable"]], folder)
    for name in told["modules"]:
        importlib.import_module(name)
    from ipps_geo.gate import parcel

    held |= confinement.give_up_memory(bounds) | confinement.allow_time(bounds.seconds)
    _say(answers, {"held": held})
    for number, line in enumerate(sys.stdin):
        confinement.allow_time(bounds.seconds)
        call = json.loads(line)
        _say(answers, {"number": number} | _answer(call, folder, str(number), parcel))


def _answer(call: dict[str, Any], folder: Path, name: str, parcel: Any) -> dict[str, Any]:
    try:
        module, _, function = call["function"].partition(":")
        arguments = parcel.unpack(call["arguments"], folder)
        parcel.write(getattr(importlib.import_module(module), function)(**arguments), folder, name)
    except MemoryError:
        return {"state": NO_MEMORY}
    except errors.IppsGeoError as error:
        try:
            return {"state": FAILED, "error": _packed(error, parcel)}
        except TypeError:  # a value that does not go through the gate
            return {"state": FOREIGN, "trace": _trace(error)}
    except Exception as error:  # noqa: BLE001 - whatever a file makes fail is told once, and never a crash
        return {"state": FOREIGN, "trace": _trace(error)}
    return {"state": DONE}


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-_MOST_TRACE:]


def _packed(error: errors.IppsGeoError, parcel: Any) -> list[Any]:
    known = next(kind.__name__ for kind in type(error).__mro__ if getattr(errors, kind.__name__, None) is kind)
    return [known, error.code, error.where, parcel.pack(dict(error.values))]


def _say(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
