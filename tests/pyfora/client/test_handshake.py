"""What a newcomer meets: each is one sentence."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import pyfora
from pyfora import errors
from pyfora._version import __version__
from pyfora.client.address import Address
from pyfora.client.handshake import shake_hands
from pyfora.client.transport import Transport
from pyfora.wire.layout import FORMAT
from tests.ufora.gateway.fakes import echo, running_gateway
from ufora.gateway import Limits


def greet(port: int, wire_format: int = FORMAT, host: str = "127.0.0.1", timeout: float = 5) -> int:
    return shake_hands(Transport(Address("http", host, port), timeout), __version__, wire_format)


@contextmanager
def something_else(answer: bytes, content_type: str = "application/json") -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def a_listener(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            for _ in range(2):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_manager_says_how_much_it_takes(tmp_path: Path):
    with running_gateway(echo, tmp_path) as gateway:
        assert greet(gateway.port) == 8 * 2**30


def test_versions_that_cannot_talk_are_both_named(tmp_path: Path):
    with running_gateway(echo, tmp_path) as gateway:
        with pytest.raises(errors.ConnectionError, match=f"pyfora {__version__} here and ufora {__version__} at .*: upgrade the cluster"):
            greet(gateway.port, wire_format=FORMAT + 1)
        with pytest.raises(errors.ConnectionError, match="upgrade pyfora here"):
            greet(gateway.port, wire_format=0)


def test_releases_further_apart_than_a_minor_version_are_refused_naming_both() -> None:
    told = json.dumps({"product": "ufora", "version": "9.4.1", "wire_formats": [FORMAT], "program_bytes": 1}).encode()
    with something_else(told) as port:
        expected = f"pyfora here is release {__version__}, the cluster at http://127.0.0.1:{port} is release 9.4.1: .*; upgrade pyfora here"
        with pytest.raises(errors.ConnectionError, match=expected):
            greet(port)


def test_nothing_listens_there():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(errors.ConnectionError, match=f"nothing listens at http://127.0.0.1:{port}: start a cluster"):
        greet(port)


def test_there_is_no_such_host():
    with pytest.raises(errors.ConnectionError, match=r"there is no host named 'nowhere\.invalid'"):
        greet(30000, host="nowhere.invalid")


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"product": "other"}', b"not json"])
def test_something_else_that_speaks_http(answer: bytes):
    with something_else(answer) as port, pytest.raises(errors.ConnectionError, match="it is not a ufora manager"):
        greet(port)


def test_a_web_page():
    with something_else(b"<html>", "text/html") as port, pytest.raises(errors.ConnectionError, match="it is not a ufora manager"):
        greet(port)


def test_something_that_does_not_speak_http():
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")
        connection.recv(1000)

    with a_listener(serve) as port, pytest.raises(errors.ConnectionError, match="it is not a ufora manager"):
        greet(port)


def test_something_that_never_answers():
    def serve(connection: socket.socket) -> None:
        while connection.recv(1000):
            pass

    with (
        a_listener(serve) as port,
        pytest.raises(errors.ConnectionError, match=r"nothing answered at http://.* for 0\.1 seconds"),
    ):
        greet(port, timeout=0.1)


def test_a_token_that_is_withdrawn_after_the_handshake_is_told_as_any_that_is_no_good(tmp_path: Path):
    answers = iter([True])
    with (
        running_gateway(echo, tmp_path, admits=lambda token: next(answers, False)) as gateway,
        pytest.raises(errors.ConnectionError, match=r"^the cluster at http://\S+ does not take this token: ask "),
    ):
        pyfora.connect(gateway.address, token="withdrawn-0123456789")


def test_a_manager_that_takes_no_more_sessions_says_so(tmp_path: Path):
    with (
        running_gateway(echo, tmp_path, limits=Limits(sessions=1)) as gateway,
        pyfora.connect(gateway.address),
        pytest.raises(errors.ConnectionError, match=r"^the cluster at http://\S+ does not take this client: .*sessions"),
    ):
        pyfora.connect(gateway.address)
