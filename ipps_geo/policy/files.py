"""Reading policy files: TOML in, a checked Policy out; whatever the rules would not understand is refused."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ipps_geo.errors import BadInput, PolicyError
from ipps_geo.gate import parse_toml, read_toml
from ipps_geo.identity import ENTERPRISE_KINDS
from ipps_geo.policy.asked import ASKED, OPTIONAL, Asked
from ipps_geo.policy.model import READINGS, DatedValue, Parameter, Policy, Reading, Scalar
from ipps_geo.regions import Region, load_region
from ipps_geo.vocabulary import Answer, HostType, InstitutionKind, LegalForm, OrgLevel

_VERSIONS = resources.files("ipps_geo.policy") / "versions"
_TOP = (
    *("version", "title_zh", "title_en", "status", "source", "in_force_from", "in_force_verified", "repealed_on"),
    *("notes", "values", "readings", "enterprise_kinds", "legal_persons", "legal_persons_by_code"),
    *("key_industries", "institutions"),
)
_PARAMETER = ("article", "rule", "unit", "operator", "text", "source", "verified", "value", "from", "dated")
_DATED = ("from", "value", "repealed")
_READING = ("article", "rule", "text", "use", "options")

PARAMETERS: Mapping[str, str] = MappingProxyType({name: asked.kind for name, asked in ASKED.items()})
"""What the rules ask a policy for, and the kind of each answer."""

STATUSES = ("draft", "published")
_NAME = re.compile(r"[^\W_][\w.-]{0,59}")


@lru_cache(maxsize=1)
def available_policies() -> tuple[str, ...]:
    """Return the names of the policy versions that ship with the package."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _VERSIONS.iterdir() if entry.name.endswith(".toml"))
    )


def load_policy(name_or_path: str | Path | Region | None = None) -> Policy:
    """Return a policy version by name, from a TOML file of one's own, or that of a region (the embedded one).

    Raises
    ------
    PolicyError
        No such version or file; not TOML; a key, reading or value that no rule understands; a value missing.
    """
    if name_or_path is None or isinstance(name_or_path, Region):
        region = name_or_path or load_region()
        own = region.own_policy
        return load_policy(region.policy) if own is None else parse_policy(own, where=f"{region.key}/{region.policy}")
    name = str(name_or_path)
    if name in available_policies():
        return _shipped(name)
    if not Path(name_or_path).is_file():
        raise PolicyError("policy.no_such", where=name, names=", ".join(available_policies()))
    with _as_policy_error():
        return _policy(read_toml(name_or_path), name)


@contextmanager
def _as_policy_error() -> Iterator[None]:
    """Let what the gate says of a file be said of a policy."""
    try:
        yield
    except PolicyError:
        raise
    except BadInput as error:
        raise PolicyError(error.code, where=error.where, **error.values) from error


@lru_cache(maxsize=8)
def _shipped(name: str) -> Policy:
    return parse_policy((_VERSIONS / f"{name}.toml").read_text(encoding="utf-8"), where=name)


def parse_policy(text: str, *, where: str) -> Policy:
    """Return the policy that ``text`` (TOML) states; ``where`` names it in messages."""
    with _as_policy_error():
        return _policy(parse_toml(text, where=where), where)


def _policy(data: Mapping[str, Any], where: str) -> Policy:
    _refuse_unknown(data, _TOP, where)
    _need(data, ("version", "values"), where)
    parameters = {name: _parameter(name, entry, where) for name, entry in _table(data, "values", where).items()}
    absent = sorted(set(PARAMETERS) - OPTIONAL - set(parameters))
    if absent:
        raise PolicyError("policy.values_missing", where=where, names=", ".join(absent))
    readings = {name: _reading(name, entry, where) for name, entry in _table(data, "readings", where).items()}
    lists = _table(data, "key_industries", where)
    _refuse_unknown(lists, ("city_lists", "unit_lists"), f"{where}: key_industries")
    institutions = _table(data, "institutions", where)
    _refuse_unknown(institutions, ("listed_kinds",), f"{where}: institutions")
    in_force = _day(data.get("in_force_from"), f"{where}: in_force_from")
    version, status = _text(data, "version", where), _text(data, "status", where, "draft")
    if not _NAME.fullmatch(version):
        raise PolicyError("policy.version_name", where=f"{where}: version", name=version)
    if status not in STATUSES:
        raise PolicyError("policy.one_of", where=f"{where}: status", found=status, names=", ".join(STATUSES))
    return Policy(
        version=version,
        title_zh=_text(data, "title_zh", where, version),
        title_en=_text(data, "title_en", where, version),
        status=status,
        source=_text(data, "source", where, ""),
        in_force_from=in_force,
        in_force_verified=_flag(data, "in_force_verified", where, default=in_force is not None),
        repealed_on=_day(data.get("repealed_on"), f"{where}: repealed_on"),
        parameters=MappingProxyType(parameters),
        readings=MappingProxyType(readings),
        enterprise_kinds=_answers(data, "enterprise_kinds", ENTERPRISE_KINDS, where),
        legal_persons=_answers(data, "legal_persons", {}, where, allowed=tuple(LegalForm)),
        legal_persons_by_code=_answers(data, "legal_persons_by_code", {}, where),
        city_lists=_words(lists.get("city_lists", []), f"{where}: key_industries.city_lists"),
        unit_lists=_words(lists.get("unit_lists", []), f"{where}: key_industries.unit_lists"),
        listed_kinds=_words(
            institutions.get("listed_kinds", list(InstitutionKind)), f"{where}: listed_kinds", tuple(InstitutionKind)
        ),
        notes=_words(data.get("notes", []), f"{where}: notes"),
    )


def _parameter(name: str, entry: Any, where: str) -> Parameter:
    here = f"{where}: values.{name}"
    if name not in PARAMETERS:
        _refuse_unknown({name: entry}, tuple(PARAMETERS), f"{where}: values")
    if not isinstance(entry, dict):
        raise PolicyError("policy.not_table", where=here, example=f"[values.{name}]")
    _refuse_unknown(entry, _PARAMETER, here)
    _need(entry, ("article", "unit", "operator", "source", "verified"), here)
    if ("value" in entry) == ("dated" in entry):
        raise PolicyError("policy.value_or_dated", where=here)
    steps = entry.get("dated", [{key: entry[key] for key in ("value", "from") if key in entry}])
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise PolicyError("policy.dated_list", where=here)
    dated = tuple(_dated(name, step, here) for step in steps)
    days = [step.since for step in dated]
    if any(day is None for day in days[1:]) or any(
        early is not None and late is not None and early >= late for early, late in pairwise(days)
    ):
        raise PolicyError("policy.dated_order", where=here)
    if dated[0].value is None:
        raise PolicyError("policy.first_repeal", where=here)
    for key, rule in (("operator", ASKED[name].operator), ("unit", ASKED[name].unit)):
        if entry[key] != rule:
            raise PolicyError("policy.one_of", where=f"{here}.{key}", found=str(entry[key]), names=rule)
    return Parameter(
        name=name,
        article=_text(entry, "article", here),
        rule=_text(entry, "rule", here, ""),
        unit=ASKED[name].unit,
        operator=ASKED[name].operator,
        text=_text(entry, "text", here, ""),
        source=_text(entry, "source", here),
        verified=_flag(entry, "verified", here, default=False),
        dated=dated,
    )


def _dated(name: str, step: Mapping[str, Any], here: str) -> DatedValue:
    _refuse_unknown(step, _DATED, here)
    since = _day(step.get("from"), f"{here}.from")
    if _flag(step, "repealed", here, default=False):
        if "value" in step:
            raise PolicyError("policy.repeal_value", where=here)
        return DatedValue(None, since)
    _need(step, ("value",), here)
    return DatedValue(_scalar(step["value"], ASKED[name], here), since)


def _scalar(value: Any, asked: Asked, here: str) -> Scalar:
    kind = asked.kind
    if kind == "count" and type(value) is int and value >= 0:
        if value > asked.most:
            raise PolicyError("policy.too_large", where=here, found=value, limit=asked.most)
        return value
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind == "share" and isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value):
        numerator, denominator = value
        if 0 <= numerator <= denominator and denominator > 0:
            return numerator, denominator
    if kind == "host types" and isinstance(value, list):
        return _words(value, here, tuple(HostType))
    if kind == "levels" and isinstance(value, list):
        return _words(value, here, tuple(OrgLevel))
    raise PolicyError(f"policy.no_{kind.replace(' ', '_')}", where=here, found=_shown(value))


def _reading(name: str, entry: Any, where: str) -> Reading:
    here = f"{where}: readings.{name}"
    if name not in READINGS:
        _refuse_unknown({name: entry}, tuple(READINGS), f"{where}: readings")
    if isinstance(entry, str):
        entry = {"use": entry}
    if not isinstance(entry, dict):
        raise PolicyError("policy.not_table", where=here, example=f'{name} = "{READINGS[name][0]}"')
    _refuse_unknown(entry, _READING, here)
    options = _words(entry.get("options", list(READINGS[name])), here)
    chosen = _text(entry, "use", here, options[0] if options else "")
    for option in (*options, chosen):
        if option not in READINGS[name]:
            raise PolicyError("policy.no_reading", where=here, name=option, names=", ".join(READINGS[name]))
    rule, article, text = (_text(entry, key, here, "") for key in ("rule", "article", "text"))
    return Reading(name, rule, article, text, options, chosen)


def _answers(
    data: Mapping[str, Any], key: str, default: Mapping[str, str], where: str, allowed: Collection[str] | None = None
) -> Mapping[str, str]:
    entries = _table(data, key, where)
    if allowed is not None:
        _refuse_unknown(entries, tuple(allowed), f"{where}: {key}")
    for name, answer in entries.items():
        if answer not in tuple(Answer):
            raise PolicyError("policy.no_answer", where=f"{where}: {key}.{name}", found=_shown(answer))
        if allowed is None and not (len(name) == 2 and name.isalnum()):
            raise PolicyError("policy.no_code", where=f"{where}: {key}.{name}")
    return MappingProxyType({**default, **entries})


def _table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    entry = data.get(key, {})
    if not isinstance(entry, dict):
        raise PolicyError("policy.not_table", where=f"{where}: {key}", example=f"[{key}]")
    return entry


def _words(value: Any, here: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise PolicyError("policy.not_texts", where=here)
    if allowed is not None:
        _refuse_unknown(dict.fromkeys(value), tuple(str(word) for word in allowed), here)
    return tuple(str(word) for word in value)


def _day(value: Any, here: str) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise PolicyError("policy.no_day", where=here, found=_shown(value))


def _need(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if key not in entry]
    if missing:
        raise PolicyError("policy.missing", where=where, names=", ".join(missing))


def _text(entry: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = entry.get(key, default)
    if not isinstance(value, str):
        raise PolicyError("policy.not_text", where=f"{where}: {key}", found=_shown(value))
    return value


def _flag(entry: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
    value = entry.get(key, default)
    if not isinstance(value, bool):
        raise PolicyError("policy.no_flag", where=f"{where}: {key}", found=_shown(value))
    return value


def _shown(value: Any) -> str:
    """Return a value of a file as it may stand in a message: short, whatever it is."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _refuse_unknown(entry: Mapping[str, Any], known: Collection[str], where: str) -> None:
    unknown = [key for key in entry if key not in known]
    if unknown:
        names = ", ".join(repr(key) for key in unknown)
        near = difflib.get_close_matches(unknown[0], list(known), 1)
        if near:
            raise PolicyError("policy.unknown_near", where=where, names=names, near=near[0])
        raise PolicyError("policy.unknown", where=where, names=names, known=", ".join(sorted(known)))
