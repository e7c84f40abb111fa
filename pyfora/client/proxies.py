"""Values that live on the cluster."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from pyfora.client.lineage import Lineage
from pyfora.program.nodes import Remote

if TYPE_CHECKING:
    from pyfora.client.executor import Executor


class RemotePythonObject:
    """A value on the cluster. Use it in later blocks and calls; `toLocal()` brings it home."""

    __slots__ = ("__weakref__", "_came", "_executor", "_lineage", "_remote")

    def __init__(self, executor: Executor, lineage: Lineage, remote: Remote) -> None:
        self._executor = executor
        self._lineage = lineage
        self._remote = remote
        self._came: tuple[object] | None = None  # the value itself, where it came along

    def toLocal(self) -> Future[Any]:  # noqa: N802 - the documented name
        """A future of the value itself, here: equal to the one there, and of the same type.

        The future raises ForaToPythonConversionError when the value cannot be made here. Raises pyfora.ConnectionError when the executor
        is closed."""
        return self._executor.fetch(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Future[RemotePythonObject]:
        """Call it on the cluster; a future of a proxy."""
        return self._executor.submit(self, *args, **kwargs)

    def __repr__(self) -> str:
        name = f"{self._remote.name}: " if self._remote.name else ""
        return f"<RemotePythonObject {name}{self._remote.kind} on {self._executor.address}>"


def remote_of(proxy: RemotePythonObject) -> Remote:
    """How a Program names it."""
    return proxy._remote


def lineage_of(proxy: RemotePythonObject) -> Lineage:
    return proxy._lineage


def bring_along(proxy: RemotePythonObject, value: object) -> None:
    """Its value is here already."""
    proxy._came = (value,)


def find_value(proxy: RemotePythonObject) -> tuple[object] | None:
    """Its value, in a tuple; None: it is to be brought home."""
    return proxy._came


def executor_of(proxy: RemotePythonObject) -> Executor:
    return proxy._executor
