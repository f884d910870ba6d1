"""The manifest of sources: written, read back, completed with the hash of the file as it is."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.workspace import Source
from ipps_geo.workspace.sources import manifest_text, read_manifest, sha256_of, sources_of

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)


@given(
    st.lists(
        st.builds(Source, file=texts.filter(bool), publisher=texts, how=texts), max_size=4, unique_by=lambda s: s.file
    )
)
def test_a_manifest_survives_being_written(tmp_path_factory, sources):
    path = tmp_path_factory.mktemp("manifest") / "sources.toml"
    path.write_text(manifest_text(tuple(sources)), encoding="utf-8")
    assert set(read_manifest(path)) == set(sources)


def test_the_hash_shown_is_that_of_the_file_as_it_is(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"one")
    (tmp_path / "sources.toml").write_text('[[file]]\nfile = "a.csv"\npublisher = "office"\nsha256 = "old"\n')
    (source,) = sources_of(tmp_path, {"a.csv": tmp_path / "a.csv"}, {})
    assert source.publisher == "office"
    assert source.sha256 == hashlib.sha256(b"one").hexdigest() == sha256_of(tmp_path / "a.csv")


def test_a_file_without_an_entry_still_has_a_source(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    (source,) = sources_of(tmp_path, {"a.csv": tmp_path / "a.csv"}, {"a.csv": "synthetic"})
    assert (source.file, source.data_class, source.publisher) == ("a.csv", "synthetic", "")


@pytest.mark.parametrize("text", ["[[file]\n", '[[file]]\nfile = "a"\ncolour = "red"\n', "file = 3\n", "[[file]]\n"])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"sources\.toml"):
        read_manifest(path)
