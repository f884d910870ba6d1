"""The one exception hierarchy: every error that a user may meet, with the exit code it leads to.

An error is a **code with values** from the moment it is raised: ``BadInput("workspace.no_folder", where="abc")``. Its
sentences, what is wrong and what to do, stand in ``report/words/locales/{en,zh}/faults.toml`` under that code (those of
the problems of a file, ``problem.corrupt``, in ``problems.toml``). Each class is also a builtin kind, so that
``except ValueError`` works for a caller who does not know the package.

>>> issubclass(BadInput, ValueError)
True
>>> error = BadInput("argument.not_a_day", where="--on", text="yesterday")
>>> error.code, error.values, str(error)
('argument.not_a_day', {'text': 'yesterday'}, "--on: 'yesterday' is not a day — write it as 2026-11-22")
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Self, TypeVar

Raised = TypeVar("Raised", bound="IppsGeoError")


@dataclass(frozen=True)
class Message:
    """A clause that stands as a value inside another message: a code of the catalogue of faults with its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        return _english(self.code, "message", self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.code, dict(self.values))

    @property
    def advice(self) -> str:
        """What to do, in English; empty where nothing can be said."""
        return _english(self.code, "advice", self.values)


class IppsGeoError(Exception):
    """Base of all errors raised on purpose; carries what is wrong, where, and what to do.

    ``code`` names the sentence and the advice in the catalogue of faults, ``values`` fills their placeholders (texts,
    numbers, days, :class:`Message`, or tuples of them); ``where`` names the file, sheet, row, column, rule or
    parameter. ``message`` and ``advice`` are the English sentences, for a caller of the library. ``exit_code`` is what
    the command line returns.
    """

    exit_code = 2

    def __init__(self, code: str, /, *, where: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        self.where = where

    @property
    def message(self) -> str:
        """What is wrong, in English: one sentence without a trailing period."""
        return _english(self.code, "message", self.values)

    @property
    def advice(self) -> str:
        """What to do next, in English; empty where nothing can be said."""
        return _english(self.code, "advice", self.values)

    def at(self, where: str) -> Self:
        """Return the same error at another place: the file that people know instead of its copy."""
        return _again(type(self), self.code, where, self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.code, self.where, self.values)

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
    """There is no plan, for the reason that the message gives: it cannot be, or none was found in the time given."""

    exit_code = 3


class Stopped(IppsGeoError, RuntimeError):
    """The user stopped a search before it had a plan."""

    exit_code = 130


class InternalError(IppsGeoError, RuntimeError):
    """A fault of the program itself; what happened stands in the log under the value ``number``."""

    exit_code = 4


class UnsoundPlan(InternalError):
    """A plan that the independent checker refused; it is never written."""


class MissingExtra(IppsGeoError, ImportError):
    """An optional package or font that this task needs is not installed."""


def _again(kind: type[Raised], code: str, where: str, values: dict[str, Any]) -> Raised:
    return kind(code, where=where, **values)


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Any]:
    # Read as data: the words belong to report, and nothing here may import it.
    folder = files("ipps_geo") / "report/words/locales/en"
    faults, problems = (
        tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in ("faults.toml", "problems.toml")
    )
    return {**faults, "problem": problems}


def _english(code: str, part: str, values: Mapping[str, Any]) -> str:
    node: Any = _catalogue()
    for name in code.split("."):
        node = node[name]
    template = str(node.get(part, ""))
    return template.format(**{name: _listed(value) for name, value in values.items()})


def _listed(value: Any) -> str:
    return "; ".join(str(entry) for entry in value) if isinstance(value, tuple) else str(value)
