"""HTTP requests whose head and body go out together.

Left to itself, `http.client` sends the head first, which wakes a manager that then has to wait for the body: on a small block two switches
between processes too many.
"""

from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

TOGETHER_BYTES = 64 * 1024
"""A piece of a body up to this is copied behind the head. Guessed: copying it takes about 10 µs."""


class _Together(HTTPConnection):
    _is_beginning = False  # the next piece to be sent is a head
    _head: bytes | None = None  # waits for the first piece of its body

    def request(self, *request: Any, **options: Any) -> None:
        self._head, self._is_beginning = None, True
        super().request(*request, **options)
        self._send_head()

    def send(self, data: Any) -> None:
        if self._is_beginning:
            self._head, self._is_beginning = bytes(data), False
        elif self._head is not None and isinstance(data, bytes | memoryview) and len(data) <= TOGETHER_BYTES:
            head, self._head = self._head, None
            super().send(head + data)
        else:
            self._send_head()
            super().send(data)

    def _send_head(self) -> None:
        head, self._head = self._head, None
        if head is not None:
            super().send(head)


class _TogetherInTls(_Together, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Together


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TogetherInTls


def open_pools(**options: Any) -> urllib3.PoolManager:
    """A PoolManager of such connections."""
    manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager
