"""QGIS styles as QML text, so that a layer opens drawn, labelled and with headers in the reader's language."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import quoteattr

GEOMETRY_TYPES = {"marker": 0, "line": 1, "fill": 2}


@dataclass(frozen=True)
class Symbol:
    """One QGIS symbol: a marker by shape and size in mm, or a fill with an outline and perhaps a hatch."""

    kind: Literal["marker", "fill"]
    colour: str
    outline: str = "#ffffff"
    shape: str = "circle"
    size_mm: float = 3.0
    outline_mm: float = 0.3
    hatch: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Style:
    """How a layer is drawn, and its label field.

    One symbol; or one per value of ``field`` (value, word, symbol); or one per class of it (lower bound, symbol), each
    class ending where the next begins.
    """

    default: Symbol
    field: str = ""
    categories: tuple[tuple[str, str, Symbol], ...] = ()
    classes: tuple[tuple[float, Symbol], ...] = ()
    label: str = ""
    label_size: float = 9.0


def qml(style: Style, aliases: Mapping[str, str]) -> str:
    """Return ``style`` as a QML document; ``aliases`` are the headers that QGIS shows instead of the field names."""
    kind = style.default.kind
    if style.categories:
        listed = "".join(
            f'<category value={quoteattr(value)} symbol="{place}" label={quoteattr(word)} render="true"/>'
            for place, (value, word, _) in enumerate(style.categories)
        )
        symbols = "".join(_symbol(symbol, place) for place, (_, _, symbol) in enumerate(style.categories))
        renderer = (
            f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(style.field)} symbollevels="0" forceraster="0" '
            f'enableorderby="0"><categories>{listed}</categories><symbols>{symbols}</symbols></renderer-v2>'
        )
    elif style.classes:
        lows = [low for low, _ in style.classes]
        ranges = "".join(
            f'<range lower="{low:g}" upper="{high:g}" symbol="{place}" label={quoteattr(word)} render="true"/>'
            for place, (low, high, word) in enumerate(zip(lows, [*lows[1:], 1e9], _class_words(lows), strict=True))
        )
        symbols = "".join(_symbol(symbol, place) for place, (_, symbol) in enumerate(style.classes))
        renderer = (
            f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(style.field)} graduatedMethod="GraduatedColor" '
            f'symbollevels="0" forceraster="0" enableorderby="0"><ranges>{ranges}</ranges>'
            f"<symbols>{symbols}</symbols></renderer-v2>"
        )
    else:
        renderer = (
            '<renderer-v2 type="singleSymbol" symbollevels="0" forceraster="0" enableorderby="0">'
            f"<symbols>{_symbol(style.default, 0)}</symbols></renderer-v2>"
        )
    named = "".join(
        f'<alias index="{place}" field={quoteattr(field)} name={quoteattr(name)}/>'
        for place, (field, name) in enumerate(aliases.items())
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields" labelsEnabled="{int(bool(style.label))}">'
        f"{renderer}{_labelling(style)}<aliases>{named}</aliases>"
        f"<layerGeometryType>{GEOMETRY_TYPES[kind]}</layerGeometryType></qgis>"
    )


def _class_words(lows: Sequence[float]) -> list[str]:
    """Return what a legend says of classes of whole numbers.

    >>> _class_words([1, 5])
    ['1–4', '≥ 5']
    """
    return [f"{low:,g}–{high - 1:,g}" for low, high in itertools.pairwise(lows)] + [f"≥ {lows[-1]:,g}"]


def _labelling(style: Style) -> str:
    if not style.label:
        return ""
    placement = "0" if style.default.kind == "marker" else "1"
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(style.label)} isExpression="0" fontFamily="Microsoft YaHei" '
        f'fontSize="{style.label_size:g}" fontSizeUnit="Point" textColor="34,34,34,255" textOpacity="1">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" '
        'bufferOpacity="0.85"/></text-style>'
        f'<placement placement="{placement}" dist="1.5" distUnits="MM" quadOffset="2"/>'
        '<rendering drawLabels="1" obstacle="1" scaleVisibility="0" displayAll="0"/></settings></labeling>'
    )


def _symbol(symbol: Symbol, name: int) -> str:
    if symbol.kind == "marker":
        layers = _layer(
            "SimpleMarker",
            {
                "name": symbol.shape,
                "color": _rgba(symbol.colour),
                "outline_color": _rgba(symbol.outline),
                "outline_width": f"{symbol.outline_mm:g}",
                "outline_width_unit": "MM",
                "size": f"{symbol.size_mm:g}",
                "size_unit": "MM",
            },
        )
    else:
        line = "dash" if symbol.dashed else "solid"
        common = {
            "outline_color": _rgba(symbol.outline),
            "outline_style": line,
            "outline_width": f"{symbol.outline_mm:g}",
            "outline_width_unit": "MM",
        }
        layers = _layer(
            "SimpleFill",
            {"color": _rgba(symbol.colour), "style": "b_diagonal" if symbol.hatch else "solid", **common},
        )
    return f'<symbol type="{symbol.kind}" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">{layers}</symbol>'


def _layer(kind: str, options: Mapping[str, str]) -> str:
    # Both spellings: <Option> is read from QGIS 3.18 on, <prop> before.
    new = "".join(f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in options.items())
    old = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in options.items())
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{new}</Option>{old}</layer>'


def _rgba(colour: str) -> str:
    """Return ``#rrggbb`` or ``#rrggbbaa`` as QGIS writes it.

    >>> _rgba("#0072B2")
    '0,114,178,255'
    """
    digits = colour.lstrip("#")
    parts = [int(digits[place : place + 2], 16) for place in range(0, len(digits), 2)]
    return ",".join(str(part) for part in (parts if len(parts) == 4 else [*parts, 255]))


def category_style(field: str, categories: Sequence[tuple[str, str, Symbol]], label: str = "") -> Style:
    """Return a style with one symbol per value of ``field``."""
    return Style(categories[0][2], field, tuple(categories), label=label)


def class_style(field: str, breaks: Sequence[float], symbols: Sequence[Symbol]) -> Style:
    """Return a style with one symbol per class of the number in ``field``; ``breaks`` are the lower bounds."""
    return Style(symbols[0], field, classes=tuple(zip(breaks, symbols, strict=True)))
