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
    said, more = _word(found[1]), _word(found[2])
    return None if more not in (None, said) else said


def _about(plain: str) -> str | None:
    found = _ABOUT.match(re.sub(r"\s+", "", plain))
    return None if found is None else _word(found[1])
