"""How people answer yes or no in a cell: words, ticks, boxes, letters, numbered options, with and without a remark.

>>> answer("有（商标）"), answer("2.否"), answer("□是 ☑否"), answer("待定"), answer("已提供")
(('yes', 'answer_writing'), ('no', 'answer_writing'), ('no', 'answer_writing'), ('unknown', ''), (None, ''))
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib.resources import files

from ipps_geo.vocabulary import Answer, recognise

_WORDS = {
    meaning: frozenset(words.split())
    for meaning, words in tomllib.loads(
        (files("ipps_geo.intake") / "words" / "yes_no.toml").read_text(encoding="utf-8")
    ).items()
}
NO_WORDS = _WORDS["no"]
"""Words for no; some of them stand for a blank where no answer is asked for."""
_OPTION = re.compile(r"^(?:[1-9a-d①②③④][.、):．,\s]*|选项[1-9a-d][.、:]?\s*)(?=\S)")
_REMARK = re.compile(r"^(.{1,6}?)\s*[(\[{:,;，。;、\-—–\s]\s*(.+?)[)\]}]?$")
_TICKED, _OPEN = "☑☒✓✔√■●v", "☐□○◯_"
_BOX = re.compile(rf"([{_TICKED}{_OPEN}])\s*(是|否|有需求|无需求|有|无|不需要|需要|没有)")
_BOX_BEHIND = re.compile(rf"(是|否|有需求|无需求|有|无|不需要|需要|没有)\s*[(\[]?\s*([{_TICKED}{_OPEN}])")
# What a need may be about: 有专利检索需求, 无知识产权服务需求.
_SUBJECT = (
    r"(?:明确|的|等|及|和|与|、|类|方面|相关|公共|企业|专利|商标|版权|著作权|软著|知识产权|知产|地理标志|商业秘密|集成电路布图设计|"
    r"维权|援助|检索|查新|导航|质押|融资|保险|培训|咨询|服务|申请|注册|登记|预警|分析|布局|托管|转化|运用|保护|代理|信息|数据|贯标|运营|"
    r"需求|需要|诉求|意向|意愿)+"
)
_ABOUT = re.compile(rf"^(有|需要|需|存在|无|没有|不需要|无需|暂无)({_SUBJECT})$")


_TAKEN_BACK = re.compile(
    r"撤回|撤销|取消|作废|失效|放弃|不再|终止|不明确|不确定|不清楚|待定|待核|未定|现无|已无|不属实"
)
_SIGN = r"(?<![0-9a-z])([0-9a-z])(?![0-9a-z])"
_SAID = r"(不需要|没有需求|无需求|有需求|没有|需要|有|无|是|否|不详|未知|不清楚)"
_LINK = r"\s*(?:[:=.、\-—]|为|代表|表示)?\s*"
_LEGEND = re.compile(rf"{_SIGN}{_LINK}{_SAID}"), re.compile(rf"{_SAID}{_LINK}{_SIGN}")


def legend_of(header: str) -> dict[str, str]:
    """Return what signs stand for which answer where a header says so: 是否有需求（1=无，2=有）.

    >>> legend_of("是否有需求（0有 1无）"), legend_of("有无需求（有1无2）"), legend_of("是否有需求（1-3项）")
    ({'0': 'yes', '1': 'no'}, {'1': 'yes', '2': 'no'}, {})
    """
    plain = unicodedata.normalize("NFKC", header).casefold()
    begins = [found.start() for found in (pattern.search(plain) for pattern in _LEGEND) if found is not None]
    if not begins:
        return {}
    first, second = (pattern.findall(plain) for pattern in _LEGEND)
    pairs = {sign: _word(said) or "" for sign, said in first}
    turned = {sign: _word(said) or "" for said, sign in second}
    behind = _LEGEND[1].search(plain)
    before = _LEGEND[0].search(plain)
    chosen = turned if before is None or (behind is not None and behind.start() < before.start()) else pairs
    return chosen if {"yes", "no"} <= set(chosen.values()) else {}


def told_by(legend: dict[str, str], text: str) -> str | None:
    """Return the answer that a sign of a legend stands for; a single sign that it does not hold is no answer ("")."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return legend.get(plain, "" if re.fullmatch(r"[0-9a-z]", plain) else None) if legend else None


def answer(text: str) -> tuple[str | None, str]:
    """Return (yes, no or unknown, note), None where the text is no answer: 已提供 says nothing of a need."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain = plain.strip("。.!！;；,，\"'“”‘’ ")
    known = recognise(Answer, plain) if plain else None
    if known is not None:
        return known.value, ""
    word = _word(plain)
    if word is not None:
        return word, "" if word == "unknown" or len(plain) == 1 else "answer_writing"
    for read in (_boxes, _option, _remark, _about):
        word = read(plain)
        if word is not None:
            return word, "answer_writing"
    return None, ""


def _word(plain: str) -> str | None:
    bare = re.sub(r"\s+", "", plain)
    return next((meaning for meaning, words in _WORDS.items() if bare in words), None)


def _boxes(plain: str) -> str | None:
    """Return the one option that is ticked of 是 and 否 in one cell."""
    before = plain[:1] in _TICKED + _OPEN
    marks = _BOX.findall(plain) if before else [(mark, word) for word, mark in _BOX_BEHIND.findall(plain)]
    ticked = {_word(word) for mark, word in marks if mark in _TICKED}
    return ticked.pop() if len(marks) > 1 and len(ticked) == 1 else None


def _option(plain: str) -> str | None:
    """Return the answer behind the number of an option: 1.是, B、否."""
    behind = _OPTION.sub("", plain, count=1)
    if behind == plain:
        return None
    return _word(behind) or _about(behind) or _remark(behind)


def _remark(plain: str) -> str | None:
    """Return the answer that a remark follows; one that the remark takes back (是/否) is none."""
    found = _REMARK.match(plain)
    if found is None:
        return None
    said, more = _word(found[1]), _word(found[2].strip(_TICKED + _OPEN + " "))
    taken_back = said == "yes" and _TAKEN_BACK.search(found[2]) is not None
    return None if taken_back or more not in (None, said) else said


def _about(plain: str) -> str | None:
    found = _ABOUT.match(re.sub(r"\s+", "", plain))
    return None if found is None else _word(found[1])
