"""What a header means: cut into the parts it is made of (whose, what, unit, datum, question form), then judged by them.

A header is no name of a list: offices write 服务企业全称（盖章）, 经营地址（区、路、号）. Its parts are few.

>>> meaning_of("是否有知识产权公共服务需求").concept, meaning_of("需求内容").concept
('need', '')
>>> meaning_of("年成本（元）").unit, meaning_of("经度（百度坐标）").datum
('元', 'bd09')
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_WORDS = files("ipps_geo.intake") / "words" / "headers.toml"
LONGEST = 60
"""Characters that a header may have; what is longer is a sentence."""
SURE, LIKELY, WEAK = 0.95, 0.9, 0.7
"""Confidence of a header whose parts all fit; of one that its cells should confirm; of one that they must."""

_DATUMS = (
    ("gcj02", r"gcj-?_?(?:02)?|高德|腾讯|火星(?:坐标系?)?|国测局|amap|qq地图|tencent"),
    ("bd09", r"bd-?_?09|百度(?:坐标系?)?|baidu"),
    ("wgs84", r"wgs-?_?(?:84)?|gps|天地图"),
    ("cgcs2000", r"cgcs-?2000|国家2000|大地2000|2000国家|2000坐标|cgcs"),
)
_UNITS = ["万元", "元", "千元", "亿元", "公里", "千米", "km", "米", "m", "人", "家", "名", "个", "平方米", "㎡"]
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "〔": "〕", "【": "】", "《": "》", "「": "」"}
_YES, _NO = (
    frozenset({"是", "有", "√", "需要", "有需求", "yes"}),
    frozenset({"否", "无", "×", "不需要", "无需求", "没有", "no"}),
)
_ENUMERATION = re.compile(r"^(?:\d{1,2}[.、)．]|[(]\d{1,2}[)]|[一二三四五六七八九十]{1,2}、|q\d{1,2}[.、:]?)\s*")
_LOOSE = re.compile(r"[\s*_\-·:/\\、,，;；|\"'“”‘’?？!！.。＊※★●■□~～]+")


@dataclass(frozen=True)
class Meaning:
    """What a header means: ``concept`` ("" is something that no table asks for), how sure, the unit, the datum.

    ``known`` says that the header was understood, so that an empty concept is no riddle.
    """

    concept: str = ""
    confidence: float = 0.0
    unit: str = ""
    datum: str = ""
    known: bool = False


@lru_cache(maxsize=8192)
def meaning_of(header: str) -> Meaning:
    """Return what a header means, by its own words alone."""
    text = unicodedata.normalize("NFKC", header[: LONGEST * 4]).casefold().strip()
    text = _ENUMERATION.sub("", text)
    bare, aside = without_brackets(text)
    if not bare.strip():
        bare, aside = aside, ""
    # A colon with words behind it is a line of a form: 填报单位：海淀区知识产权局.
    if not bare or len(bare) > LONGEST or re.search(r":\s*[^\s:]", bare):
        return Meaning()
    datum = next((name for name, pattern in _DATUMS if re.search(pattern, bare + " " + aside)), "")
    if datum:
        for _, pattern in _DATUMS:
            bare = re.sub(rf"(?:{pattern})(?:地图)?", "", bare)
    unit = next(
        (word for word in _UNITS if word in re.split(r"[^0-9a-z一-鿿㎡]+", aside) or bare.endswith(f"/{word}")), ""
    )
    tail = re.split(r"[/\s|]+", bare)[-1] if re.search(r"[/\s|]", bare) else ""
    both = re.search(r"(?:有|是|需要)[/或]?(?:无|否|不需要)$", bare) is not None
    tail = "" if both or tail not in _YES | _NO else tail
    plain = _LOOSE.sub("", bare[: len(bare) - len(tail)])
    parts, unknown = _cut(plain)
    concept, confidence, known = _judge(parts, unknown, len(plain), aside, tail)
    return Meaning(concept, confidence, unit, datum, known)


def says_whose(group: str) -> bool:
    """Return whether a group of headers is about somebody else than the firm of the row: 母公司, 运营单位, 联系人."""
    parts, _ = _cut(_LOOSE.sub("", without_brackets(unicodedata.normalize("NFKC", group).casefold())[0]))
    return bool({tag for tag, _ in parts} & {"parent", "operator", "person", "contact", "station", "carrier"})


def without_brackets(text: str) -> tuple[str, str]:
    """Return (the text outside of brackets, the texts inside, separated by a blank), in one pass."""
    outside: list[str] = []
    inside: list[str] = []
    closing: list[str] = []
    for letter in text:
        if letter in _BRACKETS:
            closing.append(_BRACKETS[letter])
            inside.append(" ")
        elif closing and letter == closing[-1]:
            closing.pop()
        else:
            (inside if closing else outside).append(letter)
    return "".join(outside), "".join(inside).strip()


@cache
def _words() -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    for tag, words in tomllib.loads(_WORDS.read_text(encoding="utf-8")).items():
        for word in words.split():
            found.setdefault(word, tag)
    return found, max(map(len, found))


def _cut(plain: str) -> tuple[list[tuple[str, str]], int]:
    """Return (parts as (tag, word), number of characters that belong to none): the cut with the fewest of those.

    Of equal cuts the one with the fewest parts counts, so that long words go before short ones.
    """
    words, longest = _words()
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # per end: characters unknown, parts, where the last part begins
    for end in range(1, len(plain) + 1):
        options = [(best[end - 1][0] + 1, best[end - 1][1] + 1, end - 1)]
        options += [
            (best[start][0], best[start][1] + 1, start)
            for start in range(max(0, end - longest), end)
            if plain[start:end] in words
        ]
        best.append(min(options))
    parts, end = [], len(plain)
    while end:
        start = best[end][2]
        word = plain[start:end]
        parts.append((words.get(word, "?"), word))
        end = start
    return parts[::-1], best[len(plain)][0]


def _judge(parts: list[tuple[str, str]], unknown: int, length: int, aside: str, tail: str) -> tuple[str, float, bool]:
    """Return (concept, confidence, whether it was understood)."""
    tags = [tag for tag, _ in parts]
    has = set(tags)
    core = has - {"fill", "matter", "?"}
    if not core:
        return "", 0.0, False
    concept, confidence = _concept(has, aside, tail, [word for _, word in parts], tags[-1])
    if unknown:
        # Unknown words may turn the meaning: 需求 of what, 名称 of what.
        confidence = min(confidence, WEAK if unknown * 2 <= length else 0.0)
        return (concept, confidence, False) if confidence else ("", 0.0, False)
    return concept, confidence, True


_PROPERTIES = ("frame", "former", "host", "legal", "kind", "size", "cost", "capacity", "full_time", "part_time")
_DAYS = ("delisted", "listed", "revoked", "signed", "applied", "operating", "established", "founded")


def _concept(has: set[str], aside: str, tail: str, words: list[str], last: str) -> tuple[str, float]:
    """Return (concept, confidence) of a header whose parts are known."""
    if has & {"lon", "lat", "lonlat"} and not has & {"other", "contact", "code"}:
        both = "lonlat" if len(has & {"lon", "lat"}) != 1 else "lon" if "lon" in has else "lat"
        return both, 0.0 if has & {"detail", "name"} else SURE
    if "need" in has:
        return _need(has, aside, tail, words)
    # 法人 is a person on its own, and a firm where it has a name, a code or a day: 法人名称, 法人成立日期.
    firm = has & {"name", "credit", "day"} and {"法人", "企业法人"} & set(words) and "法人姓名" not in words
    if has & {"contact", "money"} or ("person" in has and not firm and "credit" not in has):
        return "", 0.0
    if "day" in has:
        when = next((name for name in _DAYS if name in has), "founded" if "licence" in has else "")
        when = "established" if when == "founded" and "station" in has else when
        return (when, SURE) if when and not has & {"other", "people"} else ("", 0.0)
    if "credit" in has or ("licence" in has and "name" not in has) or {"code", "parent"} <= has:
        return _code(has)
    return _described(has, aside, words, last)


def _described(has: set[str], aside: str, words: list[str], last: str) -> tuple[str, float]:
    """Return (concept, confidence) of a header that names a property, a place, or somebody."""
    if "people" in has and not has & {"full_time", "part_time"}:
        return "", 0.0
    said = next((name for name in _PROPERTIES if name in has), "")
    if said and not (said == "legal" and re.search(r"大.?中.?小|规模|划型", aside)):
        spoilt = has & ({"other"} if said in ("size", "full_time", "part_time") else {"other", "detail"})
        return ("", 0.0) if spoilt or {"full_time", "part_time"} <= has else (said, SURE)
    if re.search(r"大.?中.?小|规模|划型", aside) and has & {"detail", "legal", "enterprise"}:
        return "size", SURE
    if "carrier" in has and words[-1] in ("类型", "类别", "性质", "属性", "种类", "分类"):
        return "host", SURE
    if has & {"industry", "gbt"}:
        return _industry(has, words)
    if has & {"other", "short", "ask"}:
        return "", 0.0
    if "address" in has and not (last == "unit" and len(words[-1]) > 1):
        return _address(has, words)
    if "unit" in has and not has & {"carrier", "detail"}:
        return "unit", LIKELY if has & {"name", "enterprise", "station"} else SURE
    if "detail" in has and "name" not in has:
        return "", 0.0
    return _named(has | ({"enterprise"} if re.search("企业|公司|单位", aside) else set()))


def _need(has: set[str], aside: str, tail: str, words: list[str]) -> tuple[str, float]:
    if "day" in has:
        return "need_date", SURE
    if "evidence" in has:
        return "need_evidence", SURE
    if has & {"other", "person", "contact", "code", "money", "name", "revoked"}:
        return "", 0.0
    if not has & {"ask", "has"} and {"具体", "主要"} & set(words):
        return "", 0.0
    # 有需求或无需求 asks for either.
    either = ("有" in words and {"无", "没有"} & set(words)) or len(words) > len(set(words))
    denied = "not" in has and not either
    if denied and has & {"ask", "has"}:
        return "need_turned", SURE  # 是否无需求: yes there says no
    if tail in _NO or (denied and not has & {"ask", "has"}):
        return "need_no", SURE
    if "detail" in has:
        # 是否有需求及需求内容 may be answered either way: the cells decide.
        return ("need", WEAK) if "ask" in has else ("", 0.0)
    answered = re.search(r"[是有√y][/、或]?[否无×n]", aside) is not None
    return "need", SURE if has & {"ask", "has"} or answered or tail in _YES else LIKELY


def _code(has: set[str]) -> tuple[str, float]:
    if "short" in has or ("name" in has and "code" not in has):
        return "", 0.0
    if "person" in has and "parent" not in has:
        return "", 0.0
    sure = SURE if "credit" in has or "parent" in has else WEAK
    if "parent" in has:
        return "parent_uscc", SURE
    if "operator" in has or ("carrier" in has and "enterprise" not in has):
        return "operator_uscc", sure
    return "uscc", sure


def _industry(has: set[str], words: list[str]) -> tuple[str, float]:
    if has & {"other", "station", "operator", "person", "ask"}:
        return "", 0.0
    # Of several levels the finest tells most; a code tells more than a name.
    level = next(
        (turn for turn, word in enumerate(("小类", "中类", "大类", "门类")) if any(word in own for own in words)), 1
    )
    return "industry", SURE - 0.005 * level + (0.004 if "code" in has else 0.0)


def _address(has: set[str], words: list[str]) -> tuple[str, float]:
    if has & {"detail", "code"} - {"code"}:
        return "", 0.0
    said = "".join(words)
    rank = (
        0.97
        if re.search("经营|办公|生产|实际", said)
        else 0.94
        if re.search("注册|登记|住所|通[讯信]|法定", said)
        else 0.95
    )
    return "address", rank if "".join(words) not in ("位置", "地点", "场所", "所在位置") else WEAK


def _named(has: set[str]) -> tuple[str, float]:
    code, name = "code" in has, "name" in has
    if "parent" in has:
        return "", 0.0
    for whose, concept in (("operator", "operator"), ("station", "station"), ("carrier", "carrier")):
        if whose in has and "enterprise" not in has:
            return (f"{concept}_code", SURE) if code and not name else (concept, SURE if name else LIKELY)
    if "enterprise" in has:
        if code:
            return ("enterprise_code", SURE) if not name else ("", 0.0)
        return "name", SURE if name else LIKELY
    return ("name", LIKELY) if name and not code and "matter" not in has else ("", 0.0)
