"""Problems of a file in words, one row each."""

from __future__ import annotations

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.messages import problem_message, problem_place


def problem_rows(problems: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a table of problems in words: severity, where, what is wrong, what to do."""
    words = catalogue(lang)
    rows = []
    for problem in problems.to_dict("records"):
        told = {str(key): value for key, value in problem.items()}
        message, advice = problem_message(told, lang)
        rows.append(
            {
                "severity_code": str(told["severity"]),
                words.label("ProblemSeverity", "error") + "/" + words.label("ProblemSeverity", "warning"): words.label(
                    "ProblemSeverity", told["severity"]
                ),
                words.text("app.where"): " · ".join(problem_place(told, lang)) or "—",
                words.column("value"): words.value(told["value"]),
                words.column("message"): message,
                words.column("advice"): advice,
            }
        )
    return pd.DataFrame(rows)
