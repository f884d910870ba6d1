"""Any file in: a table, and every fault of the file in one table of problems.

``read_table`` reads one table of one file; ``check_path`` judges a file or a folder; ``write_coloured_copy`` gives a
file back with its bad cells marked; ``write_templates`` writes the workbooks to fill in.
"""

from __future__ import annotations

from ipps_geo.intake.check import CheckReport, check_path, write_table
from ipps_geo.intake.coloured import write_coloured_copy
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import PROBLEM_COLUMNS, PROBLEM_KINDS
from ipps_geo.intake.reading import TableRead
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
