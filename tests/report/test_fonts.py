from __future__ import annotations

import subprocess
import sys

import pytest

from ipps_geo.errors import MissingExtra
from ipps_geo.report import fonts
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue


def test_the_font_that_travels_comes_first():
    font = fonts.find_font()
    assert font.origin == "package"
    assert font.family == "Noto Sans SC"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_font_holds_every_character_of_the_catalogues(lang):
    assert fonts.missing_characters(list(catalogue(lang).entries.values()), fonts.find_font()) == ""


def test_the_font_holds_the_whole_of_gb2312():
    characters = []
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                characters.append(bytes([high, low]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    assert len(characters) == 7445
    assert fonts.missing_characters(characters, fonts.find_font()) == ""


def test_a_character_that_the_font_lacks_becomes_the_geta_mark():
    assert fonts.drawable("北京\U0002ceee公司", fonts.find_font()) == "北京〓公司"


def test_a_system_font_serves_where_the_package_is_absent(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "simhei.ttf").write_bytes(b"not a font")
    (folder / "SourceHanSansSC-Regular.otf").symlink_to(fonts.find_font().path)
    found = fonts._found((), (tmp_path,))
    assert found.path.name == "SourceHanSansSC-Regular.otf"
    assert found.origin == "system"


def test_no_font_is_a_clear_message(tmp_path):
    with pytest.raises(MissingExtra, match="no font with Chinese characters") as caught:
        fonts._found((), (tmp_path,))
    assert "pip install" in caught.value.advice


def test_the_package_of_the_font_is_not_imported():
    code = (
        "import sys; from ipps_geo.report.fonts import packaged_files; list(packaged_files()); "
        "sys.exit('pylopdf_fonts_zh_cn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
