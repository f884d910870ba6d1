"""Use cases that somebody watches: each runs in a child process, can be stopped at any time, leaves nothing behind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from ipps_geo.errors import NotSolved, Stopped
from ipps_geo.planning.access import coverage
from ipps_geo.planning.child import run_in_child
from ipps_geo.planning.moves import repair
from ipps_geo.planning.solving import START_S

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

Case = Literal["coverage", "repair"]
CASES: dict[Case, Callable[..., Any]] = {"coverage": coverage, "repair": repair}
BEGUN = "begun"
"""What a child tells once it has its tables and begins to compute."""


def watched(
    case: Case,
    workspace: Workspace,
    policy: Policy,
    *,
    limit_s: float = math.inf,
    progress: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    **asked: Any,
) -> Any:
    """Return what the use case returns for ``asked``, as its function takes it; ``limit_s`` is how long it may take.

    Raises
    ------
    Stopped
        ``should_stop`` turned true before there was an answer.
    NotSolved
        The time ended before there was one.
    InternalError
        The child failed or died.
    """
    found, _ = run_in_child(
        "ipps_geo.planning.watched:here",
        {"case": case, "workspace": workspace, "policy": policy, "asked": asked},
        deadline_s=limit_s + START_S, progress=progress, should_stop=should_stop,
    )  # fmt: skip
    if found is not None:
        return found
    if should_stop is not None and should_stop():
        raise Stopped("watched.stopped")
    raise NotSolved("watched.too_slow", seconds=f"{limit_s:g}")


def here(
    case: Case,
    workspace: Workspace,
    policy: Policy,
    asked: dict[str, Any],
    progress: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> Any:
    """Do it in this process: the child's side of :func:`watched`, which is ended from outside."""
    del should_stop
    progress(BEGUN)
    return CASES[case](workspace, policy, **asked)
