import socket

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.ports import check_free, find_free_ports, is_free


def test_a_port_that_is_listened_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port, "127.0.0.1")
        assert not is_free(port, "0.0.0.0")
        with pytest.raises(ConfigurationError, match=f"^registry.port: port {port} of 127.0.0.1 is in use already"):
            check_free({"registry.port": port}, "127.0.0.1")


def test_neighbouring_free_ports_are_found() -> None:
    first = find_free_ports(4, "127.0.0.1")
    assert all(is_free(first + each, "127.0.0.1") for each in range(4))
