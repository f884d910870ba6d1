"""What people typed is text in every medium: one function per medium, used by everything that writes.

A name, an id or a note from a file or a form may hold what another program takes for a command: a formula, a link, an
element, a line break. Each function returns the text so that its medium shows the same characters and nothing happens.
PDF (typst), GeoPackage, JSON and the drawn maps take texts as data and need no function; ``docs/security.md`` lists all
media.
"""

from __future__ import annotations

import html as _html
import re
import unicodedata

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet may take a cell that begins with one of these for a formula."""

_MARKS = re.compile(r"([\\`*_{}\[\]#!|~$<>&]|:(?=[A-Za-z])|^(?:[-+](?=\s)|=|\d+(?=[.)](?:\s|$))))")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_LINK = re.compile(r"(?i)(?<=[a-z]:)(?=//)|(?<=www)(?=\.)|(?=@)")
_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOINER = "\N{WORD JOINER}"
_LONGEST = 80
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def markdown(text: object) -> str:
    r"""Return ``text`` for a place that is read as Markdown (labels, captions and messages of the app).

    Every mark of the language is escaped, so that no picture, link, formula or colour comes of it; an address or a
    short name of a picture is held apart by an invisible joiner, since both are found after the marks are read.

    >>> markdown("![](x) *a* <b>")
    '\\!\\[\\](x) \\*a\\* \\<b\\>'
    >>> markdown("一行\n# 二行")
    '一行 \\# 二行'
    """
    told = _BREAKS.sub(" ", str(text))
    told = _LINK.sub(_JOINER, _EMOJI.sub(f":{_JOINER}", told))
    return _MARKS.sub(_escaped, told)


def html(text: object) -> str:
    """Return ``text`` for an element or an attribute of HTML.

    >>> html('<img src="x">')
    '&lt;img src=&quot;x&quot;&gt;'
    """
    return _html.escape(str(text), quote=True)


def script_json(stated: str) -> str:
    r"""Return JSON for a ``script`` element of HTML: nothing in it can end the element.

    >>> script_json('["</script>"]')
    '["\\u003c/script>"]'
    """
    return stated.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def xml_text(text: object) -> str:
    r"""Return ``text`` for a text of an XML document: a character that XML cannot hold is shown by its code.

    The library that writes the document escapes the marks of XML itself.

    >>> xml_text("甲\x0b公司 <b>\n")
    '甲\\x0b公司 <b>\n'
    """
    return _NOT_XML.sub(lambda found: _shown(found[0]), str(text))


def csv_cell(text: str) -> str:
    """Return ``text`` for a cell of CSV: with an apostrophe before what a spreadsheet would take for a formula.

    Intake takes the apostrophe off again.

    >>> csv_cell("=1+1"), csv_cell("北京")
    ("'=1+1", '北京')
    """
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def log_line(text: object) -> str:
    r"""Return ``text`` for one line of a log: line breaks and other controls are shown, so that no line is forged.

    >>> log_line("a\nERROR all is lost")
    'a\\nERROR all is lost'
    """
    return "".join(
        sign if unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029" else _shown(sign)
        for sign in str(text)
    )


def file_name(text: object) -> str:
    r"""Return ``text``, an id or a name, as part of a file's name that every file system takes.

    >>> file_name("P/01:..\\x"), file_name("站点 1"), file_name("NUL"), file_name("")
    ('P_01____x', '站点_1', '_NUL', '_')
    """
    plain = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in str(text))[:_LONGEST]
    return f"_{plain}" if not plain or _RESERVED.match(plain) else plain


def _escaped(found: re.Match[str]) -> str:
    # A number at the start would begin a list: its own mark, after it, is what can be escaped.
    return f"{found[0]}{_JOINER}" if found[0].isdigit() else f"\\{found[0]}"


def _shown(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
