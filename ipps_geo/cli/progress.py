"""Progress on standard error."""

from __future__ import annotations

from typing import Any

from ipps_geo import logbook
from ipps_geo.cli.options import AnswerOptions


class Progress:
    """One line of progress on standard error: the step, and the search's best plan and bound while it solves.

    Nothing is shown with ``--quiet``, nor beside the log that ``--verbose`` shows and in which every step stands.
    """

    def __init__(self, answer: AnswerOptions) -> None:
        from rich.console import Console

        from ipps_geo.report.words.catalogue import catalogue

        self._words = catalogue(answer.lang.value)
        self._status = Console(stderr=True, quiet=answer.quiet or answer.verbose > 0).status("")

    def __enter__(self) -> Progress:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def step(self, name: str) -> None:
        """Show the step that begins."""
        logbook.LOGGER.info("step %s", name)
        self._status.update(self._words.text(f"progress.{name}"))

    def milestone(self, milestone: Any) -> None:
        """Show how the search goes."""
        logbook.LOGGER.debug(
            "%s: objective %s, bound %s, %.1f s",
            milestone.phase,
            milestone.objective,
            milestone.bound,
            milestone.seconds,
        )
        if milestone.phase == "compiling":
            self._status.update(self._words.text("progress.compile"))
            return
        phase, _, count = milestone.phase.rpartition(" ")
        if phase and "/" in count:
            self.tasks(phase, *(int(number) for number in count.split("/")))
            return
        self._status.update(
            self._words.text(
                "progress.milestone",
                objective=float(milestone.objective),
                bound=float(milestone.bound),
                seconds=round(milestone.seconds, 1),
            )
        )

    def tasks(self, phase: str, done: int, of: int) -> None:
        """Show how many tasks of a phase are done."""
        self._status.update(self._words.text("progress.tasks", phase=self._words.label("Phase", phase), n=done, of=of))
