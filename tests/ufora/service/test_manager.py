import pytest

from ufora.service.manager import show_url


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://0.0.0.0:30000", "http://localhost:30000"),
        ("https://[::]:30000", "https://localhost:30000"),
        ("http://10.0.0.7:30000", "http://10.0.0.7:30000"),
    ],
)
def test_the_address_that_is_logged_can_be_opened(address: str, shown: str) -> None:
    assert show_url(address) == shown
