"""Numbers of the kernel, said a second time as its own tables say them: a test on one machine meets few of them."""

from __future__ import annotations

from ipps_geo.gate import Bounds, linux

CALLS = {
    "x86_64": {
        "socket": 41, "connect": 42, "bind": 49, "listen": 50, "socketpair": 53, "execve": 59, "ptrace": 101,
        "perf_event_open": 298, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "execveat": 322,
        "userfaultfd": 323, "io_uring_setup": 425,
    },
    "aarch64": {
        "ptrace": 117, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "connect": 203, "execve": 221,
        "perf_event_open": 241, "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "execveat": 281,
        "userfaultfd": 282, "io_uring_setup": 425,
    },
}  # fmt: skip
FILE_RIGHTS = (
    "execute", "write_file", "read_file", "read_dir", "remove_dir", "remove_file", "make_char", "make_dir", "make_reg",
    "make_sock", "make_fifo", "make_block", "make_sym", "refer", "truncate", "ioctl_dev",
)  # fmt: skip
"""In the order of their bits."""
KNOWN_SINCE = {"make_sym": 1, "refer": 2, "truncate": 3, "ioctl_dev": 5}
"""The last right that each version of Landlock knows."""


def test_calls_that_are_refused_have_the_numbers_of_their_architecture() -> None:
    assert {machine: set(calls) for machine, (_, calls) in linux._FORBIDDEN.items()} == {
        machine: set(named.values()) for machine, named in CALLS.items()
    }
    assert [audit for audit, _ in linux._FORBIDDEN.values()] == [0xC000003E, 0xC00000B7]


def test_each_version_of_landlock_holds_back_every_right_that_it_knows() -> None:
    bits = {name: 1 << place for place, name in enumerate(FILE_RIGHTS)}
    whole = {
        version: sum(bits[name] for name in FILE_RIGHTS[: FILE_RIGHTS.index(last) + 1])
        for last, version in KNOWN_SINCE.items()
    }
    assert whole == linux._HANDLED
    assert bits["read_file"] | bits["write_file"] | bits["truncate"] == linux._OF_FILES
    assert bits["read_dir"] == linux._READ_DIRECTORY


def test_what_a_worker_may_take_unless_it_is_said() -> None:
    bounds = Bounds()
    assert (bounds.memory_bytes, bounds.written_bytes) == (2 << 30, 2 << 30)
    assert (bounds.seconds, bounds.wall_seconds) == (60.0, 240.0)
