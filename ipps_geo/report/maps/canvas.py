"""A sheet of paper for maps: text in a font that holds Chinese, panels in metres, a file without a clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.errors import BadInput
from ipps_geo.files import written_beside
from ipps_geo.regions import Region
from ipps_geo.report.fonts import drawable, find_font, require_maps
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.edition import map_notice
from ipps_geo.report.words.loads import load_warning
from ipps_geo.report.words.policy import policy_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ipps_geo.results import Provenance

Extent = tuple[float, float, float, float]
"""West, south, east, north, in metres of the region's CRS."""

INK, FAINT, PAPER, AMBER = "#222222", "#6B6B6B", "#FFFFFF", "#FFE08A"
FORMATS = (".png", ".svg", ".pdf")
PAPERS: Mapping[str, tuple[float, int]] = {"screen": (14.0, 150), "a4": (11.69, 300), "a3": (16.54, 300)}
"""Width in inches at which a picture is to be seen, and its dots per inch there; a page is laid out once for all."""


@dataclass(eq=False)
class Canvas:
    """One page: a figure in inches and the words of one language for one region (the embedded one by default).

    ``furniture`` is what stands over its panels.
    """

    lang: str = "zh"
    size_in: tuple[float, float] = (14.0, 10.0)
    dpi: int = 150
    print_dpi: int = 0
    region: Region | None = None
    figure: Figure = field(init=False)
    words: Catalogue = field(init=False)
    furniture: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        require_maps()
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.words = catalogue(self.lang, self.region)
        self.figure = Figure(figsize=self.size_in, dpi=self.dpi, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self._font = find_font()

    def placed(self, name: str, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Note the box, in pixels, that a piece of furniture takes over a panel, and return it."""
        self.furniture.append((name, box))
        return box

    def font(self, size: float) -> Any:
        """Return matplotlib's font properties at ``size`` points."""
        from matplotlib.font_manager import FontProperties

        return FontProperties(fname=str(self._font.path), size=size)

    def write(self, where: Any, x: float, y: float, text: str, size: float = 9, **options: Any) -> Any:
        """Put ``text`` on the figure or on axes; characters that the font lacks become the geta mark."""
        options = {"color": INK, "parse_math": False, **options}
        return where.text(x, y, drawable(text, self._font), fontproperties=self.font(size), **options)

    def text_size_px(self, text: str, size: float) -> tuple[float, float]:
        """Return width and height of ``text`` in pixels."""
        from matplotlib.textpath import TextPath

        if not text.strip():
            return 0.0, 0.0
        path = TextPath((0, 0), drawable(text, self._font), prop=self.font(size))
        # The hull of the outline's own points: a curve's exact extent costs a hundred times as much and differs by less
        # than a pixel. What closes an outline carries no place.
        across = path.vertices[path.codes != path.CLOSEPOLY, 0]
        width = float(across.max() - across.min()) if len(across) else 0.0
        scale = self.dpi / 72
        return width * scale, float(size * 1.15 * scale)

    def panel(self, rect: tuple[float, float, float, float], extent: Extent, *, frame: bool = True) -> Axes:
        """Add a map panel at ``rect`` (figure shares) that shows at least ``extent``, one scale both ways."""
        axes = self.figure.add_axes(rect)
        width_px = rect[2] * self.size_in[0] * self.dpi
        height_px = rect[3] * self.size_in[1] * self.dpi
        west, south, east, north = fitted(extent, width_px / height_px)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set_visible(frame)
            side.set_color(FAINT)
            side.set_linewidth(0.8)
        return axes

    def title(self, title: str, subtitle: str = "", *, synthetic: bool = False) -> None:
        """Write the head of the page, with the demonstration mark where data are synthetic."""
        self.write(self.figure, 0.02, 0.972, title, 20, va="top", fontweight="bold")
        if subtitle:
            self.write(self.figure, 0.02, 0.922, subtitle, 11.5, va="top", color=FAINT)
        if synthetic:
            self.write(
                self.figure, 0.98, 0.972, self.words.text("page.synthetic"), 15, ha="right", va="top",
                bbox={"boxstyle": "round,pad=0.35", "facecolor": AMBER, "edgecolor": "#9A6B00"},
            )  # fmt: skip

    def footer(self, provenance: Provenance, notes: Sequence[str] = (), crs: str = "") -> None:
        """Write notice, CRS, dates, versions and sources at the foot of the page; ``crs`` where it is another one."""
        words = self.words
        self.write(self.figure, 0.02, 0.082, map_notice(words, provenance), 11.5, va="top", color="#B00020")
        lines = [
            " · ".join(
                (
                    words.text("page.crs_of_city", crs=crs) if crs else words.text("page.crs_map"),
                    words.text("page.data_date", date=provenance.data_date),
                    words.text("page.policy", version=policy_name(words, provenance)),
                    words.text("page.software", version=provenance.software_version),
                    words.text("page.content_hash", hash=provenance.content_hash[:12]),
                )
            ),
            words.text("page.sources", sources=source_line(words, provenance)),
            " ".join([*load_warning(words, provenance.loaded), *notes]),
        ]
        width = self.size_in[0] * self.dpi * 0.96
        self.write(
            self.figure, 0.02, 0.056, "\n".join(self.clipped(line, 8, width) for line in lines if line), 8,
            va="top", color=FAINT, linespacing=1.5,
        )  # fmt: skip

    def clipped(self, text: str, size: float, width_px: float) -> str:
        """Return ``text`` shortened with an ellipsis so that it fits ``width_px``."""
        if self.text_size_px(text, size)[0] <= width_px:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.text_size_px(text[:middle] + "…", size)[0] <= width_px:
                low = middle
            else:
                high = middle - 1
        return text[:low] + "…"

    def save(self, path: str | Path) -> Path:
        """Write the page as PNG, SVG or PDF by the suffix of ``path``; the same page gives the same bytes."""
        import matplotlib

        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in FORMATS:
            raise BadInput("report.map_format", where=str(target), suffix=suffix or "a file without suffix")
        stated: dict[str, dict[str, Any]] = {
            ".png": {"Software": "ipps-geo"},
            ".svg": {"Date": None, "Creator": "ipps-geo"},
            ".pdf": {"CreationDate": None, "Creator": "ipps-geo", "Producer": "ipps-geo"},
        }
        # A picture says how wide it is to be printed, whatever it was laid out for.
        printed = suffix == ".png" and self.print_dpi
        told: dict[str, Any] = {"pil_kwargs": {"dpi": (self.print_dpi, self.print_dpi)}} if printed else {}
        with written_beside(target) as draft, matplotlib.rc_context({"svg.hashsalt": "ipps-geo"}):
            self.figure.savefig(
                draft, dpi=self.dpi, format=suffix[1:], metadata=stated[suffix], facecolor=PAPER, **told
            )
        return target


def source_line(words: Catalogue, provenance: Provenance) -> str:
    """Return the sources as one line: publishers, each once, in the order of the files."""
    listed: dict[str, None] = {}
    for source in provenance.sources:
        publisher = source.get("publisher") or source.get("file")
        listed[words.label("SourceText", publisher)] = None
    return words.text("page.clause_joiner").join(listed) or words.text("page.none")


def fitted(extent: Extent, ratio: float, margin: float = 0.03) -> Extent:
    """Return ``extent`` with a margin, widened so that width / height is ``ratio``.

    >>> fitted((0.0, 0.0, 100.0, 100.0), 2.0, margin=0.0)
    (-50.0, 0.0, 150.0, 100.0)
    """
    west, south, east, north = extent
    width, height = max(east - west, 1.0) * (1 + 2 * margin), max(north - south, 1.0) * (1 + 2 * margin)
    width, height = max(width, height * ratio), max(height, width / ratio)
    x, y = (west + east) / 2, (south + north) / 2
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
