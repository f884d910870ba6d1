#!/usr/bin/env bash
# Everything that a machine without internet needs, each file checked against its hash: deploy/wheelhouse.sh [FOLDER]
# Run it on a machine of the same system and Python version; carry the folder over and run, there:
#   python3.11 -m venv /opt/ipps-geo
#   /opt/ipps-geo/bin/pip install --no-index --find-links FOLDER --require-hashes --no-deps -r FOLDER/requirements.lock
#   /opt/ipps-geo/bin/pip install --no-index --find-links FOLDER --no-deps ipps-geo
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$here/deploy/wheelhouse}
python=${PYTHON:-python3.11}
mkdir -p "$target"
"$python" -m pip download --require-hashes --no-deps -r "$here/requirements.lock" -d "$target"
"$python" -m pip wheel --no-deps -w "$target" "$here"
cp "$here/requirements.lock" "$target/"
(cd "$target" && sha256sum -- * > ../wheelhouse.sha256 && mv ../wheelhouse.sha256 SHA256SUMS)
echo "$target: $(find "$target" -name '*.whl' | wc -l) wheels"
