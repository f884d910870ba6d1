"""A question on the terminal: a number of the list, its word, or nothing, which leaves it open."""

import io
import sys
from types import SimpleNamespace

import pytest

from ipps_geo.screens.terminal import asking


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("1", "a"), ("2", "b"), ("0", ""), ("3", ""), ("", ""), ("b", "b"), ("The first", "a"), ("else", "")],
)
def test_an_answer_is_one_of_the_choices_or_none(monkeypatch, capsys, typed, answer):
    monkeypatch.setattr(asking, "choice_words", lambda *_: {"a": "The first", "b": "The second"})
    monkeypatch.setattr(asking, "question_text", lambda *_: "Which?")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f" {typed} \n"))
    assert asking.ask(SimpleNamespace(), SimpleNamespace(file="x.csv"), "en") == answer
    told = capsys.readouterr().err
    assert "x.csv: Which?" in told
    assert "  1. The first\n  2. The second\n" in told


def test_where_there_are_no_choices_any_text_is_one(monkeypatch):
    monkeypatch.setattr(asking, "choice_words", lambda *_: {})
    monkeypatch.setattr(asking, "question_text", lambda *_: "Which?")
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert asking.ask(SimpleNamespace(), SimpleNamespace(file="x.csv"), "en") == "1"
