import pytest

from pyfora import errors
from pyfora.client.address import Address, parse_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:30000", Address("http", "localhost", 30000)),
        ("http://10.0.0.1:30000/", Address("http", "10.0.0.1", 30000)),
        ("https://cluster.example", Address("https", "cluster.example", 443)),
        ("http://[::1]:30000", Address("http", "::1", 30000)),
    ],
)
def test_an_address_is_read(url: str, address: Address):
    assert parse_address(url) == address


def test_an_address_is_written_as_it_is_read():
    for url in ("http://localhost:30000", "http://[::1]:30000"):
        assert str(parse_address(url)) == url


@pytest.mark.parametrize(
    "url", ["localhost:30000", "localhost", "", "ftp://localhost", "http://", "http://h:port", "http://h:99999", "http://["]
)
def test_what_is_no_address_is_named_with_an_example(url: str):
    with pytest.raises(errors.ConnectionError, match=r"is not the address of a manager.*http://localhost:30000"):
        parse_address(url)


@pytest.mark.parametrize("url", ["http://h:1/path", "http://h:1?x=1", "http://user:secret@h:1"])
def test_an_address_has_nothing_after_the_port(url: str):
    with pytest.raises(errors.ConnectionError, match="more than scheme, host and port"):
        parse_address(url)
