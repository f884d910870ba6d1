"""JSON Schemas of the documents, and the version that each document states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

DocumentKind = Literal[
    "error", "plan", "audit", "assessment", "coverage", "repair",
    "atlas", "check", "update", "templates", "demonstration", "partitions", "national", "region",
]  # fmt: skip

VERSIONS: Mapping[DocumentKind, int] = dict.fromkeys(get_args(DocumentKind), 1)
"""Version of each document. A key may be added within a version; one that goes or changes its meaning begins a new."""


def stated(kind: DocumentKind) -> dict[str, str]:
    """Return the entry by which a document says what it is.

    >>> stated("plan")
    {'schema': 'ipps-geo/plan/1'}
    """
    return {"schema": f"ipps-geo/{kind}/{VERSIONS[kind]}"}


def schema(kind: DocumentKind) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document.

    >>> schema("audit")["properties"]["schema"]
    {'const': 'ipps-geo/audit/1'}
    """
    told = _schemas()[kind]
    name = stated(kind)["schema"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
        "type": "object",
        **told,
        "required": ["schema", *told["required"]],
        "properties": {"schema": {"const": name}, **told["properties"]},
        "$defs": _schemas()["$defs"],
    }


@lru_cache(maxsize=1)
def _schemas() -> dict[str, Any]:
    return dict(json.loads(files("ipps_geo.results").joinpath("schemas.json").read_text(encoding="utf-8")))
