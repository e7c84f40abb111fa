"""What of a comprehension's source a lease takes along: a part of it, or the name of what lies on a worker."""

from collections.abc import Sequence
from typing import Any

from pyfora.errors import InternalError
from ufora.engine.contract import TaskFuture
from ufora.runtime.chunked import ChunkedList, LocalPart
from ufora.runtime.consume import Rest
from ufora.runtime.packing import Columns
from ufora.runtime.tasks import MachineCode, Stretch
from ufora.runtime.zipped import Zipped


class LeaseSource:
    def __init__(self, rest: Rest) -> None:
        self._source: Any = rest.comprehension.source if rest.kernel is None else rest.kernel.source
        self.is_apart = rest.kernel is not None or isinstance(self._source, range | ChunkedList)
        """Does it travel beside the Program, which is then the same for all leases?"""
        self.is_here = not any(type(each) is ChunkedList for each in self._list_lists())
        """Are its items in this process?"""

    def count_to_end(self, start: int) -> int | None:
        """Elements up to where a part of a chunked list ends: a lease stays within one. None: there is none."""
        if not self.is_apart:
            return None
        ends = [_count_to_end(each, start) for each in self._list_lists() if type(each) is ChunkedList]
        return min(ends) if ends else None

    def _list_lists(self) -> Sequence[Any]:
        return self._source.parts if isinstance(self._source, Columns) else (self._source,)

    def cut(self, start: int, stop: int) -> tuple[Any, list[TaskFuture]]:
        """A lease's source, where it travels beside the Program, and the inputs of its task."""
        inputs: list[TaskFuture] = []
        if isinstance(self._source, Columns):
            return Columns(tuple(_cut(part, start, stop, inputs) for part in self._source.parts)), inputs
        return _cut(self._source, start, stop, inputs), inputs

    def take(self, start: int, stop: int) -> Any:
        """The same, where it travels in the Program."""
        part = self._source[start:stop]
        return list(part) if type(part) is Zipped else part


def _cut(source: Any, start: int, stop: int, inputs: list[TaskFuture]) -> Any:
    """What lies on a worker is one more of the inputs."""
    if type(source) is not ChunkedList:
        return source[start:stop]
    (part,) = source.cut(start, stop).parts
    if isinstance(part, LocalPart):
        return part.array
    inputs.append(part.chunk)
    return Stretch(len(inputs) - 1, part.start, part.stop)


def _count_to_end(source: ChunkedList, start: int) -> int:
    begin = 0
    for part in source.parts:
        if start < begin + len(part):
            return begin + len(part) - start
        begin += len(part)
    raise InternalError("a lease begins behind the end of its source")


def machine_code(rest: Rest) -> MachineCode | None:
    if rest.kernel is None:
        return None
    kernel = rest.kernel.kernel
    return MachineCode(kernel.key, kernel.cpu, kernel.to_bytes(), rest.kernel.values)
