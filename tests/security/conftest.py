"""What an attacker would like to reach: an address that counts who calls, and a file that nobody sent in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SECRET = "the-content-of-another-file-91110108"


@dataclass
class Listener:
    """A server on this machine that notes every connection."""

    port: int
    calls: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(1)
                    try:
                        found.calls.append(connection.recv(200))
                        connection.sendall(b"HTTP/1.0 404 no\r\n\r\n")
                    except OSError:
                        found.calls.append(b"")

        threading.Thread(target=serve, daemon=True).start()
        with socket.create_connection(("127.0.0.1", found.port), 2) as proof:
            proof.sendall(b"GET /proof HTTP/1.0\r\n\r\n")
            proof.recv(100)
        assert found.calls == [b"GET /proof HTTP/1.0\r\n\r\n"], "the listener hears"
        found.calls.clear()
        yield found
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def nobody_called(listener: Listener) -> Iterator[Listener]:
    """The listener, which must have heard nothing when the test is over."""
    yield listener
    assert listener.calls == []


@pytest.fixture(scope="session")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that nobody sent in."""
    file = tmp_path_factory.mktemp("private") / "secret.csv"
    file.write_text(f"enterprise_id,name,lon,lat\n{SECRET},{SECRET},116.3,39.9\n", encoding="utf-8")
    return file


@pytest.fixture
def told() -> Callable[[Callable[[], object]], str]:
    """Everything that a call tells its caller: its result, or its error with code, values and words."""

    def run(call: Callable[[], object]) -> str:
        from ipps_geo.errors import IppsGeoError

        try:
            return repr(call())
        except IppsGeoError as error:
            return f"{type(error).__name__} {error.code} {error.values} {error}"

    return run


@pytest.fixture(autouse=True)
def _as_for_users(new_readers: None) -> None:
    """What holds a reader is tried on processes that start as they do for users."""
