"""Reading policy files: TOML in, a checked Policy out; whatever the rules would not understand is refused."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ipps_geo.errors import PolicyError
from ipps_geo.identity import ENTERPRISE_KINDS
from ipps_geo.policy.model import READINGS, DatedValue, Parameter, Policy, Reading, Scalar
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

# What the rules ask a policy for, and the kind of each answer.
PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "centers_per_unit": "count",
        "center_full_time_staff": "count",
        "center_part_time_staff": "count",
        "station_staff": "count",
        "station_operating_years": "count",
        "station_enterprises": "count",
        "station_need_share": "share",
        "dominant_industry_share": "share",
        "station_host_types": "host types",
        "organization_levels": "levels",
        "revocation_notice_days": "count",
        "ban_years": "count",
        "boundary_tolerance_m": "count",
        "suspected_duplicate_similarity": "count",
        "non_profit_institution": "flag",
    }
)
OPTIONAL = frozenset({"non_profit_institution"})
"""Parameters that a version may leave out: the rule that needs them then says nothing."""


def available_policies() -> tuple[str, ...]:
    """Return the names of the policy versions that ship with the package."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _VERSIONS.iterdir() if entry.name.endswith(".toml"))
    )


def load_policy(name_or_path: str | Path = "beijing-draft") -> Policy:
    """Return a policy version by name, or from a TOML file of one's own.

    Raises
    ------
    PolicyError
        No such version or file; not TOML; a key, reading or value that no rule understands; a value missing.
    """
    name = str(name_or_path)
    if name in available_policies():
        return _shipped(name)
    path = Path(name_or_path)
    if not path.is_file():
        raise PolicyError(
            "no such policy version or file",
            where=name,
            advice=f"use one of {', '.join(available_policies())}, or the path of a TOML file",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError("the file cannot be read as UTF-8 text", where=name, advice="save it as UTF-8") from error
    return parse_policy(text, where=name)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Policy:
    return parse_policy((_VERSIONS / f"{name}.toml").read_text(encoding="utf-8"), where=name)


def parse_policy(text: str, *, where: str) -> Policy:
    """Return the policy that ``text`` (TOML) states; ``where`` names it in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"not valid TOML: {error}", where=where, advice="correct the line that is named") from error
    _refuse_unknown(data, _TOP, where)
    _need(data, ("version", "values"), where)
    parameters = {name: _parameter(name, entry, where) for name, entry in _table(data, "values", where).items()}
    absent = sorted(set(PARAMETERS) - OPTIONAL - set(parameters))
    if absent:
        raise PolicyError(
            f"values missing: {', '.join(absent)}", where=where, advice="copy them from beijing-draft and change them"
        )
    readings = {name: _reading(name, entry, where) for name, entry in _table(data, "readings", where).items()}
    lists = _table(data, "key_industries", where)
    _refuse_unknown(lists, ("city_lists", "unit_lists"), f"{where}: key_industries")
    institutions = _table(data, "institutions", where)
    _refuse_unknown(institutions, ("listed_kinds",), f"{where}: institutions")
    in_force = _day(data.get("in_force_from"), f"{where}: in_force_from")
    return Policy(
        version=str(data["version"]),
        title_zh=str(data.get("title_zh", data["version"])),
        title_en=str(data.get("title_en", data["version"])),
        status=str(data.get("status", "draft")),
        source=str(data.get("source", "")),
        in_force_from=in_force,
        in_force_verified=bool(data.get("in_force_verified", in_force is not None)),
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
        raise PolicyError("not a table", where=here, advice="write [values." + name + "] with article, unit, value ...")
    _refuse_unknown(entry, _PARAMETER, here)
    _need(entry, ("article", "unit", "operator", "source", "verified"), here)
    if ("value" in entry) == ("dated" in entry):
        raise PolicyError("give either value (with from) or dated", where=here)
    steps = entry.get("dated", [{key: entry[key] for key in ("value", "from") if key in entry}])
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise PolicyError("dated is a list of { from = day, value = ... }", where=here)
    dated = tuple(_dated(name, step, here) for step in steps)
    days = [step.since for step in dated]
    if any(day is None for day in days[1:]) or any(
        early is not None and late is not None and early >= late for early, late in pairwise(days)
    ):
        raise PolicyError("dated values must follow one another in time", where=here, advice="order them by from")
    if dated[0].value is None:
        raise PolicyError("the first value cannot be a repeal", where=here)
    if not isinstance(entry["verified"], bool):
        raise PolicyError("verified is true or false", where=here)
    return Parameter(
        name=name,
        article=str(entry["article"]),
        rule=str(entry.get("rule", "")),
        unit=str(entry["unit"]),
        operator=str(entry["operator"]),
        text=str(entry.get("text", "")),
        source=str(entry["source"]),
        verified=entry["verified"],
        dated=dated,
    )


def _dated(name: str, step: Mapping[str, Any], here: str) -> DatedValue:
    _refuse_unknown(step, _DATED, here)
    since = _day(step.get("from"), f"{here}.from")
    if step.get("repealed", False):
        if "value" in step:
            raise PolicyError("a repeal has no value", where=here)
        return DatedValue(None, since)
    if "value" not in step:
        raise PolicyError("value missing", where=here)
    return DatedValue(_scalar(step["value"], PARAMETERS[name], here), since)


def _scalar(value: Any, kind: str, here: str) -> Scalar:
    if kind == "count" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
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
    wanted = {
        "count": "a whole number, 0 or more",
        "flag": "true or false",
        "share": "two whole numbers [k, n] with 0 <= k <= n, for k/n",
        "host types": "a list of host types",
        "levels": "a list of levels",
    }
    raise PolicyError(f"{value!r} is not {wanted[kind]}", where=here)


def _reading(name: str, entry: Any, where: str) -> Reading:
    here = f"{where}: readings.{name}"
    if name not in READINGS:
        _refuse_unknown({name: entry}, tuple(READINGS), f"{where}: readings")
    if isinstance(entry, str):
        entry = {"use": entry}
    if not isinstance(entry, dict):
        raise PolicyError("not a table", where=here, advice=f'write {name} = "{READINGS[name][0]}"')
    _refuse_unknown(entry, _READING, here)
    options = _words(entry.get("options", list(READINGS[name])), here)
    chosen = str(entry.get("use", options[0] if options else ""))
    for option in (*options, chosen):
        if option not in READINGS[name]:
            raise PolicyError(f"no reading {option!r}", where=here, advice=f"use one of {', '.join(READINGS[name])}")
    return Reading(
        name, str(entry.get("rule", "")), str(entry.get("article", "")), str(entry.get("text", "")), options, chosen
    )


def _answers(
    data: Mapping[str, Any], key: str, default: Mapping[str, str], where: str, allowed: Collection[str] | None = None
) -> Mapping[str, str]:
    entries = _table(data, key, where)
    if allowed is not None:
        _refuse_unknown(entries, tuple(allowed), f"{where}: {key}")
    for name, answer in entries.items():
        if answer not in tuple(Answer):
            raise PolicyError(f"{answer!r} is not yes, no or unknown", where=f"{where}: {key}.{name}")
        if allowed is None and not (len(name) == 2 and name.isalnum()):
            raise PolicyError("not the first two characters of a credit code", where=f"{where}: {key}.{name}")
    return MappingProxyType({**default, **entries})


def _table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    entry = data.get(key, {})
    if not isinstance(entry, dict):
        raise PolicyError("not a table", where=f"{where}: {key}", advice=f"write [{key}]")
    return entry


def _words(value: Any, here: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise PolicyError("not a list of texts", where=here)
    if allowed is not None:
        _refuse_unknown(dict.fromkeys(value), tuple(str(word) for word in allowed), here)
    return tuple(str(word) for word in value)


def _day(value: Any, here: str) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise PolicyError(f"{value!r} is not a day", where=here, advice="write it as 2026-11-22, without quotes")


def _need(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if key not in entry]
    if missing:
        raise PolicyError(f"missing: {', '.join(missing)}", where=where)


def _refuse_unknown(entry: Mapping[str, Any], known: Collection[str], where: str) -> None:
    unknown = [key for key in entry if key not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(known), 1)
        advice = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(known))}"
        raise PolicyError(f"unknown: {', '.join(repr(key) for key in unknown)}", where=where, advice=advice)
