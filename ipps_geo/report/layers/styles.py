"""QGIS styles as QML text, so that a layer opens drawn, labelled and with headers in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import quoteattr

from ipps_geo.report.symbols import Mark

GEOMETRY_TYPES = {"marker": 0, "line": 1, "fill": 2}


@dataclass(frozen=True)
class Symbol:
    """One QGIS symbol: a marker by shape and size in mm, or a fill with an outline and perhaps a hatch.

    ``text`` is a field whose value stands inside a marker, in white.
    """

    kind: Literal["marker", "fill"]
    colour: str
    outline: str = "#ffffff"
    shape: str = "circle"
    size_mm: float = 3.0
    outline_mm: float = 0.3
    hatch: bool = False
    dashed: bool = False
    text: str = ""


@dataclass(frozen=True)
class Style:
    """How a layer is drawn, and its label: a field, or an expression where ``expression`` says so.

    One symbol; or one per value of ``field`` (value, word, symbol); or one per class of it (lower bound, word, symbol),
    each class ending where the next begins. ``every_label``: none is left out, even where labels meet.
    """

    default: Symbol
    field: str = ""
    categories: tuple[tuple[str, str, Symbol], ...] = ()
    classes: tuple[tuple[float, str, Symbol], ...] = ()
    label: str = ""
    label_size: float = 9.0
    expression: bool = False
    every_label: bool = False
    opacity: float = 1.0


def qml(style: Style, aliases: Mapping[str, str]) -> str:
    """Return ``style`` as a QML document; ``aliases`` are the headers that QGIS shows instead of the field names."""
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields|Rendering" '
        f'labelsEnabled="{int(bool(style.label))}">{drawing(style, aliases)}</qgis>'
    )


def drawing(style: Style, aliases: Mapping[str, str]) -> str:
    """Return the elements by which QGIS draws a layer: those of a style, and of a layer of a project."""
    if style.categories:
        listed = "".join(
            f'<category value={quoteattr(value)} symbol="{place}" label={quoteattr(word)} render="true"/>'
            for place, (value, word, _) in enumerate(style.categories)
        )
        symbols = [symbol for _, _, symbol in style.categories]
        renderer = _renderer("categorizedSymbol", style.field, f"<categories>{listed}</categories>", symbols)
    elif style.classes:
        lows = [low for low, _, _ in style.classes]
        ranges = "".join(
            f'<range lower="{low:g}" upper="{high:g}" symbol="{place}" label={quoteattr(word)} render="true"/>'
            for place, ((low, word, _), high) in enumerate(zip(style.classes, [*lows[1:], 1e9], strict=True))
        )
        symbols = [symbol for _, _, symbol in style.classes]
        renderer = _renderer("graduatedSymbol", style.field, f"<ranges>{ranges}</ranges>", symbols)
    else:
        renderer = _renderer("singleSymbol", "", "", [style.default])
    named = "".join(
        f'<alias index="{place}" field={quoteattr(field)} name={quoteattr(name)}/>'
        for place, (field, name) in enumerate(aliases.items())
    )
    geometry = GEOMETRY_TYPES[style.default.kind]
    return (
        f"{renderer}{_labelling(style)}<layerOpacity>{style.opacity:g}</layerOpacity><aliases>{named}</aliases>"
        f"<layerGeometryType>{geometry}</layerGeometryType>"
    )


def _renderer(kind: str, field: str, parts: str, symbols: Sequence[Symbol]) -> str:
    drawn = "".join(_symbol(symbol, place) for place, symbol in enumerate(symbols))
    by = f"attr={quoteattr(field)} " if field else ""
    return (
        f'<renderer-v2 type="{kind}" {by}graduatedMethod="GraduatedColor" symbollevels="0" forceraster="0" '
        f'enableorderby="0">{parts}<symbols>{drawn}</symbols></renderer-v2>'
    )


def _labelling(style: Style) -> str:
    if not style.label:
        return ""
    point = style.default.kind == "marker"
    # displayAll is what QGIS reads up to 3.24, overlapHandling from 3.26 on.
    overlap = "AllowOverlapIfRequired" if style.every_label else "PreventOverlap"
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(style.label)} isExpression="{int(style.expression)}" '
        f'fontFamily="Microsoft YaHei" fontSize="{style.label_size:g}" fontSizeUnit="Point" textColor="34,34,34,255" '
        'textOpacity="1"><text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" '
        'bufferColor="255,255,255,255" bufferOpacity="0.85"/></text-style>'
        f'<placement placement="{6 if point else 1}" dist="0.8" distUnits="MM" offsetType="1" '
        'predefinedPositionOrder="R,L,TR,BR,TL,BL,TSR,BSR" overlapHandling='
        f'"{overlap}" allowDegraded="0"/>'
        f'<rendering drawLabels="1" obstacle="1" scaleVisibility="0" displayAll="{int(style.every_label)}"/>'
        "</settings></labeling>"
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
        if symbol.text:
            layers += _numeral(symbol)
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


def _numeral(symbol: Symbol) -> str:
    """Return the layer that writes the value of a field into a marker."""
    bound = (
        '<data_defined_properties><Option type="Map"><Option name="name" type="QString" value=""/>'
        '<Option name="properties" type="Map"><Option name="char" type="Map">'
        '<Option name="active" type="bool" value="true"/>'
        f'<Option name="expression" type="QString" value={quoteattr(f"to_string({chr(34)}{symbol.text}{chr(34)})")}/>'
        '<Option name="type" type="int" value="3"/></Option></Option>'
        '<Option name="type" type="QString" value="collection"/></Option></data_defined_properties>'
    )
    options = {
        "font": "Microsoft YaHei",
        "chr": "1",
        "color": "255,255,255,255",
        "size": f"{symbol.size_mm * 0.58:g}",
        "size_unit": "MM",
        "outline_width": "0",
        "horizontal_anchor_point": "1",
        "vertical_anchor_point": "1",
    }
    return _layer("FontMarker", options).replace("</layer>", f"{bound}</layer>")


def _rgba(colour: str) -> str:
    """Return ``#rrggbb`` or ``#rrggbbaa`` as QGIS writes it.

    >>> _rgba("#0072B2")
    '0,114,178,255'
    """
    digits = colour.lstrip("#")
    parts = [int(digits[place : place + 2], 16) for place in range(0, len(digits), 2)]
    return ",".join(str(part) for part in (parts if len(parts) == 4 else [*parts, 255]))


def marker(mark: Mark, *, scale: float = 1.0) -> Symbol:
    """Return a mark of the style source as a QGIS symbol."""
    shape = {"cross": "cross2", "plus": "cross_fill"}.get(mark.shape, mark.shape)
    return Symbol("marker", mark.face, mark.edge, shape, round(mark.size_mm * scale, 2), 0.25)


def category_style(field: str, categories: Sequence[tuple[str, str, Symbol]], label: str = "") -> Style:
    """Return a style with one symbol per value of ``field``."""
    return Style(categories[0][2], field, tuple(categories), label=label)


def class_style(field: str, breaks: Sequence[float], texts: Sequence[str], symbols: Sequence[Symbol]) -> Style:
    """Return a style with one symbol per class of the number in ``field``; ``breaks`` are the lower bounds."""
    return Style(symbols[0], field, classes=tuple(zip(breaks, texts, symbols, strict=True)))
