"""Policy as data: every threshold with its article, unit, operator, dates and source; every reading switchable."""

from __future__ import annotations

from ipps_geo.policy.files import available_policies, load_policy
from ipps_geo.policy.key_industries import industries_of, key_industry_answers
from ipps_geo.policy.model import READINGS, DatedValue, Parameter, Policy, Reading

__all__ = [
    "READINGS",
    "DatedValue",
    "Parameter",
    "Policy",
    "Reading",
    "available_policies",
    "industries_of",
    "key_industry_answers",
    "load_policy",
]
