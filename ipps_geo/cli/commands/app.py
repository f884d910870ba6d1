"""``app``: open the planning app, from a checkout or from an installed wheel."""

from __future__ import annotations

import importlib.util
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ipps_geo import logbook
from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.gate.children import SCREEN, SETTINGS, environment, python_command
from ipps_geo.screens.base_map import base_map_style


def app_script() -> Path:
    """Return the app's script: ``apps/`` of a checkout, or the copy that travels in the wheel."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package.parent / "apps", package / "_apps"):
        script = folder / "streamlit_app.py"
        if script.is_file():
            return script
    raise BadInput("command.no_app", where=str(package))


def run_app(*, port: int = 8501, address: str = "127.0.0.1", headless: bool = False) -> int:
    """Serve the app until it is stopped and return its exit code.

    Raises
    ------
    MissingExtra
        Streamlit is not installed.
    BadInput
        A setting that cannot be: better told here than on every page.
    """
    base_map_style()
    if importlib.util.find_spec("streamlit") is None:
        raise MissingExtra("command.no_streamlit", where="ipps-geo app")
    options = {
        "server.port": str(port),
        "server.address": address,
        "server.headless": str(headless).lower(),
        "server.maxUploadSize": "200",
        "server.enableXsrfProtection": "true",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "server.fileWatcherType": "none",
        # By default every run ends with a full collection of garbage, which stops all sessions for as long as a page
        # takes; what a run leaves behind is collected in its turn all the same.
        "runner.postScriptGC": "false",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    script = app_script()
    command = python_command("ipps_geo.cli.commands.app:serve", str(script.parent), "run", str(script), *arguments)
    quiet = {"STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    return subprocess.run(command, env=environment(*SCREEN, *SETTINGS) | quiet, check=False).returncode


def serve() -> None:
    """Serve the app whose folder stands before Streamlit's own arguments: what the process of :func:`run_app` does."""
    logbook.to_file()
    folder = sys.argv.pop(1)
    sys.path.append(folder)
    sys.argv[0] = "streamlit"
    runpy.run_path(str(Path(folder) / "serve.py"), run_name="__main__")


def open_app(
    port: Annotated[int, typer.Option(help="端口 · Port.")] = 8501,
    address: Annotated[str, typer.Option(help="监听地址 · Address to listen on.")] = "127.0.0.1",
    headless: Annotated[bool, typer.Option("--headless", help="不打开浏览器 · Open no browser.")] = False,
) -> None:
    """打开规划应用 · Open the planning app."""
    raise typer.Exit(run_app(port=port, address=address, headless=headless))
