"""Serve the app, and make what every first visitor would wait for while the server starts: ``serve.py run SCRIPT ...``."""

import threading

from streamlit.web import cli

from planner import state

if __name__ == "__main__":
    threading.Thread(target=state.prepare, daemon=True).start()
    cli.main(prog_name="streamlit")
