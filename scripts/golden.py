"""Outputs of the embedded Beijing in both languages, to be compared byte by byte before and after a change.

    python scripts/golden.py make FOLDER       run every command and keep its files and what it prints
    python scripts/golden.py compare A B       name each file that differs; exit code 1 if any does
    python scripts/golden.py hashes FOLDER     one line per file: SHA-256 and name

The time that a search took is left out of the comparison; everything else is the same on every run of one machine.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

COMMANDS = {
    "plan": ["plan", "--stations", "10", "--frontier", "12", "--explain"],
    "audit": ["audit", "--on", "2026-11-22"],
    "site": ["assess-site", "--site", "P061"],
    "cov": ["coverage"],
    "repair": ["repair"],
    "atlas": ["atlas"],
}
TIMES = re.compile(r'"seconds": [0-9.]+|[0-9.]+ (s\b|秒)')
"""What differs between two runs: how long a search took."""
SECONDS = ("用时（秒）", "Seconds")
"""Headers of the columns of a workbook that hold it."""


def make(folder: Path, names: list[str]) -> None:
    """Run the commands, all or those named, in both languages; their files and standard output go into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or COMMANDS:
        for lang in ("zh", "en"):
            out = f"{name}_{lang}"
            asked = [sys.executable, "-m", "ipps_geo", *COMMANDS[name], "--out", out, "--lang", lang]
            done = subprocess.run(asked, cwd=folder, stdout=subprocess.PIPE, check=False)
            if done.returncode > 1:
                sys.exit(f"{' '.join(asked)}: exit code {done.returncode}")
            (folder / f"{out}.txt").write_bytes(done.stdout)


def contents(folder: Path) -> dict[str, bytes]:
    """Return each file below ``folder`` by its name, without times and without the folder that it was written to."""
    return {
        path.relative_to(folder).as_posix(): without_times(path, folder)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "SHA256SUMS"
    }


def without_times(path: Path, folder: Path) -> bytes:
    """Return the content of a file without the seconds of a search."""
    if path.suffix in (".json", ".txt"):
        return TIMES.sub("", path.read_text(encoding="utf-8")).replace(f"{folder}/", "").encode()
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in sorted(book.namelist())}
    words = re.findall(r"<si>.*?</si>", parts.get("xl/sharedStrings.xml", ""), re.DOTALL)
    headers = [place for place, word in enumerate(words) if re.sub(r"<[^>]+>", "", word) in SECONDS]
    for name, text in parts.items():
        for place in headers:
            for column in re.findall(rf'<c r="([A-Z]+)\d+"[^>]* t="s"><v>{place}</v>', text):
                parts[name] = re.sub(rf'(<c r="{column}\d+"(?![^>]* t="s")[^>]*>)<v>[^<]*</v>', r"\1", parts[name])
    return "".join(f"{name}\n{text}\n" for name, text in parts.items()).encode()


def differing(before: Path, after: Path) -> list[str]:
    """Return the names of files that both have and that differ, and of those that only one of the folders has."""
    one, other = contents(before), contents(after)
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def main() -> None:
    """Do what the arguments say."""
    match sys.argv[1:]:
        case ["make", folder, *names]:
            make(Path(folder), names)
        case ["compare", before, after]:
            found = differing(Path(before), Path(after))
            print("\n".join(found) or f"equal: {len(contents(Path(after)))} files")
            sys.exit(bool(found))
        case ["hashes", folder]:
            for name, content in contents(Path(folder)).items():
                print(hashlib.sha256(content).hexdigest(), name)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
