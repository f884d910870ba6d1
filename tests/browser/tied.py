"""Run a command that does not outlive whoever started it: ``tied.py COMMAND ...`` with a pipe as standard input.

Nobody writes to the pipe. The system closes it when the starter ends, however it ends, and then the whole process group
is killed: a test run that is killed leaves no server behind. The starter puts this program into a session of its own.
"""

import os
import signal
import subprocess
import sys
import threading


def main():
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_the_pipe, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_the_pipe(child):
    sys.stdin.buffer.read()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    child.kill()


if __name__ == "__main__":
    sys.exit(main())
