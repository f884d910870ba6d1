"""Which encoding a text is in, decided by the bytes alone and strictly: nothing is replaced or guessed away."""

from __future__ import annotations

import codecs
import re

from ipps_geo.intake.problems import Refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_SAMPLE = 1 << 16
_WELL_FORMED_PAIRS = 0.9
# Well-formed sequences of UTF-8 beyond ASCII, to tell a UTF-8 file with a few broken bytes from a GBK file.
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(0x80, 0x100))


def decode(data: bytes) -> tuple[str, str]:
    """Return (text, name of the encoding): UTF-8, UTF-16 or UTF-32 with or without a mark, or GB18030 (so also GBK).

    Raises
    ------
    Refusal
        ``encoding_unknown`` with the row of the first byte that fits no encoding; ``nul_bytes`` with the row of the
        first NUL in what is not UTF-16.
    """
    for mark, label, codec in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], codec), label
    if b"\x00" in data:
        unmarked = _unmarked_utf16(data)
        if unmarked is None:
            raise Refusal("nul_bytes", row=data.count(b"\n", 0, data.index(b"\x00")) + 1)
        return _strict(data, unmarked), unmarked
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        broken = error
    if _mostly_utf8(data):
        raise _unknown(data, broken.start)
    return _strict(data, "gb18030"), "gb18030"


def _strict(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise _unknown(data, error.start) from error
    if "\x00" in text:
        raise Refusal("nul_bytes", row=text.count("\n", 0, text.index("\x00")) + 1)
    return text


def _unknown(data: bytes, offset: int) -> Refusal:
    value = data[max(0, offset - 4) : offset + 4].hex(" ")
    return Refusal("encoding_unknown", row=data.count(b"\n", 0, offset) + 1, value=value, offset=offset)


def _unmarked_utf16(data: bytes) -> str | None:
    """Return which UTF-16 it is: commas, digits and line ends put NUL bytes on one side of each pair."""
    sample = data[: _SAMPLE & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) * 20 < len(sample) // 2 or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _mostly_utf8(data: bytes) -> bool:
    high = len(data) - len(data.translate(None, _HIGH))
    covered = sum(len(found) for found in _UTF8_SEQUENCE.findall(data))
    return covered > _WELL_FORMED_PAIRS * high
