"""The words of the Measure, article by article, of the versions whose text is at hand."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

_VERSIONS = resources.files("ipps_geo.policy") / "versions"
_HEAD = re.compile(r"第(\d+)条\s*(?:【.*?】)?")
_CHAPTER = re.compile(r"第\d+章")
_PLACE = re.compile(r"(\d+)(?:\((\d+)\))?")
_NUMERALS = "一二三四五六七八九十"


def article_text(version: str, article: str) -> str | None:
    """Return what an article says, or that item or paragraph of it; None where the text is not at hand.

    ``version`` may carry readings, which change no word of the text.

    >>> article_text("beijing-draft", "4(4)")
    '每个区设立一家区中心，若干工作站。'
    >>> article_text("beijing-draft+one_year=strict", "7(4)")[:17]
    '（四）拥有知识产权公共服务工作团队'
    >>> article_text("beijing-draft", "99") is None
    True
    """
    place = _PLACE.fullmatch(article)
    lines = _articles(version.partition("+")[0]).get(int(place[1])) if place else None
    if place is None or not lines:
        return None
    if place[2] is None:
        return "\n".join(lines)
    number = int(place[2])
    items = [line for line in lines if line.startswith(f"（{_NUMERALS[(number - 1) % 10]}）")]
    if items:
        return items[0]
    return lines[number - 1] if number <= len(lines) else None


@lru_cache(maxsize=8)
def _articles(version: str) -> dict[int, tuple[str, ...]]:
    source = _VERSIONS / f"{version}.zh.txt"
    if not source.is_file():
        return {}
    found: dict[int, list[str]] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        head = _HEAD.match(line)
        if head:
            found[int(head[1])] = [line[head.end() :].strip()]
        elif found and not _CHAPTER.match(line):
            found[max(found)].append(line.strip())
    return {number: tuple(lines) for number, lines in found.items()}
