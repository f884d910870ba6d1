"""Make a release: version, changelog, wheel and source, software bill of materials, documents, check sums.

    python scripts/release.py 0.2.0            state the version and the day in the changelog; commit and tag by hand
    python scripts/release.py 0.2.0 --build    from a clean checkout of that version, fill dist/0.2.0

Building needs the extras ``release`` and ``docs``. Nothing is uploaded: what is in ``dist`` is carried by people.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION_FILE = ROOT / "ipps_geo/__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"
VERSION = re.compile(r'__version__ = "([^"]+)"')
OPEN = re.compile(r"^## (\S+) \(unreleased\)$", re.MULTILINE)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Day of every member of a zip: the same documents give the same bytes."""


def state(version: str, on: dt.date) -> None:
    """Write ``version`` into the package and close the open section of the changelog under it."""
    changes = CHANGELOG.read_text(encoding="utf-8")
    if len(OPEN.findall(changes)) != 1:
        sys.exit("CHANGELOG.md: exactly one section must be '(unreleased)'")
    CHANGELOG.write_text(OPEN.sub(f"## {version} ({on.isoformat()})", changes), encoding="utf-8")
    source = VERSION_FILE.read_text(encoding="utf-8")
    VERSION_FILE.write_text(VERSION.sub(f'__version__ = "{version}"', source), encoding="utf-8")


def build(version: str) -> Path:
    """Fill ``dist/VERSION`` and return it."""
    stated = VERSION.search(VERSION_FILE.read_text(encoding="utf-8"))
    if stated is None or stated[1] != version:
        sys.exit(f"the checkout is of version {stated and stated[1]}, not {version}")
    if f"## {version} (" not in CHANGELOG.read_text(encoding="utf-8"):
        sys.exit(f"CHANGELOG.md has no section {version}")
    if _told("git", "status", "--porcelain"):
        sys.exit("the checkout has changes that are not committed")
    target = ROOT / "dist" / version
    target.mkdir(parents=True, exist_ok=False)
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", target, ROOT], check=True)
    _bill_of_materials(target / f"ipps_geo-{version}.cdx.json")
    _documents(target / f"ipps_geo-{version}-docs.zip")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(target.iterdir())]
    (target / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    return target


def _bill_of_materials(target: Path) -> None:
    """Write what the release was tested with, as CycloneDX: the versions of the lock, each with its hashes."""
    asked = ["requirements", "requirements.lock", "--pyproject", "pyproject.toml", "--output-reproducible"]
    subprocess.run([sys.executable, "-m", "cyclonedx_py", *asked, "--output-file", target], cwd=ROOT, check=True)


def _documents(target: Path) -> None:
    """Write the documentation site, and what stands beside it, as one zip: unpack it and open ``site/index.html``."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, ROOT / "scripts/docs_site.py", site], check=True)
        pages = [path for path in sorted(site.rglob("*")) if path.is_file()]
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in (ROOT / "README.md", CHANGELOG, ROOT / "LICENSE", *pages):
                name = path.relative_to(site.parent if path.is_relative_to(site) else ROOT).as_posix()
                archive.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)


def _told(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Do what the arguments say."""
    match sys.argv[1:]:
        case [version] if re.fullmatch(r"\d+\.\d+\.\d+", version):
            state(version, dt.datetime.now(tz=dt.UTC).date())
        case [version, "--build"]:
            print(build(version))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
