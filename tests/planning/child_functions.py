"""What the child process is told to do in test_child."""

import os
import time

from ipps_geo.errors import BadInput


def count_to_three(progress, should_stop):
    for number in (1, 2, 3):
        progress(number)
    return "done"


def raise_ours(progress, should_stop):
    raise BadInput("argument.not_a_day", where="there", text="soon")


def raise_other(progress, should_stop):
    return 1 / 0


def print_much(progress, should_stop):
    print("x" * 100_000, flush=True)
    os.write(1, b"raw bytes")
    return "quiet"


def work_until_stopped(progress, should_stop):
    progress("running")
    while not should_stop():
        time.sleep(0.01)
    return "stopped in time"


def never_stop(progress, should_stop):
    progress("incumbent")
    while True:
        time.sleep(1)


def die(progress, should_stop):
    os._exit(9)
