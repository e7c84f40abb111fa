import socket

import pytest

from ufora.service.address import find_own_address


def test_a_process_that_listens_on_one_address_has_that_address() -> None:
    assert find_own_address("127.0.0.1", "10.0.0.1") == "127.0.0.1"


def test_the_documented_default_is_the_address_of_the_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "10.1.2.3")
    assert find_own_address("0.0.0.0", "") == "10.1.2.3"


def test_a_host_name_that_only_means_this_machine_gives_way_to_the_address_towards_the_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "127.0.1.1")
    assert find_own_address("0.0.0.0", "127.0.0.1") == "127.0.0.1"


def test_a_host_name_that_nobody_knows_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> str:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "gethostbyname", fail)
    assert find_own_address("0.0.0.0", "127.0.0.1") == "127.0.0.1"


def test_towards_a_manager_at_an_ipv6_address_it_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "10.1.2.3")
    assert find_own_address("::", "::1") == "::1"
