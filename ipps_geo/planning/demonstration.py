"""Make demonstration workspaces: of any size, or with every flaw that a rule can find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipps_geo.files import check_free
from ipps_geo.regions import Region
from ipps_geo.workspace import generate_demo, plant_flaws, save_workspace


def make_demo(
    *,
    enterprises: int = 30_000,
    seed: int = 7,
    flaws: str | None = None,
    out: Path,
    force: bool = False,
    region: Region | None = None,
) -> dict[str, Any]:
    """Generate a workspace, plant ``flaws`` if asked for, save it, and say what was made.

    ``flaws``: ``all``, or rule ids separated by commas. ``region``: where it lies, by default the embedded one.

    Raises
    ------
    BadInput
        A size, seed or rule that cannot be, or a folder that cannot be written.
    """
    check_free(out, "workspace", force=force)
    workspace = generate_demo(enterprises=enterprises, seed=seed, region=region)
    planted = workspace.planted
    if flaws is not None:
        workspace, planted = plant_flaws(workspace, flaws)
    files = save_workspace(workspace, out, force=force)
    return {
        "workspace": str(out),
        "enterprises": len(workspace.enterprises),
        "seed": seed,
        "content_hash": workspace.content_hash,
        "planted": [{"rule": f.rule, "subject": f.subject, "verdict": f.verdict, "why": f.why} for f in planted],
        "files": [str(file) for file in files],
    }
