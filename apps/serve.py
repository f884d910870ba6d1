"""Serve the app and, while it starts, make what the first visitor would wait for: ``serve.py run SCRIPT ...``."""

import threading

from planner import state
from streamlit.web import cli

if __name__ == "__main__":
    threading.Thread(target=state.prepare, daemon=True).start()
    cli.main(prog_name="streamlit")
