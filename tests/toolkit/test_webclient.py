"""One request, whoever answers: never a traceback."""

from __future__ import annotations

import socket
import threading

import pytest

from pyctl import issuers, webclient
from pyctl.errors import OperatorError


def someone(says: bytes) -> int:
    """The port of somebody who says one thing to whoever comes first."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(says)

    threading.Thread(target=answer, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 70_000])
def test_who_speaks_no_http_is_nobody(says: bytes) -> None:
    answer = webclient.ask(f"http://127.0.0.1:{someone(says)}/")
    assert (answer.status, answer.ok, answer.json) == (0, False, None)
    with pytest.raises(OperatorError, match="could not be fetched"):
        issuers.read_key_set(f"https://127.0.0.1:{someone(says)}/")
