from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.report.files import write_bytes, write_text, written_beside


def test_a_failure_in_mid_write_leaves_the_earlier_file_and_nothing_beside_it(tmp_path):
    target = write_text(tmp_path / "plan.json", "first")

    def interrupted():
        with written_beside(target) as draft:
            draft.write_text("half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        interrupted()
    assert target.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


def test_the_draft_keeps_the_suffix_and_lies_in_the_same_folder(tmp_path):
    with written_beside(tmp_path / "new" / "map.png") as draft:
        assert draft.suffix == ".png"
        assert draft.parent == tmp_path / "new"
        draft.write_bytes(b"x")
    assert (tmp_path / "new" / "map.png").read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_others_may_read_what_the_mask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        path = write_bytes(tmp_path / "a.bin", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_folder_in_the_way_is_bad_input(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(BadInput, match="cannot replace"):
        write_text(tmp_path / "a.txt", "x")


def test_a_file_in_place_of_the_folder_is_bad_input(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadInput, match="cannot write there"):
        write_text(tmp_path / "out" / "a.txt", "x")


def test_importing_the_room_loads_no_drawing_library():
    code = (
        "import sys, ipps_geo.screens.terminal.summary, ipps_geo.report.book.workbook, ipps_geo.report.maps.plan_map; "
        "sys.exit(any(name in sys.modules for name in ('matplotlib', 'typst', 'xlsxwriter')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
