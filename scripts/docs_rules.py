"""The rules in Chinese: the registry's facts in the catalogue's words, with the sentences of ``docs/zh/rules.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SENTENCES = Path(__file__).resolve().parents[1] / "docs" / "zh" / "rules.toml"


def render(version: str = "beijing-draft") -> str:
    """Return the page of a policy version."""
    from ipps_geo.compliance.registry import all_rules
    from ipps_geo.policy import READINGS, load_policy
    from ipps_geo.report.words.catalogue import catalogue

    words, policy = catalogue("zh"), load_policy(version)
    told = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    parts = [
        "# 规则逐条\n",
        f"由规则登记处生成，政策版本 `{version}`。每条规则是一个小函数：读哪些列、用哪些数值、何时不符合、何时待定。\n",
        "结论三种：**符合、不符合、待定**（不详，或须人研判）。缺数据从不算符合，也不算不符合。\n",
        "第六、七条的硬性条件约束申请人；对已设立的机构只作研判。\n",
    ]
    for rule in all_rules():
        parts += _rule(words, rule, told[rule.rule_id])
    parts += ["## 数值\n", *_table(("名称", "依据", "规则", "数值", "原文"), _values(policy, words)), ""]
    parts += ["## 口径\n", "条文可作几种理解时，缺省在前；政策文件里可以改，结论里并列其余口径。\n"]
    parts += _table(
        ("口径", "选项，缺省在前"),
        (
            (f"`{name}`", "；".join(f"{_reading(words, name, option)}（`{option}`）" for option in options))
            for name, options in READINGS.items()
        ),
    )
    return "\n".join(parts) + "\n"


def _rule(words: Any, rule: Any, told: dict[str, str]) -> list[str]:
    from ipps_geo.report.words.wording import cite, input_word, rule_title

    inputs = "、".join(dict.fromkeys(input_word(words, name) for name in rule.inputs))
    lines = [
        f"## {rule_title(words, rule.rule_id)}（{cite(words, rule.article)}）\n",
        f"{told['meaning']}\n",
        f"- 性质：{words.label('Severity', rule.severity)}{'（约束申请人）' if rule.condition else ''}",
        f"- 可能的结论：{'、'.join(words.label('Verdict', verdict) for verdict in rule.verdicts)}",
        f"- 不符合：{told['fails']}",
        f"- 待定：{told['open']}",
        f"- 读取：{inputs}",
    ]
    if rule.parameters:
        lines.append(f"- 数值：{'、'.join(f'`{name}`' for name in rule.parameters)}")
    if rule.readings:
        lines.append(f"- 口径：{'、'.join(f'`{name}`' for name in rule.readings)}")
    return [*lines, ""]


def _reading(words: Any, name: str, option: str) -> str:
    key = f"Reading.{name}.{option}"
    return words.text(key) if words.has(key) else option


def _values(policy: Any, words: Any) -> Iterable[tuple[str, ...]]:
    from ipps_geo.report.words.wording import cite

    for each in policy.parameters.values():
        value = each.dated[-1].value
        shown = "、".join(map(str, value)) if isinstance(value, tuple) else str(value)
        yield f"`{each.name}`", cite(words, each.article), each.rule, f"{each.operator} {shown}", each.text


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    from docs_pages import table

    return table(head, rows)
