"""One finding as a page tells it: whom it concerns, how it stands and why, where it is written; which come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.report.words.wording import cite, finding_sentence, rule_title
from ipps_geo.screens.rows import SEVERITIES, verdict_word

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.workspace import Workspace


def worst_first(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows of findings, failures first, then what is undetermined; binding conditions before others in each."""
    order = {"verdict_code": ("FAIL", "UNDETERMINED", "PASS"), "severity_code": SEVERITIES}
    return table.sort_values(list(order), key=lambda codes: codes.map(order[str(codes.name)].index), kind="stable")


def finding_subject(workspace: Workspace, finding: Finding, lang: str) -> str:
    """Return whom a finding concerns, by name."""
    return names_of(workspace, lang).subject(finding.subject)


def finding_line(workspace: Workspace, finding: Finding, lang: str) -> str:
    """Return how a finding stands and why, in a sentence."""
    words = catalogue(lang)
    return f"{verdict_word(words, finding.verdict)} · {finding_sentence(words, finding, names_of(workspace, lang))}"


def cited(finding: Finding, lang: str) -> str:
    """Return the article and the rule of a finding."""
    words = catalogue(lang)
    return f"{cite(words, finding.article)} · {rule_title(words, finding.rule)}"
