"""Any file in: a table, and every fault of the file in one table of problems.

``read_table`` reads one table of one file; ``check_path`` judges a file or a folder; ``write_coloured_copy`` gives a file
back with its bad cells marked; ``write_templates`` writes the workbooks to fill in.
"""

from __future__ import annotations

from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import PROBLEM_COLUMNS, PROBLEM_KINDS
from ipps_geo.intake.reading import TableRead
from ipps_geo.intake.table import read_table

__all__ = ["PROBLEM_COLUMNS", "PROBLEM_KINDS", "Limits", "TableRead", "read_table"]
