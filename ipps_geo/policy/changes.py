"""Whether a policy is what it calls itself: its content as a hash, and where it differs from the version that ships.

>>> from ipps_geo.policy import load_policy
>>> from dataclasses import replace
>>> draft = load_policy()
>>> changes(draft), changes(replace(draft, status="published"))
((), (PolicyChange(name='status', part='', shipped='draft', own='published'),))
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ipps_geo.policy.files import available_policies, load_policy
from ipps_geo.policy.model import DatedValue, Policy


@dataclass(frozen=True, order=True)
class PolicyChange:
    """One place where a policy differs from the version of its name that ships.

    ``name`` is a value, a reading or another entry of the file, ``part`` what of it (empty: the value itself);
    ``shipped`` and ``own`` are what stands there, empty where nothing does.
    """

    name: str
    part: str
    shipped: str
    own: str


def content_hash(policy: Policy) -> str:
    """Return the SHA-256 of everything that a policy says; comments and order of its file do not count."""
    said = json.dumps(sorted((*place, text) for place, text in _said(policy)), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def changes(policy: Policy) -> tuple[PolicyChange, ...]:
    """Return where ``policy`` differs from the shipped version of its name; none for a name of one's own.

    Readings that were chosen for a result stand in the name of the version and are no difference.
    """
    name, _, chosen = policy.version.partition("+")
    if name not in available_policies():
        return ()
    readings = dict(pair.split("=", 1) for pair in chosen.split(",") if pair)
    shipped, own = dict(_said(load_policy(name).with_readings(readings))), dict(_said(policy))
    return tuple(
        PolicyChange(*place, shipped.get(place, ""), own.get(place, ""))
        for place in sorted({*shipped, *own})
        if shipped.get(place) != own.get(place)
    )


def _said(policy: Policy) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield ((entry, part of it), what it says) of everything in a policy."""
    for field in fields(policy):
        entry = getattr(policy, field.name)
        if field.name == "parameters":
            for parameter in entry.values():
                yield (parameter.name, ""), "; ".join(_dated(value) for value in parameter.dated)
                for part in ("article", "rule", "unit", "operator", "text", "source", "verified"):
                    yield (parameter.name, part), _text(getattr(parameter, part))
        elif field.name == "readings":
            for reading in entry.values():
                yield (reading.name, ""), reading.chosen
                for part in ("article", "rule", "text", "options"):
                    yield (reading.name, part), _text(getattr(reading, part))
        elif isinstance(entry, Mapping):
            for key, answer in entry.items():
                yield (field.name, str(key)), _text(answer)
        else:
            yield (field.name, ""), _text(entry)


def _dated(value: DatedValue) -> str:
    since = "" if value.since is None else f" ({value.since.isoformat()})"
    return ("—" if value.value is None else _text(value.value)) + since


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        numbers = all(isinstance(part, int) for part in value)
        return ("/" if numbers else ", ").join(str(part) for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
