"""The rules as a document: which article gives what, which rule checks it, when it fails, or why nothing is checkable.

``python -m ipps_geo.compliance.documentation docs/en/rules.md`` writes it; without a path it goes to standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from ipps_geo.compliance.codes import CODES
from ipps_geo.compliance.registry import Rule, all_rules
from ipps_geo.policy import READINGS, load_policy

ARTICLES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        1: ("purpose and basis", "the title and sources that every policy version carries; nothing to check"),
        2: ("kinds of institutions", "`InstitutionKind`, map layers, and the list of kinds per policy version"),
        3: ("the system of services", "the objective of coverage; nothing to check"),
        4: ("how centres and workstations are set up", "number of centres, parties of agreements, declared units"),
        5: ("how applications go", "routes, steps and their days"),
        6: ("conditions of a centre", "duties, plan, staff, premises"),
        7: ("conditions of a workstation", "applicant, roster, base, staff, premises"),
        8: ("changes", "routes of changes; what a change asks again"),
        9: ("revocation", "notice, evaluation, conduct, notice, ban, release of the roster"),
        10: ("other institutions follow other rules", "the scope guard: holds by construction of the registry"),
        11: ("common duties", "six categories of service; no record of them is asked for, nothing to check"),
        12: ("duties of a centre", "objectives of planning: layout, small enterprises, key industries, online service"),
        13: ("duties of a workstation", "the key service list; information outlets near by are a map layer"),
        14: ("low-cost services by others", "free and low-cost services are no profit-making: read into R20-1"),
        15: ("service list and standards", "duties of the municipal office; nothing to check in a network"),
        16: ("tutors and training", "qualifications of staff are evidence of R6-3a and R7-4; no number to check"),
        17: ("best cases", "an honour, nothing to check"),
        18: ("statistics", "service data of the last complete year"),
        19: ("evaluation", "an evaluation for every year, by that year's indicators"),
        20: ("no profit-making", "findings of conduct; complaints are not taken in"),
        21: ("coordination", "duties of authorities; nothing to check in a network"),
        22: ("funds and equal access", "equity of coverage is measured in planning; no threshold to check"),
        23: ("experts", "personal data stay out; nothing to check"),
        24: ("new technology", "online service is a fact of an institution, not coverage; nothing to check"),
        25: ("interpretation and entry into force", "first day of a version; older stations; unverified values"),
    }
)
"""Each article in a few words, and what it gives the software."""


_UNVERIFIED = "a value that could not be read in a version's text is marked as unverified"


def render() -> str:
    """Return the whole document as Markdown."""
    rules = all_rules()
    parts = [
        "# Rules\n",
        "Generated from the registry by `python -m ipps_geo.compliance.documentation docs/en/rules.md`; do not edit.\n",
        "Verdicts: **PASS**, **FAIL**, **UNDETERMINED** (not known, or for a person to judge). Missing data never pass",
        "and never fail. Severities: *blocking*, *judgement*, *information*, *data quality*; a blocking condition of",
        "Art. 6 or 7 is a matter of judgement for an institution that is established already.\n",
        "## Article by article\n",
        *_table(("Article", "Subject", "What it gives", "Rules"), (_article(number, rules) for number in ARTICLES)),
        "\n## What leaves a rule open\n",
        "Whose absence, contradiction or ambiguity would turn a PASS, so that none is given. Rows that a load left out",
        "leave open whatever they could decide.\n",
        *_table(("Rule", "Undetermined when"), ((entry.rule_id, entry.open_when) for entry in rules)),
        "\n## The rules\n",
        *(_rule(entry) for entry in rules),
        "## Values and readings\n",
        f"From the version `{load_policy().version}`; {_UNVERIFIED}",
        "there and reported by PV-1.\n",
        *_table(("Value", "Article", "Rule", "Operator", "In force", "Unit", "Text"), _values()),
        "",
        *_table(("Reading", "Options, default first"), _readings()),
        "\n## Message codes\n",
        *_table(("Code", "Meaning", "Parameters"), _codes()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _article(number: int, rules: Iterable[Rule]) -> tuple[str, ...]:
    subject, gives = ARTICLES[number]
    own = [entry.rule_id for entry in rules if _belongs(entry) == number]
    return str(number), subject, gives, ", ".join(own) or ("R10-1 (guard)" if number == 10 else "-")


def _belongs(entry: Rule) -> int:
    """Return the article under which a rule is listed: that of its id where it names one, else its citation."""
    name = entry.rule_id.removeprefix("R").partition("-")[0]
    return int(name) if name.isdigit() else int(entry.article.partition("(")[0])


def _rule(entry: Rule) -> str:
    kinds = ", ".join(sorted(kind.value for kind in entry.kinds)) or "-"
    lines = [
        f"### {entry.rule_id} (Art. {entry.article})\n",
        f"{entry.meaning}\n",
        *_details(entry),
        f"- Speaks about: {', '.join(sorted(entry.roles))}; kinds: {kinds}",
        f"- Severity: {entry.severity.value.replace('_', ' ')}{' (of applicants)' if entry.condition else ''}",
        f"- Verdicts: {', '.join(verdict.value for verdict in entry.verdicts)}",
        f"- FAIL: {entry.fails_when}",
        f"- UNDETERMINED when: {entry.open_when}",
        f"- Reads: {', '.join(f'`{name}`' for name in entry.inputs)}",
    ]
    if entry.parameters:
        lines.append(f"- Values: {', '.join(f'`{name}`' for name in entry.parameters)}")
    if entry.readings:
        lines.append(f"- Readings: {', '.join(f'`{name}`' for name in entry.readings)}")
    return "\n".join(lines) + "\n"


def _details(entry: Rule) -> list[str]:
    """Return the further paragraphs of the function's description."""
    text = (entry.check.__doc__ or "").strip().partition("\n")[2]
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return [f"{paragraph}\n" for paragraph in paragraphs if paragraph]


def _values() -> Iterable[tuple[str, ...]]:
    for parameter in load_policy().parameters.values():
        value = parameter.dated[-1].value
        if isinstance(value, tuple):
            shown = "/".join(map(str, value)) if isinstance(value[0], int) else ", ".join(map(str, value))
        else:
            shown = str(value)
        yield (
            f"`{parameter.name}`",
            parameter.article,
            parameter.rule,
            parameter.operator,
            shown,
            parameter.unit,
            parameter.text,
        )


def _readings() -> Iterable[tuple[str, ...]]:
    for name, options in READINGS.items():
        yield f"`{name}`", ", ".join(f"`{option}`" for option in options)


def _codes() -> Iterable[tuple[str, ...]]:
    for name, code in CODES.items():
        yield f"`{name}`", code.meaning, ", ".join(f"`{param}`" for param in code.params) or "-"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines


def main(arguments: list[str]) -> None:
    """Write the document to the path given, or to standard output."""
    text = render()
    if arguments:
        Path(arguments[0]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
