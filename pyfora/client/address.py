"""Where a manager is, from what the user wrote."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pyfora import errors
from pyfora.hosts import write_address


@dataclass(frozen=True, slots=True)
class Address:
    scheme: str  #: "http" or "https"
    host: str  #: name, IPv4 or IPv6 address, without brackets
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{write_address(self.host, self.port)}"


def parse_address(url: str) -> Address:
    """Raises errors.ConnectionError when it is not the address of a manager."""
    advice = 'write it like "http://localhost:30000"'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise errors.ConnectionError(f"{url!r} is not the address of a manager ({error}): {advice}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.ConnectionError(f"{url!r} is not the address of a manager: {advice}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise errors.ConnectionError(f"{url!r} has more than scheme, host and port: {advice}")
    return Address(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80))
