"""From an address to an executor."""

import contextlib
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyfora import errors
from pyfora._version import __version__
from pyfora.client.address import parse_address
from pyfora.client.executor import Executor
from pyfora.client.language import FindRemote, Language
from pyfora.client.private import PrivateCluster
from pyfora.client.token import find_token
from pyfora.wire.layout import FORMAT

if TYPE_CHECKING:
    from pyfora.client import session as session_module


def open_executor(
    make_language: Callable[[FindRemote], Language], url: str | None, timeout: float, progress: bool = False, token: str | None = None
) -> Executor:
    """`progress`: show bars. `token`: see `token.find_token`. Without a url a private cluster is started, and stopped when the
    executor is closed.

    Raises pyfora.ConnectionError."""
    with contextlib.ExitStack() as opened:
        if url is None:
            cluster = PrivateCluster(timeout)
            opened.callback(cluster.close)
            url = cluster.url
        session = _open_session(url, timeout, find_token(token), opened)
        return Executor(session, make_language, opened.pop_all().close, progress)


def _open_session(url: str, timeout: float, token: str, opened: contextlib.ExitStack) -> "session_module.Session":
    address = parse_address(url)
    # Imported now and not with pyfora: the network libraries take a third of a second.
    transports = importlib.import_module("pyfora.client.transport")
    sessions = importlib.import_module("pyfora.client.session")
    handshake = importlib.import_module("pyfora.client.handshake")
    transport = transports.Transport(address, timeout, token)
    opened.callback(transport.close)
    most_bytes = handshake.shake_hands(transport, __version__, FORMAT)
    session: session_module.Session = sessions.Session(transport, timeout)
    try:
        session.open(most_bytes)
    except transports.Refused as refusal:  # too many sessions, or the token was withdrawn just now
        raise errors.ConnectionError(handshake.explain_refusal(transport, refusal)) from None
    opened.callback(session.close)
    return session
