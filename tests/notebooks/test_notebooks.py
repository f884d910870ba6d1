"""The notebooks run from the first cell to the last, and what is committed holds no output."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = ["01_tour", "02_audit", "03_plan_and_frontier", "04_access_and_equity", "05_your_own_data"]

RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[3])
"""


def test_the_five_notebooks_are_there() -> None:
    assert [file.stem for file in NOTEBOOKS] == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_to_its_end(file: Path, tmp_path: Path) -> None:
    """Run it in a kernel of its own, in an empty folder: it needs nothing that lies beside it, and leaves nothing."""
    folder, result = tmp_path / "empty", tmp_path / "run.ipynb"
    folder.mkdir()
    # A process of its own: the client's event loop and sockets leave warnings that are not ours.
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(file), str(folder), str(result)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(folder.iterdir())
    cells = [cell for cell in json.loads(result.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    shown = [output for cell in cells for output in cell["outputs"]]
    assert sum(output["output_type"] in ("execute_result", "display_data") for output in shown) >= 3


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_outputs_are_stripped(file: Path) -> None:
    strip = _script()
    text = file.read_text("utf-8")
    assert text == strip.as_text(strip.stripped(json.loads(text))), "run scripts/strip_notebooks.py"


def test_stripping_takes_outputs_and_leaves_the_source(tmp_path: Path) -> None:
    strip = _script()
    clean = json.loads(NOTEBOOKS[0].read_text("utf-8"))
    used = copy.deepcopy(clean)
    code = next(cell for cell in used["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    code["execution_count"] = 7
    file = tmp_path / "used.ipynb"
    file.write_text(json.dumps(used), "utf-8")
    assert strip.main(["--check", str(file)]) == 1
    assert strip.main([str(file)]) == 0
    assert json.loads(file.read_text("utf-8")) == clean
    assert strip.main(["--check", str(file)]) == 0


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("strip_notebooks", ROOT / "scripts" / "strip_notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
