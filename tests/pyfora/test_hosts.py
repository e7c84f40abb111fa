import pytest

from pyfora.hosts import write_address


@pytest.mark.parametrize(
    ("host", "written"),
    [("name.of.it", "name.of.it:80"), ("10.0.0.7", "10.0.0.7:80"), ("::1", "[::1]:80"), ("fe80::1%eth0", "[fe80::1%eth0]:80")],
)
def test_an_ipv6_address_stands_in_brackets(host: str, written: str) -> None:
    assert write_address(host, 80) == written
