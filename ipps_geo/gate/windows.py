"""What Windows lets a parent hold a child to: memory, and an end with its parent, by a job object."""

from __future__ import annotations

import ctypes
import os
from typing import Any

_EXTENDED_LIMITS = 9
_PROCESS_MEMORY, _JOB_MEMORY, _DIES_ON_EXCEPTION, _DIES_WITH_PARENT = 0x100, 0x200, 0x400, 0x2000


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION: the basic limits, counters of input and output, bounds of memory."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def limits(memory_bytes: int) -> _Limits:
    """Return the limits of a job of ``memory_bytes``, all its processes together."""
    flags = _PROCESS_MEMORY | _JOB_MEMORY | _DIES_ON_EXCEPTION | _DIES_WITH_PARENT
    return _Limits(flags=flags, process_memory=memory_bytes, job_memory=memory_bytes)


def hold(process_handle: int, memory_bytes: int) -> int | None:
    """Put a process into a job of ``memory_bytes``; returns the job's handle, to be kept open, or None.

    Closing the handle (:func:`release`) ends the process and its children.
    """
    kernel = _kernel()
    if kernel is None:
        return None
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p)
    kernel.SetInformationJobObject.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
    kernel.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    job = kernel.CreateJobObjectW(None, None)
    if not job:
        return None
    wanted = limits(memory_bytes)
    held = kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(wanted), ctypes.sizeof(wanted))
    if held and kernel.AssignProcessToJobObject(job, process_handle):
        return int(job)
    release(job)
    return None


def release(job: int | None) -> None:
    """Close the handle of a job, which ends what runs in it."""
    kernel = _kernel()
    if kernel is not None and job:
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        kernel.CloseHandle(job)


def _kernel() -> Any:
    return ctypes.WinDLL("kernel32", use_last_error=True) if os.name == "nt" else None  # type: ignore[attr-defined]
