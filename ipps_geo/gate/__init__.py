"""The one door for files that come from outside: what they are, and a process that may do nothing but read them.

``confined`` calls a reading function in a worker that is held to memory, time and bytes written, has no network and
sees no files but those it was given. ``content_of`` says what a file is by its content, from a closed list.
``read_toml`` reads a small text of settings. ``python -m ipps_geo.gate`` prints what this machine enforces.
"""

from ipps_geo.gate.bounds import Bounds
from ipps_geo.gate.content import content_of, parse_toml, read_toml
from ipps_geo.gate.process import Worker, confined

__all__ = ["Bounds", "Worker", "confined", "content_of", "parse_toml", "read_toml"]
