"""Option groups: a frozen dataclass whose fields are options, said once for every command that takes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` as a function of plain options: each parameter that is a group becomes the group's fields.

    A group that a command declares arrives filled; its defaults are those of its fields.
    """
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, list[str]]] = {}
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if isinstance(kind, type) and is_dataclass(kind):
            groups[name] = (kind, [field.name for field in fields(kind)])
            parameters += _options(kind)
        else:
            parameters.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def filled(**arguments: Any) -> None:
        made = {
            name: kind(**{option: arguments.pop(option) for option in options})
            for name, (kind, options) in groups.items()
        }
        command(**arguments, **made)

    del filled.__wrapped__
    vars(filled)["__signature__"] = inspect.Signature(parameters)
    filled.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return filled


def _options(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(group)
    ]
