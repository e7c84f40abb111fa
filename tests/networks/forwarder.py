"""A plain TCP forwarder, as `ssh -L` and a router's forwarded ports are: `python -m tests.networks.forwarder [HOST]:PORT=[HOST]:PORT …`.

Each pair is where it listens and where it connects. It says `ready` when it listens.
"""

import asyncio
import sys
from contextlib import suppress
from functools import partial


async def forward(host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection(host, port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What one side says goes to the other, until either hangs up."""
    with suppress(ConnectionError):
        while words := await reader.read(2**16):
            writer.write(words)
            await writer.drain()
    writer.close()


def split(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)


async def main(*pairs: str) -> None:
    for here, there in (pair.split("=") for pair in pairs):
        await asyncio.start_server(partial(forward, *split(there)), *split(here))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
