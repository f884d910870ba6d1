"""The one exception hierarchy: every error that a user may meet, with the exit code it leads to.

Each class is also a builtin kind, so that ``except ValueError`` works for a caller who does not know the package.

>>> issubclass(BadInput, ValueError)
True
>>> BadInput("no column 'uscc'", where="rosters.xlsx", advice="add it").advice
'add it'
"""

from __future__ import annotations


class IppsGeoError(Exception):
    """Base of all errors raised on purpose; carries what is wrong, where, and what to do.

    ``message`` is one sentence without a trailing period; ``where`` names the file, sheet, row, column, rule or
    parameter; ``advice`` says what to do next. ``exit_code`` is what the command line returns.
    """

    exit_code = 2

    def __init__(self, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.advice:
            parts.append(self.advice)
        return " — ".join(parts)


class BadInput(IppsGeoError, ValueError):
    """A file, a table or an argument that cannot be used as it is."""


class UnsafeInput(BadInput):
    """A file refused before it was read: too large when unpacked, entities, links, a driver outside the closed list."""


class CrsError(BadInput):
    """Coordinates without a reference system, with a wrong one, or in degrees where metres are needed."""


class PolicyError(BadInput):
    """A policy file that is incomplete, unknown or contradictory."""


class NotSolved(IppsGeoError, RuntimeError):
    """The program is infeasible, or no plan was found in the time given."""

    exit_code = 3


class UnsoundPlan(IppsGeoError, RuntimeError):
    """A plan that the independent checker refused; it is never written."""

    exit_code = 3


class MissingExtra(IppsGeoError, ImportError):
    """An optional package or font that this task needs is not installed."""
