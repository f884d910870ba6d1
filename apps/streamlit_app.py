"""The planning app: opened by ``ipps-geo app`` on this machine."""

from planner.shell import run

run()
