"""What Linux lets a process give up for good: addresses, files and programs of others.

Three calls of the kernel, made here by their numbers because Python has no names for them. Each function returns
whether the kernel agreed; none can be undone, and children inherit all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_DEATH_SIGNAL, _NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 1, 38, 22, 2
# Landlock: numbers of its calls are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BENEATH = 1
_READ_FILE, _READ_DIRECTORY, _WRITE_FILE, _TRUNCATE = 1 << 2, 1 << 3, 1 << 1, 1 << 14
_OF_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Rights on files that each version of Landlock knows; running programs is among them and granted nowhere."""
_NET, _SCOPED = 0b11, 0b11
# Calls that reach other machines, other processes or the kernel's back doors, by architecture.
_FORBIDDEN = {
    "x86_64": (0xC000003E, (41, 42, 49, 50, 53, 59, 101, 298, 310, 311, 321, 322, 323, 425)),
    "aarch64": (0xC00000B7, (117, 198, 199, 200, 201, 203, 221, 241, 270, 271, 280, 281, 282, 425)),
}
"""Audit number of the architecture and the calls: socket, connect, bind, listen, socketpair, execve, execveat, ptrace,
perf_event_open, process_vm_readv and _writev, bpf, userfaultfd, io_uring_setup."""
_FOREIGN_ABI = 0x40000000


def end_with_parent() -> None:
    """Let the kernel kill this process when the one that started it is gone."""
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)


def no_network() -> bool:
    """Enter a network of one's own, without an address; to be called before any thread is started."""
    libc = _libc()
    return bool(libc.unshare(_NEW_NET) == 0 or libc.unshare(_NEW_USER | _NEW_NET) == 0)


def no_sockets_no_programs() -> bool:
    """Forbid sockets, other programs and other processes' memory by a filter of system calls (seccomp)."""
    known = _FORBIDDEN.get(platform.machine())
    if known is None or sys.byteorder != "little" or not _no_new_privileges():
        return False
    architecture, calls = known
    kill, refuse, allow = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, kill), (load, 0, 0, 0)]
    program.append((at_least, len(calls) + 1, 0, _FOREIGN_ABI))
    program += [(equal, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = b"".join(struct.pack("<HBBI", *step) for step in program)
    held = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(held)))
    return _prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(head))


def only_files(readable: Iterable[Path], private: Path) -> int:
    """See no file but those in or beneath ``readable``, and write none but in ``private``, run none (Landlock).

    Returns the kernel's version of Landlock, 0 where there is none. From version 4 on no TCP address can be called,
    from version 6 on no process outside be signalled.
    """
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1 or not _no_new_privileges():
        return 0
    handled = _HANDLED[max(known for known in _HANDLED if known <= version)]
    attributes = struct.pack("=QQQ", handled, _NET if version >= 4 else 0, _SCOPED if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if rules < 0:
        return 0
    try:
        granted = [(path, _READ_FILE | _READ_DIRECTORY) for path in readable]
        for path, rights in [*granted, (private, handled & ~1), (Path(os.devnull), _READ_FILE | _WRITE_FILE)]:
            _grant(rules, path, rights & handled)
        return int(version) if libc.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0 else 0
    finally:
        os.close(rules)


def _grant(rules: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no permission
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        _libc().syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", rights, place), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _no_new_privileges() -> bool:
    return _prctl(_NO_NEW_PRIVILEGES, 1)


def _prctl(option: int, *values: int) -> bool:
    filled = [*values, 0, 0, 0][:4]
    return bool(_libc().prctl(option, *(ctypes.c_ulong(value) for value in filled)) == 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
