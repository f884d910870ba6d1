"""Compiled code on disk is only ever found under what it was compiled from."""

import importlib.util
import os
import textwrap

import numpy as np
import pytest
from numba.core import caching

SOURCE = """
from ipps_geo.kernels import kernel

@kernel()
def scaled(values):
    return values * {factor}
"""


def loaded(folder, factor=2, *, at=1_000_000_000):
    file = folder / "drawn_kernel.py"
    file.write_text(textwrap.dedent(SOURCE.format(factor=factor)))
    os.utime(file, (at, at))  # the age of a source is what numba knows it by
    spec = importlib.util.spec_from_file_location("drawn_kernel", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.scaled


def killed(*_):
    raise KeyboardInterrupt


def test_a_kernel_is_compiled_once_and_kept(tmp_path):
    assert loaded(tmp_path)(3) == 6
    again = loaded(tmp_path)
    assert again(4) == 8
    assert list(again.stats.cache_misses.values()) == []


def test_one_that_was_killed_leaves_nothing_that_leads_to_older_code(tmp_path, monkeypatch):
    assert loaded(tmp_path, factor=2)(3) == 6
    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", killed)
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path, factor=7, at=1_000_000_100)(3)
    monkeypatch.undo()
    assert loaded(tmp_path, factor=7, at=1_000_000_100)(3) == 21


def test_two_processes_that_compile_at_a_time_do_not_write_over_each_other(tmp_path):
    """Both have read the same empty index; the one that noted its signature last has written its code first."""
    whole, real = loaded(tmp_path), loaded(tmp_path)
    file, beside = whole._cache._cache_file, real._cache._cache_file
    index = dict(file._load_index())
    assert whole(3) == 6
    beside._load_index = lambda: dict(index)
    assert real(np.array([1.5])).tolist() == [3.0]
    del beside._load_index
    assert len(list(tmp_path.rglob("*.nbc"))) == 2
    fresh = loaded(tmp_path)
    assert fresh(3) == 6
    assert fresh(np.array([1.5])).tolist() == [3.0]
