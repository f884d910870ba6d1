"""Serve the app and, while it starts, make what the first visitor would wait for: ``serve.py run SCRIPT ...``."""

import sys
import threading

from planner import state
from streamlit.web import cli

SWITCH_S = 0.0005
"""How long one session's thread keeps the interpreter before another one's gets it. By default it is ten times as long,
and a click, which waits for it many times, would take most of a second beside one thread that computes."""

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    threading.Thread(target=state.prepare, daemon=True).start()
    cli.main(prog_name="streamlit")
