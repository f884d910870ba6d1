"""How docstrings read as pages: roles become code, doctests become blocks of it (an extension of griffe)."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:func|class|data|meth|mod|attr|exc):`~?([^`]+)`")


class Docstrings(griffe.Extension):
    """Makes every docstring fit for Markdown before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = readable(obj.docstring.value)


def readable(text: str) -> str:
    """Return a docstring with roles as code and each run of doctest lines fenced."""
    lines: list[str] = []
    inside = False
    for line in _ROLE.sub(r"`\1`", text).splitlines():
        if not inside and line.lstrip().startswith(">>> "):
            lines += ["```pycon", line]
            inside = True
        elif inside and not line.strip():
            lines += ["```", line]
            inside = False
        else:
            lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)
