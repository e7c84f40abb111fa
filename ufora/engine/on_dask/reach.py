"""Whether the manager reaches a worker by the address that it registers, asked before it is taken; and whether a worker reaches it.

A worker that nobody reaches would be given leases, and every value on it would be lost again and again. Other workers may see another
network than the manager does, but the usual mistakes (a container's or a NAT's inside, a host name that means loopback, one port of the
two open) show from here too.
"""

import asyncio
import os

from distributed.comm.addressing import parse_host_port

REACH_SECONDS = 5.0
"""How long a worker's machine may take to take a connection. Guessed: one lost packet, and the kernel tries twice again."""


async def find_obstacle(address: str) -> str:
    """Why the worker at host:port cannot be reached from here; "" when it can."""
    host, port = parse_host_port(address)
    for each in (port, port + 1):
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, each), REACH_SECONDS)
        except OSError as error:  # also TimeoutError
            return (
                f"the manager cannot reach it at {host} port {each} ({_say(error)}): set worker.own_address (UFORA_WORKER_OWN_ADDRESS) "
                f"to an address that the manager and all workers reach it by, and let them through to ports {port} and {port + 1} there"
            )
        writer.close()
    return ""


async def find_silence(manager: str) -> str:
    """Why nobody answers at host:port, as " (…)"; "" when somebody does."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(*parse_host_port(manager)), REACH_SECONDS)
    except OSError as error:  # also TimeoutError
        return f" ({_say(error)})"
    writer.close()
    return ""


def _say(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {REACH_SECONDS:g} seconds"
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
