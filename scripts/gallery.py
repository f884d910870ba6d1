"""Make the pictures of the documentation from the embedded demonstration data, into ``docs/images``.

python scripts/gallery.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib

from ipps_geo import planning
from ipps_geo.policy import load_policy
from ipps_geo.workspace import load_workspace

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
NAMES = ("plan", "audit", "coverage", "assessment", "repair")


def main() -> None:
    """Draw every picture."""
    matplotlib.use("Agg")
    workspace, policy = load_workspace(), load_policy("beijing-draft")
    plan = planning.plan(workspace, policy, planning.PlanParameters(stations=10, reach_km=3))
    results = {
        "plan": plan,
        "audit": planning.audit(workspace, policy),
        "coverage": planning.coverage(workspace, policy, reach_km=3),
        "assessment": planning.assess_site(workspace, policy, site_id="P061"),
        "repair": planning.repair(workspace, policy),
    }
    for lang in ("zh", "en"):
        for name, result in results.items():
            file = IMAGES / f"gallery_{name}_{lang}.png"
            result.plot(lang).figure.savefig(file, dpi=72, metadata={"Software": None})
            print(_small(file))
        with tempfile.TemporaryDirectory() as folder:
            drawn = plan.to_file(Path(folder) / "map.png", workspace, lang)
            print(_small(drawn, IMAGES / f"gallery_map_{lang}.png", 1200))


def _small(file: Path, target: Path | None = None, width: int = 900) -> Path:
    """Write a picture in few colours and at most ``width`` pixels wide, as a page needs it."""
    from PIL import Image

    target = target or file
    with Image.open(file) as picture:
        picture.thumbnail((width, 10 * width))
        picture.convert("RGB").quantize(64).save(target, optimize=True)
    return target


if __name__ == "__main__":
    main()
