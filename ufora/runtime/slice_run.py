"""The elements of one slice, by the interpreter of this process.

A slice has a time. When it is over the slice ends with the stretch of elements under way, and what is left is cut anew.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ufora.compile.spec import Consumer
from ufora.runtime.environment import CannotTravel, Workshop
from ufora.runtime.evaluation import as_answer
from ufora.runtime.guard.stopping import CannotPrint, Refused, find_stopped, start_again
from ufora.runtime.packing import find_packed, narrow
from ufora.runtime.pieces import Kind, Piece, fold
from ufora.runtime.surroundings import run_afresh
from ufora.runtime.tasks import Slice
from ufora.runtime.trace import user_frames

Pack = Callable[[list[Any]], object]


def compute_part(
    task: Slice, body: Callable[[Any], Iterable[object]], part: Sequence[object], workshop: Workshop, pack: Pack | None = None
) -> Piece:
    """The slice's elements, of that part of the source, for its consumer. `pack` makes of elements what the reader unpacks; without it,
    a Program."""
    start_again()
    stretches = _Stretches(body, part, task.seconds)
    ended: BaseException | None = None
    try:
        kind, data = run_afresh(fold, task.consumer, itertools.chain.from_iterable(stretches))
    except (Exception, Refused, CannotPrint) as error:  # noqa: BLE001 - whatever the user's code raises is the answer
        ended = error
    stopped = find_stopped() or ended
    if isinstance(stopped, CannotPrint):
        start_again()
        return Piece(task.start, task.stop, Kind.HERE, str(stopped))
    if stopped is not None:
        return _piece_of_error(task, workshop, stopped)
    is_decided = kind is Kind.DECIDED and bool(data)
    stop = task.stop if is_decided else task.start + stretches.done
    return Piece(task.start, stop, *_make_portable(task.consumer, kind, data, pack or workshop.pack_items))


class _Stretches:
    """The elements of a slice, in growing stretches, until its time is over."""

    def __init__(self, body: Callable[[Any], Iterable[object]], part: Sequence[object], seconds: float) -> None:
        self._body = body
        self._part = part
        self._seconds = seconds
        self.done = 0  #: elements of the source whose own are all out

    def __iter__(self) -> Iterator[Iterable[object]]:
        began, step = time.perf_counter(), 1
        while self.done < len(self._part):
            yield self._body(self._part[self.done : self.done + step])
            self.done = min(self.done + step, len(self._part))
            spent = time.perf_counter() - began
            if spent >= self._seconds:
                return
            if spent < self._seconds / 8:
                step *= 2


def _piece_of_error(task: Slice, workshop: Workshop, error: BaseException) -> Piece:
    registry = workshop.registry
    answer = as_answer(registry, error)
    assert answer is not None
    return Piece(task.start, task.stop, Kind.ERROR, workshop.pack_error(answer, user_frames(registry, answer)))


def _make_portable(consumer: Consumer, kind: Kind, data: Any, pack: Pack) -> tuple[Kind, object]:
    """Items as an array when they are all ints or all floats."""
    if kind is not Kind.ITEMS:
        return kind, data
    packed = find_packed(data) if consumer is Consumer.LIST else None
    if packed is not None:
        return Kind.ARRAY, narrow(packed)
    try:
        return Kind.ITEMS, pack(data)
    except CannotTravel as reason:
        return Kind.HERE, str(reason)
