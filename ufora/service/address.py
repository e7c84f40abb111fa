"""The address that others reach this machine by."""

import ipaddress
import socket

SOME_ADDRESS = "192.0.2.1"  #: RFC 5737: belongs to nobody; only the way there is asked for, nothing is sent


def find_own_address(listen_address: str, manager: str) -> str:
    """The documented default, `gethostbyname(getfqdn())`; where that names only this machine itself, the address on the way to the manager.

    A process that listens on one address only can be reached by no other."""
    if not ipaddress.ip_address(listen_address).is_unspecified:
        return listen_address
    try:
        address = socket.gethostbyname(socket.getfqdn())
    except OSError:
        address = "127.0.0.1"
    if not ipaddress.ip_address(address).is_loopback:
        return address
    return _find_address_towards(manager or SOME_ADDRESS) or address


def _find_address_towards(host: str) -> str | None:
    """This machine's address on the way to `host`; a connected UDP socket knows it without sending."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address
