"""A question of a file asked on the terminal: numbered choices, or any text; a blank leaves it open."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.messages import column_word
from ipps_geo.screens.questions import choice_words, question_text

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.request import Question


def ask(question: Question, read: TableRead, lang: str) -> str:
    """Ask on standard error, read one line of standard input, and return the choice, "" where it stays open."""
    words = catalogue(lang)
    choices = choice_words(question, lang)
    lines = [f"{read.file}: {question_text(question, read, lang)}"]
    lines += [f"  {number}. {word}" for number, word in enumerate(choices.values(), start=1)]
    lines.append(words.text("question.number" if choices else "question.any_text"))
    sys.stderr.write("\n".join(lines) + "\n> ")
    sys.stderr.flush()
    told = sys.stdin.readline().strip()
    if told.isdigit() and 1 <= int(told) <= len(choices):
        return list(choices)[int(told) - 1]
    by_word = {word: choice for choice, word in choices.items()}
    if told in choices or told in by_word:
        return by_word.get(told, told)
    return told if not choices else ""


def question_lines(read: TableRead, lang: str) -> list[str]:
    """Return what a file leaves open, with how to answer it on the command line."""
    words = catalogue(lang)
    lines = []
    for question in read.questions:
        lines.append(f"  {words.text('question.open')} {question_text(question, read, lang)}")
        choices = list(choice_words(question, lang).values())
        if choices:
            lines.append("    " + words.text("question.choices", choices=words.text("page.list_joiner").join(choices)))
        column = column_word(words, question.table, question.column)
        lines.append("    " + words.text(f"question.how_{question.kind}", column=column))
    return lines
