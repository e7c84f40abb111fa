"""The wire to the manager: HTTP for bodies, Socket.IO for events. The only module, with `packets`, that imports a network library.

It is imported when an executor connects and not before, so that `import pyfora` stays light.
"""

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from multiprocessing.pool import ThreadPool
from typing import Any
from urllib.parse import quote

import msgpack
import socketio
import urllib3

from pyfora import errors
from pyfora.client.address import Address
from pyfora.client.body import Body
from pyfora.client.packets import open_pool
from pyfora.errors import PyforaError
from pyfora.wire import Arrival

PROGRAM_TYPE = "application/x-pyfora-program"
READ_BYTES = 4 * 2**20  # taken from a large result at once
CONNECTIONS = 8  # kept open; threads beyond them open their own
RECONNECT_SECONDS = 0.2  # before the first try after a cut; doubles up to the next. Guessed: unnoticed by people, gentle to a manager
RECONNECT_MOST_SECONDS = 5.0

Event = Mapping[str, Any]


class Refused(PyforaError):  # noqa: N818 - states a fact
    """The manager answered with an error; one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class CutOff(errors.ConnectionError):
    """The manager could not be reached, or went away amid an answer."""

    def __init__(self, sentence: str, cause: str = "") -> None:
        super().__init__(sentence)
        self.cause = cause  #: "refused", "unknown host", "timeout", "not http", "tls", or "" for others


class Transport:
    """Every method may be used by any thread. `timeout` is in seconds."""

    def __init__(self, address: Address, timeout: float, token: str = "") -> None:
        self.address = address
        self.has_token = bool(token)
        self._credentials = {"Authorization": f"Bearer {token}"} if token else {}
        self.timeout = timeout
        self._closed = False
        limits = urllib3.Timeout(connect=timeout, read=timeout)
        self._http = open_pool(str(address), maxsize=CONNECTIONS, timeout=limits)
        self._socket = socketio.Client(
            reconnection_delay=RECONNECT_SECONDS,
            reconnection_delay_max=RECONNECT_MOST_SECONDS,
            serializer="msgpack",
            handle_sigint=False,
            request_timeout=timeout,
        )

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Body | bytes | None = None,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Any:
        """A question and its answer, JSON or msgpack. Asked twice when a kept connection turns out dead: every question may be repeated.

        `on_sent` is called when a Body is out."""
        try:
            return self._ask_once(method, path, query, body, on_sent)
        except CutOff:
            return self._ask_once(method, path, query, body, on_sent)

    def _ask_once(
        self, method: str, path: str, query: Mapping[str, object] | None, body: Body | bytes | None, on_sent: Callable[[], None]
    ) -> Any:
        data: Any = _tell_when_taken(body.pieces(), on_sent) if isinstance(body, Body) else body
        headers = dict(self._credentials)
        if isinstance(body, Body):
            headers |= {"Content-Type": PROGRAM_TYPE, "Content-Length": str(body.nbytes)}
        try:
            response = self._http.urlopen(method, _make_target(path, query), body=data, headers=headers, retries=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _explain(self.address, error) from error
        return _read_answer(response)

    def read_result(self, path: str, nbytes: int) -> Arrival:
        """A large result. Raises CutOff when it ends early, Refused."""
        result = Arrival(nbytes, "client")
        try:
            response = self._http.urlopen("GET", path, headers=self._credentials, preload_content=False, retries=False)
            try:
                if response.status != 200:
                    _read_answer(response)
                while result.missing and (piece := response.read(min(READ_BYTES, result.missing))):
                    result.add(piece)
                response.read()
            finally:
                response.close() if result.missing else response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _explain(self.address, error) from error
        if result.missing:
            raise CutOff(f"{self.address}: a result of {nbytes} bytes ended {result.missing} bytes too early")
        return result

    def open_socket(
        self,
        find_session: Callable[[], str],
        on_connect: Callable[[], None],
        on_disconnect: Callable[[], None],
        handlers: Mapping[str, Callable[[Event], None]],
    ) -> None:
        """Listen for events, from now until `close`; also after the connection was cut. `find_session` is asked before each try."""

        def find_url() -> str:
            if self._closed:
                raise socketio.exceptions.ConnectionError("closed")
            try:
                self._session = find_session()
            except PyforaError as error:
                raise socketio.exceptions.ConnectionError(str(error)) from error
            return str(self.address)

        self._socket.on("connect", on_connect)
        self._socket.on("disconnect", lambda *reason: on_disconnect())  # Debian 12's release gives none
        for event, handler in handlers.items():
            self._socket.on(event, handler)
        options = {
            "headers": self._credentials,
            "auth": lambda: {"session": self._session},
            "transports": ["websocket"],
            "wait_timeout": max(1, round(self.timeout)),
        }
        try:
            # The threads of a pool are daemons, and so is what they start: with Debian 12's release no process would end otherwise.
            with ThreadPool(1) as pool:
                pool.apply(self._socket.connect, [find_url], options)
        except socketio.exceptions.ConnectionError as error:
            raise errors.ConnectionError(f"the manager at {self.address} answers, but takes no event connection: {error}") from error

    def join(self, session: str, on_joined: Callable[[bool], None]) -> None:
        """Listen to another session from now on. Without a connection nothing happens: the next one asks `find_session`."""
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            self._socket.emit("join", {"session": session}, callback=on_joined)

    def close(self) -> None:
        self._closed = True
        self._socket.reconnection_attempts = 1  # one that is under way ends with its next try
        self._socket.disconnect()
        self._http.close()


def _make_target(path: str, query: Mapping[str, object] | None) -> str:
    asked = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items()) if query else ""
    return f"{path}?{asked}" if asked else path


def _tell_when_taken(pieces: Iterable[bytes | memoryview], tell: Callable[[], None]) -> Iterator[bytes | memoryview]:
    yield from pieces
    tell()


def _read_answer(response: "urllib3.BaseHTTPResponse") -> Any:
    kind = response.headers.get("Content-Type", "")
    told = json.loads(response.data) if "json" in kind else msgpack.unpackb(response.data) if "msgpack" in kind else None
    if response.status >= 400:
        sentence = told.get("title") if isinstance(told, dict) else None
        raise Refused(response.status, sentence or f"the answer was HTTP {response.status}")
    return told


def _explain(address: Address, error: BaseException) -> CutOff:
    causes = list(_list_causes(error))
    cause = ""
    if any(isinstance(each, socket.gaierror) for each in causes):
        cause = "unknown host"
    elif any(isinstance(each, ssl.SSLError) for each in causes):
        cause = "tls"
    elif any(isinstance(each, ConnectionRefusedError) for each in causes):
        cause = "refused"
    elif any(isinstance(each, TimeoutError | urllib3.exceptions.TimeoutError) for each in causes):
        cause = "timeout"
    elif any(isinstance(each, http.client.BadStatusLine) and not isinstance(each, ConnectionError) for each in causes):
        cause = "not http"
    return CutOff(f"{address}: {causes[-1]}", cause)


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those it was made from, outermost first."""
    while error is not None:
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
