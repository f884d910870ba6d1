"""The plain sheet of every workbook: a title, a note, a frozen header with filters, typed cells, a page that prints.

Text is always written as text: a company name that begins with ``=`` is shown, never calculated.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ipps_geo.files import write_bytes
from ipps_geo.report.book.chart import Chart, chart_rows, draw_chart
from ipps_geo.report.words.catalogue import Catalogue, is_missing
from ipps_geo.report.words.edition import edition_lines, edition_mark, is_withheld
from ipps_geo.report.words.loads import load_warning
from ipps_geo.report.words.policy import policy_name

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import Provenance

Kind = Literal["text", "wrap", "integer", "number", "figure", "small", "degrees", "share", "date"]
"""How a cell is written; a ``figure`` is a number where it is one, else a text (a range, a word)."""

BLUE, PALE, GREY, AMBER = "#1F4E79", "#DDEBF7", "#595959", "#FFF2CC"
PRINTED_WIDTH = 210
"""Characters across that an A4 page in landscape shows at about 7 points: what can still be read."""
VERDICT_COLOURS = {"PASS": "#DFF0E4", "FAIL": "#F8D7CD", "UNDETERMINED": "#FFF2CC"}


class Withheld(str):
    """The word in the cell of a number that a public edition does not show."""

    __slots__ = ()


@dataclass(frozen=True)
class Field:
    """One column of a sheet: the frame's column, how its cells are typed, its width in characters (0: from the cells).

    ``tinted`` cells take the colour of the row's verdict.
    """

    name: str
    kind: Kind = "text"
    width: int = 0
    header: str = ""
    tinted: bool = False


ROSTER_FIELDS = (
    Field("enterprise_id"),
    Field("uscc", width=22),
    Field("name", "wrap", 36),
    Field("industry_codes", "wrap", 18),
    Field("explicit_need"),
    Field("unit_name", width=16),
    Field("distance_m", "integer"),
)
"""Columns of a roster, the same in every workbook that prints one."""


TEXTS = frozenset({"text", "wrap"})
"""Kinds of columns whose cells are text that wraps."""

CELL_SHAPES: Mapping[str, Mapping[str, Any]] = {
    "blank": {},
    "withheld": {"align": "right", "font_color": GREY},
    "figure": {"text_wrap": True, "align": "right"},
    "text": {"text_wrap": True, "indent": 1},
    "integer": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.00"},  # not "#,##0.##": Excel would leave the point of a whole number standing
    "small": {"num_format": "0.0000"},
    "degrees": {"num_format": "0.00000"},
    "share": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
}
"""What a cell's format has beyond the font and the edge, by what stands in it."""


@dataclass(eq=False)
class Book:
    """A workbook under construction; :meth:`save` writes it as a whole.

    The creation date inside is the data date, so that the same result gives the same bytes.
    """

    words: Catalogue
    title: str
    provenance: Provenance
    _buffer: io.BytesIO = field(default_factory=io.BytesIO)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        import xlsxwriter

        # A cell is never guessed to be a formula, a link or a number from what its text looks like.
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(self._buffer, {**options, "in_memory": True, "nan_inf_to_errors": False})
        made_on = self.provenance.data_date or dt.date(2000, 1, 1)
        self._book.set_properties(
            {
                "title": self.title,
                "comments": self.words.text("page.synthetic_banner") if self.provenance.synthetic else "",
                "created": dt.datetime(made_on.year, made_on.month, made_on.day, tzinfo=dt.UTC),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._asked: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._cell_styles: dict[tuple[object, ...], Any] = {}

    def style(self, **options: Any) -> Any:
        """Return the cell format with ``options`` over the book's own font."""
        asked = tuple(options.items())
        if asked not in self._asked:  # every cell asks: the same words in the same order are not sorted again
            wanted = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter", **options}
            key = tuple(sorted(wanted.items()))
            if key not in self._formats:
                self._formats[key] = self._book.add_format(wanted)
            self._asked[asked] = self._formats[key]
        return self._asked[asked]

    def sheet(self, name: str) -> Any:
        """Add a sheet; the name is cut and made unique as Excel demands."""
        cleaned = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:31] or "-"
        unique, number = cleaned, 2
        while unique.casefold() in self._used:
            tail = f" {number}"
            unique, number = cleaned[: 31 - len(tail)] + tail, number + 1
        self._used.add(unique.casefold())
        made = self._book.add_worksheet(unique)
        made.hide_gridlines(2)
        made.set_paper(9)
        made.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.8)
        made.set_header(f"&L{_header_text(self.title)}&R{_header_text(self._stamp())}")
        made.set_footer(f"&L{_header_text(self._origin())}&R{self.words.entries['page.page_of']}", {"margin": 0.35})
        return made

    def _banner(self) -> list[str]:
        """Return what every sheet warns of: demonstration data, and whatever a load left out."""
        banner = [self.words.text("page.synthetic_banner")] if self.provenance.synthetic else []
        return edition_lines(self.words, self.provenance) + banner + load_warning(self.words, self.provenance.loaded)

    def _stamp(self) -> str:
        mark = edition_mark(self.words, self.provenance) or self.words.text("page.internal")
        return " · ".join([mark, self.words.text("page.synthetic")]) if self.provenance.synthetic else mark

    def _origin(self) -> str:
        origin = self.provenance
        return " · ".join(
            (
                self.words.text("page.data_date", date=origin.data_date),
                self.words.text("page.policy", version=policy_name(self.words, origin, 0)),
                self.words.text("page.software", version=origin.software_version),
                self.words.text("page.content_hash", hash=origin.content_hash[:12]),
            )
        )

    def heading(self, sheet: Any, title: str, notes: Sequence[str], width: int) -> int:
        """Write the title, the demonstration banner and the notes; return the next free row."""
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, title, self.style(bold=True, font_size=15, font_color=BLUE))
        row = 1
        banner = self._banner()
        for number, note in enumerate([*banner, *notes]):
            warned = number < len(banner)
            style = (
                self.style(text_wrap=True, bg_color=AMBER, bold=True)
                if warned
                else self.style(text_wrap=True, font_color=GREY)
            )
            sheet.merge_range(row, 0, row, max(width - 1, 1), "", style)
            sheet.write_string(row, 0, note, style)
            row += 1
        return row

    def table(
        self,
        name: str,
        title: str,
        frame: pd.DataFrame,
        fields: Sequence[Field],
        notes: Sequence[str] = (),
        *,
        verdict: str = "",
        chart: Chart | None = None,
    ) -> Any:
        """Add a sheet with ``frame``: one header row, filters, a frozen pane, widths that fit, an A4 page set-up.

        A page shows the first columns, as many as can be read on it; a note names those that it leaves to the screen.

        ``verdict`` names the column of PASS, FAIL and UNDETERMINED codes by which rows are tinted; the words themselves
        stand in the cells, so colour is never the only sign.
        """
        sheet = self.sheet(name)
        widths = [_width(entry, self.words, frame) for entry in fields]
        printed = max(sum(total <= PRINTED_WIDTH for total in itertools.accumulate(widths)), 1)
        if printed < len(fields):
            left = self.words.text("page.list_joiner").join(self._header(entry) for entry in fields[printed:])
            notes = [*notes, self.words.text("workbook.note_print", columns=left)]
        top = self.heading(sheet, title, notes, printed)
        header = self.style(bold=True, bg_color=BLUE, font_color="#FFFFFF", text_wrap=True, align="center", border=1)
        lines = 1
        for column, entry in enumerate(fields):
            text = self._header(entry)
            sheet.write_string(top, column, text, header)
            sheet.set_column(column, column, widths[column])
            lines = max(lines, _lines(text, widths[column]))
        sheet.set_row(top, 15 * lines + 6)
        self._note_heights(sheet, notes, sum(widths[:printed]))
        codes = list(frame[verdict]) if verdict and len(frame) else [""] * len(frame)
        columns = [self._shown(frame, entry) for entry in fields]
        # Excel would fit the heights itself, LibreOffice and viewers do not.
        tall = _tall_rows((columns[at], widths[at]) for at, entry in enumerate(fields) if entry.kind in TEXTS)
        told = [(at, columns[at], entry.kind, entry.tinted) for at, entry in enumerate(fields)]
        plain: Mapping[str, Any] = {}
        for offset, code in enumerate(codes):
            row = top + 1 + offset
            if offset in tall:
                sheet.set_row(row, min(14.5 * tall[offset] + 3, 409))
            tint = {"bg_color": VERDICT_COLOURS[str(code)]} if str(code) in VERDICT_COLOURS else plain
            for column, values, kind, tinted in told:
                self.write_cell(sheet, row, column, values[offset], kind, tint if tinted else plain)
        if not len(frame):
            sheet.write_string(top + 1, 0, self.words.text("page.no_rows"), self.style(font_color=GREY, italic=True))
        else:
            sheet.autofilter(top, 0, top + len(frame), len(fields) - 1)
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)
        below = chart_rows(chart, len(frame)) if chart else 0
        sheet.print_area(0, 0, top + max(len(frame), 1) + below, printed - 1)
        if sum(widths[:printed]) > 95:
            sheet.set_landscape()
        if chart and len(frame):
            draw_chart(self._book, sheet, chart, top, [entry.name for entry in fields], len(frame))
        return sheet

    def _shown(self, frame: pd.DataFrame, entry: Field) -> list[object]:
        """Return the values of a column; where a public edition hides one, the word that says so."""
        values = list(frame[entry.name])
        if "not_shown" not in frame:
            return values
        word = Withheld(self.words.text("page.withheld"))
        hidden = [is_withheld({"not_shown": told}, entry.name) for told in frame["not_shown"]]
        return [word if is_hidden else value for value, is_hidden in zip(values, hidden, strict=True)]

    def _header(self, entry: Field) -> str:
        return entry.header or self.words.column(entry.name)

    def _note_heights(self, sheet: Any, notes: Sequence[str], width: float) -> None:
        banner = self._banner()
        for number, note in enumerate([*banner, *notes]):
            sheet.set_row(1 + number, 17 * max(1, -(-_cells(note) // max(int(width) - 2, 10))))

    def write_cell(
        self, sheet: Any, row: int, column: int, value: object, kind: Kind, shade: Mapping[str, Any]
    ) -> None:
        """Write one value by its kind; a missing value leaves a bordered blank, never a zero."""
        if type(value) is str and value and kind in TEXTS:  # most cells by far
            sheet.write_string(row, column, value[:32767], self._cell_style("text", shade))
        elif is_missing(value) or value == "":
            sheet.write_blank(row, column, None, self._cell_style("blank", shade))
        elif isinstance(value, Withheld):
            sheet.write_string(row, column, value, self._cell_style("withheld", shade))
        elif kind == "figure" and (isinstance(value, bool) or not isinstance(value, (int, float))):
            sheet.write_string(row, column, str(value)[:32767], self._cell_style("figure", shade))
        elif kind in TEXTS:
            sheet.write_string(row, column, str(value)[:32767], self._cell_style("text", shade))
        elif kind == "integer":
            sheet.write_number(row, column, round(value), self._cell_style(kind, shade))  # type: ignore[call-overload]
        elif kind in ("number", "figure"):
            whole = float(value).is_integer()  # type: ignore[arg-type]
            shape = self._cell_style("integer" if whole else "number", shade)
            sheet.write_number(row, column, float(value), shape)  # type: ignore[arg-type]
        elif kind == "date":
            day = value.date() if isinstance(value, dt.datetime) else value
            sheet.write_datetime(row, column, day, self._cell_style(kind, shade))
        else:
            sheet.write_number(row, column, float(value), self._cell_style(kind, shade))  # type: ignore[arg-type]

    def _cell_style(self, shape: str, shade: Mapping[str, Any]) -> Any:
        """Return the format of a cell, looked up by its shape and tint: there are many cells and few formats."""
        asked = (shape, *shade.items())
        if asked not in self._cell_styles:
            edge = {"border": 1, "border_color": "#BFBFBF", **shade}
            self._cell_styles[asked] = self.style(**{**CELL_SHAPES[shape], **edge})
        return self._cell_styles[asked]

    def save(self, path: str | Path) -> Path:
        """Close the book and write it to ``path`` as a whole."""
        return write_bytes(path, self.content())

    def content(self) -> bytes:
        """Close the book and return it as bytes."""
        self._book.close()
        return self._buffer.getvalue()


def number_kind(name: str) -> Kind:
    """Return how a column of numbers is shown, by what its name says: metres whole, shares in per cent, access small.

    >>> number_kind("nearest_p95_m"), number_kind("lorenz_share"), number_kind("access_e2sfca_min")
    ('integer', 'share', 'small')
    """
    if name in ("lon", "lat"):
        return "degrees"
    if name.endswith("share") or name == "gap":
        return "share"
    if name.startswith(("access_", "gini", "theil")):
        return "small"
    return "integer" if name.endswith("_m") else "number"


def _header_text(text: str) -> str:
    # An ampersand starts a code in Excel's headers.
    return text.replace("&", "&&")


#: Characters that take two half-width cells.
_WIDE = re.compile("[\u2e80-\U0010ffff]")


def _cells(text: str) -> int:
    """Width of a text in half-width cells: a Chinese character takes two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _lines(value: object, width: float) -> int:
    """Lines that a value takes in a column of ``width`` characters."""
    if is_missing(value):
        return 1
    room = max(int(width) - 2, 1)
    text = str(value)
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return sum(max(1, -(-_cells(line) // room)) for line in text.split("\n"))


def _tall_rows(columns: Iterable[tuple[Sequence[object], float]]) -> dict[int, int]:
    """Lines of each row that takes more than one, from (values, width) of the columns whose text is wrapped."""
    tall: dict[int, int] = {}
    for values, width in columns:
        short = max(int(width) - 2, 1) // 2
        for row, value in enumerate(values):
            if type(value) is str and len(value) <= short and "\n" not in value:
                continue
            lines = _lines(value, width)
            if lines > 1:
                tall[row] = max(lines, tall.get(row, 1))
    return tall


def _width(entry: Field, words: Catalogue, frame: pd.DataFrame) -> float:
    if entry.width:
        return entry.width
    header = entry.header or words.column(entry.name)
    # A header may take two lines; the cells decide beyond that.
    wanted = max(-(-_cells(header) // 2) + 5, 8)
    shown = frame[entry.name].head(500) if entry.name in frame else []
    if entry.kind == "text":
        wanted = max([wanted, *(_cells(str(value)) + 2 for value in shown if not is_missing(value))])
    elif entry.kind == "date":
        wanted = max(wanted, 12)
    elif entry.kind != "wrap":
        wanted = max(wanted, 10)
    return min(wanted, 60 if entry.kind == "wrap" else 42)
