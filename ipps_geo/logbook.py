r"""What only the maintainer may read: other programs' error texts, under the number that the user was told.

An entry is one line, its time first; whatever follows stands on lines that begin with ``|``. Names that people typed
cannot forge an entry: their line breaks and control characters are written as escapes.

>>> one_line("roster\n2026-11-22 everything is fine")
'roster\\n2026-11-22 everything is fine'
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import secrets
import sys
import tempfile
import unicodedata
from pathlib import Path

LOGGER = logging.getLogger("ipps_geo")
LOGGER.addHandler(logging.NullHandler())
FILE = "ipps_geo.log"
_BREAKING = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_MOST_BYTES, _KEPT = 1 << 20, 3


def record(trace: str, *, doing: str) -> str:
    """Write an error that is not for users into the log and return the number under which it stands there."""
    number = secrets.token_hex(4)
    LOGGER.error("%s %s", number, doing, extra={"trace": trace})
    return number


def one_line(text: str) -> str:
    """Return a text with everything that breaks or turns a line as an escape; Chinese stays as it is."""
    return "".join(_escaped(sign) if unicodedata.category(sign) in _BREAKING else sign for sign in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


class Entries(logging.Formatter):
    """Formats what is logged as entries that nobody can forge."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return an entry: one line, and the lines of a trace behind ``|``."""
        told = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        lines = [one_line(super().format(told))]
        for text in (
            str(getattr(record, "trace", "")),
            self.formatException(record.exc_info) if record.exc_info else "",
        ):
            lines += [f"  | {one_line(line)}" for line in text.splitlines()]
        return "\n".join(lines)


class _OwnFile(logging.handlers.RotatingFileHandler):
    """A file that comes into being with its first entry and that its owner alone reads."""

    def _open(self) -> io.TextIOWrapper:
        try:
            return self._of_owner()
        except OSError:  # no home, or one that cannot be written: a folder of this run
            self.baseFilename = str(Path(tempfile.mkdtemp(prefix="ipps-geo-log-")) / FILE)
            return self._of_owner()

    def _of_owner(self) -> io.TextIOWrapper:
        file = Path(self.baseFilename)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


def to_file(path: Path | None = None) -> Path:
    """Log to a file from now on, by default one of this user, and return its path."""
    file = (path or _own_folder() / FILE).absolute()
    if not any(isinstance(handler, _OwnFile) and handler.baseFilename == str(file) for handler in LOGGER.handlers):
        handler = _OwnFile(file, maxBytes=_MOST_BYTES, backupCount=_KEPT, delay=True)
        handler.setFormatter(Entries())
        LOGGER.addHandler(handler)
    return file


def _own_folder() -> Path:
    named = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(named) if named else Path.home() / ".local" / "state") / "ipps_geo"
    except RuntimeError:  # an account without a home
        return Path(tempfile.mkdtemp(prefix="ipps-geo-log-"))
