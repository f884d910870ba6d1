"""Ask the advisory service for known faults of the locked versions: ``python scripts/audit.py``.

Exit code 1 and a list where there are any. Where the service cannot be asked nothing is known, and it says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
SECONDS = 180


def main() -> int:
    """Audit the lock and print what was found."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        audited = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        print("pip-audit: SKIPPED, the advisory service cannot be reached: nothing is known of these versions")
        return 0
    asked = [entry for entry in audited if "vulns" in entry]
    found = [(entry["name"], entry["version"], fault) for entry in asked for fault in entry["vulns"]]
    for name, version, fault in found:
        print(f"{name} {version}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}")
    if not asked:
        print(
            f"pip-audit: SKIPPED, the advisory service knows none of {len(audited)} versions: nothing is known of them"
        )
    else:
        print(f"pip-audit: {len(found)} known faults in {len(asked)} of {len(audited)} locked versions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
