"""The address that others reach this machine by."""

import ipaddress
import socket

SOME_ADDRESS = "192.0.2.1"  #: RFC 5737: belongs to nobody; only the way there is asked for, nothing is sent
LOOPBACK = "127.0.0.1"


def find_own_address(listen_address: str, manager: str) -> str:
    """The documented default, `gethostbyname(getfqdn())`; where that names only this machine itself, or the manager is at an IPv6 address,
    the address on the way to the manager.

    A process that listens on one address only can be reached by no other."""
    if not ipaddress.ip_address(listen_address).is_unspecified:
        return listen_address
    towards = _find_address_towards(manager or SOME_ADDRESS)
    if ":" in manager and towards:  # `gethostbyname` knows nothing of IPv6
        return towards
    try:
        address = socket.gethostbyname(socket.getfqdn())
    except OSError:
        address = LOOPBACK
    return (towards or address) if ipaddress.ip_address(address).is_loopback else address


def _find_address_towards(host: str) -> str | None:
    """This machine's address on the way to `host`; a connected UDP socket knows it without sending."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(place)
            address: str = probe.getsockname()[0]
            return address
    except OSError:
        return None
