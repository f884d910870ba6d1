"""Progress on standard error."""

from __future__ import annotations

from typing import Any

from ipps_geo.cli.options import Lang


class Progress:
    """One line of progress on standard error: the step, and the search's best plan and bound while it solves."""

    def __init__(self, lang: Lang) -> None:
        from rich.console import Console

        from ipps_geo.report.words.catalogue import catalogue

        self._words = catalogue(lang.value)
        self._status = Console(stderr=True).status("")

    def __enter__(self) -> Progress:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def step(self, name: str) -> None:
        """Show the step that begins."""
        self._status.update(self._words.text(f"progress.{name}"))

    def milestone(self, milestone: Any) -> None:
        """Show how the search goes."""
        if milestone.phase == "compiling":
            self._status.update(self._words.text("progress.compile"))
            return
        self._status.update(
            self._words.text(
                "progress.milestone",
                objective=float(milestone.objective),
                bound=float(milestone.bound),
                seconds=round(milestone.seconds, 1),
            )
        )
