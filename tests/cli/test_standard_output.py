"""Standard output holds the answer and nothing else, whatever a library prints there, in Python or in C."""

import json
import os
import subprocess
import sys

import pytest

PLANTED = """
import ctypes, os, sys
from ipps_geo import cli, planning
library = ctypes.CDLL(None if os.name == "posix" else "msvcrt")
answer = planning.audit

def chatty(*arguments, **options):
    library.printf(b"banner of a C library, held back in its buffer\\n")
    os.write(1, b"banner written at once\\n")
    print("banner of a Python library")
    return answer(*arguments, **options)

planning.audit = chatty
sys.argv = ["ipps-geo", "audit", *sys.argv[1:]]
cli.main()
"""


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-c", PLANTED, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | variables,
        check=False,
    )


def test_a_document_is_alone_on_standard_output():
    done = run("--json")
    assert json.loads(done.stdout)["schema"].startswith("ipps-geo/audit/")
    assert "banner" not in done.stdout + done.stderr


def test_so_are_the_lines_of_an_answer():
    done = run("--lang", "en")
    assert "banner" not in done.stdout
    assert done.stdout.startswith("Demonstration data") or "Demonstration data" in done.stdout


def test_whoever_debugs_sees_what_was_printed():
    done = run("--json", IPPS_GEO_DEBUG="1")
    json.loads(done.stdout)
    assert done.stderr.count("banner") == 3


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("audit", "--help")])
def test_what_is_asked_of_the_program_itself_still_comes_out(arguments):
    done = subprocess.run([sys.executable, "-m", "ipps_geo", *arguments], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert done.stderr == b""
