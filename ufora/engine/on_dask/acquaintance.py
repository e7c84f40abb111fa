"""Whether the manager and this worker know each other by the same cluster key; asked before registering, to say clearly what is wrong.

Without asking, a worker with the wrong key sees only that its connections break, and tries again without a pause.
"""

import asyncio
import ssl

from distributed.comm.addressing import parse_host_port

from ufora.engine.on_dask.keys import ClusterKey

ANSWER_SECONDS = 2.0
"""How long the manager's first word may take. Guessed: it says it at once, unless it waits for TLS to begin."""


async def find_refusal(manager: str, key: ClusterKey | None) -> str:
    """Why the manager at host:port would not talk to this worker; "" when it would, or is not there."""
    host, port = parse_host_port(manager)
    try:
        if key is None:
            return await _ask_in_plain_text(host, port)
        await _greet(host, port, _make_context(key.path))
    except ssl.SSLCertVerificationError:
        return f"its cluster key is another than the one in {key.path if key else ''}"
    except ssl.SSLError:
        return f"it has no cluster key, and this worker has the one in {key.path if key else ''} (keys.cluster_file)"
    except OSError:  # also TimeoutError
        return ""
    return ""


async def _ask_in_plain_text(host: str, port: int) -> str:
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), ANSWER_SECONDS)
    try:
        await asyncio.wait_for(reader.read(1), ANSWER_SECONDS)
        return ""
    except TimeoutError:
        pass
    finally:
        writer.close()
    stranger = ssl.create_default_context()
    stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
    await _greet(host, port, stranger)
    return "it has a cluster key, and this worker has none: copy the key file here and name it in keys.cluster_file"


async def _greet(host: str, port: int, context: ssl.SSLContext) -> None:
    """A TLS handshake. Raises ssl.SSLError, OSError."""
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=context), ANSWER_SECONDS)
    writer.close()


def _make_context(path: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=path)
    context.check_hostname = False  # the certificate names no machine: all have the same
    context.load_cert_chain(path)
    return context
