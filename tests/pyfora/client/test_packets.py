"""What a connection sends, read from a socket that keeps apart what was sent apart."""

import socket
from collections.abc import Iterator

import pytest
import urllib3

from pyfora.client.packets import TOGETHER_BYTES, open_pools

Ends = tuple[urllib3.connection.HTTPConnection, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open_pools() as pools, ours, theirs:
        connection = pools.connection_from_url("http://127.0.0.1:1").ConnectionCls("127.0.0.1", 1)
        connection.sock = ours
        yield connection, theirs


def put(connection, pieces: list[bytes]) -> None:
    connection.request("PUT", "/x", body=iter(pieces), headers={"Content-Length": str(sum(map(len, pieces)))})


def test_a_head_goes_out_with_its_body(ends: Ends):
    connection, server = ends
    put(connection, [b"one", b"two"])
    first = server.recv(2**20)
    assert first.startswith(b"PUT /x HTTP/1.1\r\n")
    assert first.endswith(b"\r\n\r\none")
    assert server.recv(2**20) == b"two"


def test_a_large_piece_is_not_copied_behind_its_head(ends: Ends):
    connection, server = ends
    put(connection, [bytes(TOGETHER_BYTES + 1)])
    assert server.recv(2**20).endswith(b"\r\n\r\n")
    assert server.recv(2**20) == bytes(TOGETHER_BYTES + 1)


def test_a_head_without_a_body_goes_out_alone_and_the_next_one_too(ends: Ends):
    connection, server = ends
    connection.request("GET", "/x")
    assert server.recv(2**20).endswith(b"\r\n\r\n")
    server.send(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert connection.getresponse().status == 204
    put(connection, [])
    assert server.recv(2**20).startswith(b"PUT /x")


def test_encrypted_connections_do_the_same():
    with open_pools() as pools:
        plain, encrypted = (pools.connection_from_url(f"{scheme}://127.0.0.1:1").ConnectionCls for scheme in ("http", "https"))
    assert issubclass(encrypted, urllib3.connection.HTTPSConnection)
    assert encrypted.send is plain.send
