"""Any file in: a table, and every fault of the file in one table of problems.

``read_table`` reads one table of one file; ``check_path`` judges a file or a folder; ``write_coloured_copy`` gives a
file back with its bad cells marked; ``write_templates`` writes the workbooks to fill in.

Each loads when it is first asked for: the process that reads the files of strangers is started for every one of them,
and must not wait for what it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipps_geo.intake.check import CheckReport, check_path, write_table
    from ipps_geo.intake.coloured import write_coloured_copy
    from ipps_geo.intake.limits import Limits
    from ipps_geo.intake.problems import PROBLEM_COLUMNS, PROBLEM_KINDS
    from ipps_geo.intake.request import TableRead
    from ipps_geo.intake.table import read_table
    from ipps_geo.intake.templates import write_templates

__all__ = [
    "PROBLEM_COLUMNS",
    "PROBLEM_KINDS",
    "CheckReport",
    "Limits",
    "TableRead",
    "check_path",
    "read_table",
    "write_coloured_copy",
    "write_table",
    "write_templates",
]

_HOMES = {
    "PROBLEM_COLUMNS": "problems",
    "PROBLEM_KINDS": "problems",
    "CheckReport": "check",
    "Limits": "limits",
    "TableRead": "reading",
    "check_path": "check",
    "read_table": "table",
    "write_coloured_copy": "coloured",
    "write_table": "check",
    "write_templates": "templates",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
