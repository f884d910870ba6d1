"""Write the exact versions: ``constraints.txt`` to read, ``requirements.lock`` with the hash of every file of each.

    python scripts/lock.py              what pyproject.toml asks for, at the versions of constraints.txt
    python scripts/lock.py --upgrade    the newest versions instead

Needs uv (extra ``release``) and a package index. The lock names no index: it installs from any that has these files,

    pip install --require-hashes --no-deps -r requirements.lock
    pip install --no-deps --no-build-isolation .
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS, LOCK = ROOT / "constraints.txt", ROOT / "requirements.lock"
PYTHON = "3.11"
SAID = "# Exact versions that the tests ran with; ranges are in pyproject.toml. Written by scripts/lock.py.\n"
LOCKED = "# constraints.txt with the hashes of all files of each version. Written by scripts/lock.py.\n"
ENTRY = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<marker> ;[^\\]*?)? *\\?$", re.MULTILINE)


def entries(text: str) -> list[tuple[str, str, str]]:
    """Return (name, version, marker) of every entry of constraints or of a lock."""
    return [(found["name"], found["version"], (found["marker"] or "").strip(" ;")) for found in ENTRY.finditer(text)]


def lock(*, upgrade: bool) -> None:
    """Ask uv for versions and hashes on every platform, and write both files."""
    kept = [] if upgrade else ["--constraint", str(CONSTRAINTS)]
    asked = ["--all-extras", "--universal", "--python-version", PYTHON, "--generate-hashes"]
    command = ["uv", "pip", "compile", "pyproject.toml", *asked, *kept, "--no-header", "--no-annotate", "--quiet"]
    text = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    LOCK.write_text(LOCKED + text, encoding="utf-8", newline="\n")
    lines = [f"{name}=={version}{f' ; {marker}' if marker else ''}" for name, version, marker in entries(text)]
    CONSTRAINTS.write_text(SAID + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    lock(upgrade="--upgrade" in sys.argv[1:])
