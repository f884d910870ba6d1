"""A font that holds Chinese: never an empty box on a map or a page.

The font that travels with the package's dependency (Noto Sans SC, SIL Open Font License, from
``pylopdf-fonts-zh-cn``) comes first, so that every machine draws the same page; where it is absent, the fonts of the
system are searched. Its file is located without importing the package that carries it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ipps_geo.errors import MissingExtra

SUBSTITUTE = "〓"
"""The geta mark: printers' sign for a character that the font lacks. Never an empty box."""

_PROBE = "知识产权公共服务工作站区中心重点产业（）〓①≥"
"""A font that lacks one of these cannot draw the project's own pages."""

_PACKAGED = (("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),)

# File names, in the order of preference; compared without case.
_SYSTEM_NAMES = (
    "notosanssc-regular.otf",
    "notosanssc-regular.ttf",
    "notosanscjksc-regular.otf",
    "sourcehansanssc-regular.otf",
    "sourcehansanscn-regular.otf",
    "notosanscjk-regular.ttc",
    "sourcehansans-regular.ttc",
    "sourcehansans.ttc",
    "msyh.ttc",
    "msyh.ttf",
    "pingfang.ttc",
    "hiragino sans gb.ttc",
    "stheiti light.ttc",
    "simhei.ttf",
    "deng.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "droidsansfallbackfull.ttf",
    "simsun.ttc",
)


@dataclass(frozen=True)
class Font:
    """One font file: its path, its family name, and whether it came with a package or from the system."""

    path: Path
    family: str
    origin: str


def have_maps() -> bool:
    """Return whether maps can be drawn."""
    return importlib.util.find_spec("matplotlib") is not None


def require_maps(*, page: bool = False) -> None:
    """Refuse where nothing could be drawn: asked before a search, not after it; with ``page`` the map of a browser too.

    Raises
    ------
    MissingExtra
        The package ``matplotlib``, or ``maplibre``, is not installed.
    """
    for name in ("matplotlib", "maplibre") if page else ("matplotlib",):
        if importlib.util.find_spec(name) is None:
            raise MissingExtra(f"report.no_{name}", where=name)


def find_font() -> Font:
    """Return the font for Chinese pages, found once per process.

    Raises
    ------
    MissingExtra
        No font with the needed characters, with the package to install as advice.

    >>> find_font().path.exists()
    True
    """
    return _found(tuple(packaged_files()), tuple(system_folders()))


@lru_cache(maxsize=8)
def _found(packaged: tuple[Path, ...], folders: tuple[Path, ...]) -> Font:
    for origin, paths in (("package", packaged), ("system", system_files(folders))):
        for path in paths:
            family = _family_when_complete(path)
            if family:
                return Font(path, family, origin)
    raise MissingExtra("report.no_font", where="fonts")


def packaged_files() -> Iterator[Path]:
    """Yield the font files that installed packages carry, without importing those packages."""
    for package, name in _PACKAGED:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
            path = Path(folder) / name
            if path.is_file():
                yield path


def system_folders() -> Iterator[Path]:
    """Yield the folders where Windows, macOS and Linux keep fonts, the user's own included."""
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".fonts")
        yield home / ".local/share/fonts"


def system_files(folders: Iterable[Path]) -> list[Path]:
    """Return the known Chinese fonts under ``folders``, most preferred first."""
    rank = {name: place for place, name in enumerate(_SYSTEM_NAMES)}
    found = [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.rglob("*.[ot]t[fc]"))
        if path.name.lower() in rank
    ]
    return sorted(found, key=lambda path: rank[path.name.lower()])


def characters(font: Font) -> frozenset[int]:
    """Return the code points that ``font`` can draw."""
    return _charmap(font.path)


@lru_cache(maxsize=4)
def _charmap(path: Path) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(str(path)).get_charmap())


def drawable(text: str, font: Font) -> str:
    r"""Return ``text`` with every character that ``font`` lacks replaced by the geta mark.

    Rare characters occur in company names; a page shows where one is missing instead of dropping it.

    >>> drawable("知识\U0002ceee", find_font())
    '知识〓'
    """
    known = characters(font)
    return "".join(
        mark if ord(mark) in known or mark == "\n" else " " if mark.isspace() else SUBSTITUTE for mark in text
    )


def missing_characters(texts: Sequence[str], font: Font) -> str:
    """Return the characters of ``texts`` that ``font`` lacks, each once, sorted."""
    known = characters(font)
    return "".join(sorted({mark for text in texts for mark in text if ord(mark) not in known and not mark.isspace()}))


def _family_when_complete(path: Path) -> str:
    require_maps()
    from matplotlib.font_manager import get_font

    try:
        opened = get_font(str(path))
    except (OSError, RuntimeError):  # a broken font file of the system is no reason to fail
        return ""
    held = opened.get_charmap()
    return str(opened.family_name) if all(ord(mark) in held for mark in _PROBE) else ""
