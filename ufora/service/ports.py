"""Ports of this machine: is one free, which ones are."""

import random
import socket
from collections.abc import Mapping

from pyfora.errors import ConfigurationError

LOWEST, HIGHEST = 20000, 32000
"""Where free ports are looked for. Linux gives outgoing connections ports from 32768 up: below, none takes one away meanwhile."""


def is_free(port: int, address: str) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
            listener.listen(1)
        except OSError:
            return False
    return True


def find_free_ports(count: int, address: str) -> int:
    """The first of `count` neighbouring ports that are free."""
    candidates = range(LOWEST, HIGHEST, count)
    # Shuffled, so that two clusters that start at the same time hardly ever look at the same ports.
    for first in random.sample(candidates, len(candidates)):
        if all(is_free(first + each, address) for each in range(count)):
            return first
    raise ConfigurationError(f"no {count} neighbouring ports from {LOWEST} to {HIGHEST} are free on {address}")


def check_free(ports: Mapping[str, int], address: str, hint: str = "") -> None:
    """`ports`: by the name of their setting. Raises ConfigurationError when something listens on one already."""
    for name, port in ports.items():
        if not is_free(port, address):
            raise ConfigurationError(
                f"{name}: port {port} of {address} is in use already: stop what listens there, or choose another port{hint}"
            )
