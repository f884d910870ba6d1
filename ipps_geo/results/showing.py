"""How a result shows itself to somebody who works with it in Python: a picture, a table in a notebook, a file.

A result knows no words and no pages. It asks a teller that it finds by name, as pandas finds the backend that plots:
:data:`TELLERS` is all that this room knows of who tells.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

TELLERS: Mapping[str, str] = MappingProxyType(
    {
        "html": "ipps_geo.report.display.tables:html",
        "plot": "ipps_geo.report.display.pictures:plot",
        "to_file": "ipps_geo.report.display.export:to_file",
    }
)
"""Who shows a result in which way, as ``module:function``."""


class Shown:
    """What every result can do for somebody who works in Python."""

    __slots__ = ()
    kind: ClassVar[str]
    """What the result is, as its JSON document is called."""

    def plot(self, lang: str = "zh", *, axes: Any = None) -> Any:
        """Draw the result and return matplotlib's axes; in a notebook the picture shows by itself.

        A plan shows its proposals in rank order among its candidates, a coverage who is on a roster and who is within
        reach by unit, an audit its verdicts by rule, a test the roster's steps, a repair its moves by station.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        axes
            Where to draw; a new figure by default.

        Raises
        ------
        MissingExtra
            matplotlib is not installed.
        """
        return _teller("plot")(self, lang, axes)

    def to_file(self, path: str | Path, workspace: Any = None, lang: str = "zh", *, force: bool = False) -> Path:
        """Write the result into one file and return its path; the suffix says what is written.

        ``.json`` holds the document of the result. ``.xlsx`` is the workbook; a plan has ``.gpkg``, ``.html`` (an
        interactive map), ``.png``, ``.svg`` and ``.pdf`` (the map) too, a coverage ``.gpkg``. All but ``.json`` name
        enterprises and institutions, for which they ask ``workspace``.

        Raises
        ------
        BadInput
            There is no such file of this result, no workspace was given, or the file exists and ``force`` was not
            asked for.
        """
        return Path(_teller("to_file")(self, Path(path), workspace, lang, force))

    def _repr_html_(self) -> str:
        """Return the result as a small table in Chinese, as notebooks show it."""
        return str(_teller("html")(self, "zh"))


def _teller(what: str) -> Any:
    module, _, name = TELLERS[what].partition(":")
    return getattr(importlib.import_module(module), name)
