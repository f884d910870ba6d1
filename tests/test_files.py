from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.files import HASHES, hashes_of, write_bytes, write_text, written_beside, written_set


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


# ---------------------------------------------------------------------- sets of files
def write(folder, kind="plan", *, force=False, **texts):
    with written_set(folder, kind, force=force) as draft:
        for name, text in texts.items():
            (draft / f"{name}.txt").write_text(text)


def texts(folder):
    return {file.stem: file.read_text() for file in folder.iterdir() if file.suffix == ".txt"}


def test_a_set_takes_the_place_of_an_earlier_one_as_one_and_lists_its_hashes(tmp_path):
    write(tmp_path / "out", a="1", b="1")
    write(tmp_path / "out", a="2")
    assert texts(tmp_path / "out") == {"a": "2"}
    assert [folder.name for folder in tmp_path.iterdir()] == ["out"]
    checked = subprocess.run(["sha256sum", "--check", "--strict", HASHES], cwd=tmp_path / "out", check=False)
    assert checked.returncode == 0
    assert hashes_of(tmp_path / "out") == {"a.txt": "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"}


@pytest.mark.parametrize("change", ["edited", "added", "other_kind", "no_list"])
def test_what_somebody_has_touched_is_not_replaced_unasked(tmp_path, change):
    write(tmp_path / "out", a="1", b="1")
    if change == "edited":
        (tmp_path / "out" / "a.txt").write_text("mine")
    elif change == "added":
        (tmp_path / "out" / "mine.txt").write_text("mine")
    elif change == "no_list":
        (tmp_path / "out" / HASHES).unlink()
    before = texts(tmp_path / "out")
    kind = "audit" if change == "other_kind" else "plan"
    with pytest.raises(BadInput, match="would be replaced"):
        write(tmp_path / "out", kind, a="2")
    assert texts(tmp_path / "out") == before
    write(tmp_path / "out", kind, force=True, a="2")
    kept = {"added": {"mine": "mine"}, "other_kind": {"b": "1"}, "no_list": {"b": "1"}}.get(change, {})
    assert texts(tmp_path / "out") == {"a": "2"} | kept


def test_a_failure_in_mid_set_leaves_the_earlier_set(tmp_path):
    write(tmp_path / "out", a="1")

    def interrupted():
        with written_set(tmp_path / "out", "plan") as draft:
            (draft / "a.txt").write_text("half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        interrupted()
    assert texts(tmp_path / "out") == {"a": "1"}
    assert [folder.name for folder in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_writer_had_begun_is_no_part_of_a_set(tmp_path):
    with written_set(tmp_path / "set", "plan") as folder:
        (folder / "city").mkdir()
        with written_beside(folder / "city" / "rows.parquet") as draft:
            draft.write_bytes(b"whole")
            shutil.copy(draft, draft.with_name(draft.name.replace(".rows-", ".rows-k")))  # a kill leaves it
    assert {file.name for file in (tmp_path / "set").rglob("*") if file.is_file()} == {"rows.parquet", HASHES}


def test_a_swap_that_was_killed_is_put_right_by_the_next_one(tmp_path):
    write(tmp_path / "out", a="1")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    with pytest.raises(ZeroDivisionError), written_set(tmp_path / "out", "plan"):
        raise ZeroDivisionError
    assert texts(tmp_path / "out") == {"a": "1"}


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "read-only")])
def test_what_the_system_refuses_is_told_in_our_words(tmp_path, monkeypatch, number, told):
    def refuse(*_, **__):
        raise OSError(number, "foreign text")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BadInput, match=told) as refused:
        write(tmp_path / "out", a="1")
    assert "foreign" not in str(refused.value)
    assert not list(tmp_path.iterdir())
