"""The consumers that guarded code calls: Python's own, but for fresh comprehensions, whose elements the conductor computes.

Each gives what Python's gives: same value, same type, same exception. `sum` of floats is the correctly rounded exact sum.
"""

import builtins
import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, GeneratorType
from typing import Any

import numpy

from ufora.compile.spec import Consumer
from ufora.runtime.built import KINDS, Built
from ufora.runtime.calls import Forks
from ufora.runtime.captured import attend, look
from ufora.runtime.chunked import LIKE_LISTS, ChunkedList, as_real_list, chunked_isinstance, unchunked
from ufora.runtime.comprehensions import VIEWS, Comprehension, Generators
from ufora.runtime.consume import FEW_ITEMS, Conductor
from ufora.runtime.draining import drains
from ufora.runtime.forms import LONG
from ufora.runtime.growing import grow
from ufora.runtime.guard.registry import Registry
from ufora.runtime.guard.rewrite import PLAIN_CALLS
from ufora.runtime.hot import HotFunctions
from ufora.runtime.keyed import Keyed, find_item
from ufora.runtime.lists import join_forms
from ufora.runtime.mapped import Mapped
from ufora.runtime.pieces import (
    Kind,
    Piece,
    find_short_sum,
    fold,
    fold_in_order,
    list_items,
    merge_neighbours,
    merge_sums,
    sum_array,
    sum_value,
)
from ufora.runtime.sorting import sort_array
from ufora.runtime.stand_ins import type_of, type_type
from ufora.runtime.unboxed import find_array, find_form, wrap, wrap_pieces
from ufora.runtime.zipped import Zipped, go_through, refreshed

SOON_SUMMED = 2000
"""Items of the longest list that is summed by Python itself. Guessed: longer ones are quicker as arrays."""
_SHORTABLE: frozenset[type] = frozenset({range, list, tuple, Zipped, *VIEWS})


class Consumers:
    """The runtime half of guarded code, for one process."""

    def __init__(self, registry: Registry, conductor: Conductor, forks: Forks | None = None) -> None:
        """`forks`: where independent calls can be computed elsewhere."""
        self._registry = registry
        self._conductor = conductor
        self._forks = forks
        self._generators = Generators()
        self._keyed = Keyed(registry)
        self._mapped = Mapped(registry)
        self._built = Built(registry)
        self._hot = HotFunctions(registry, conductor, forks)
        self.builtins: dict[str, object] = {
            "sum": self.sum,
            "min": self.min,
            "max": self.max,
            "sorted": self.sorted,
            "isinstance": chunked_isinstance,
        }
        """The builtins that are replaced; each stands for Python's of the same name."""

    def names(self) -> dict[str, object]:
        """What guarded code finds under its builtins, beside Python's own."""
        return {
            "__generator__": self.make_generator,
            "__comprehension__": self._list_maker(),
            "__consume__": self.consume_by_type,
            "__function__": lambda number, ordinal: functools.partial(self._registry.note_function, number, ordinal),
            "__lambda__": self._registry.note_function,
            "__class_made__": self._registry.note_class,
            "__grow__": grow,
            "__hot__": self._hot.ask,
            "__loop__": self._hot.ask_loop,
            "__unbound__": NameError,
            "__real_list__": as_real_list,
            "__fork__": self._forks.begin if self._forks else self._stay_here,
            "__skips__": self._registry.skips.slots,
            "__seats__": self._registry.seats.types,
            "__mapped__": self.consume_mapped,
            "__built__": self.build,
            "__drain__": self.drain,
            "__through__": go_through,
            "__look__": functools.partial(look, attend(self._registry.seats)),
            "__like_lists__": LIKE_LISTS,
            **{f"__our_{name}__": self.builtins[name] for name in PLAIN_CALLS},
            **{f"__plain_{name}__": getattr(builtins, name) for name in PLAIN_CALLS},
            **self.builtins,
        }

    def _stay_here(self, number: int, ordinal: int, line: int, _count: int, _call_of: Callable[[int], Any]) -> None:
        """Calls that could run side by side have nowhere else to run."""
        self._registry.skips.skip_always(("__fork__", number, line))

    def make_generator(self, number: int, ordinal: int, source: object, body: FunctionType) -> Iterator[object]:
        if self._is_tiny(number, ordinal, source):
            return body(source)  # type: ignore[no-any-return]
        return self._generators.make(self._comprehension(number, ordinal, source, body))

    def _is_tiny(self, number: int, ordinal: int, source: object) -> bool:
        """Short, of elements known to be light: it runs in order as it is, which is always right."""
        few = self._conductor.light.get((number, ordinal))
        return few is not None and type(source) in _SHORTABLE and len(source) <= few  # type: ignore[arg-type]

    def _list_maker(self) -> Callable[[int, int, object, FunctionType], object]:
        """Makes the list of a comprehension. Recursion goes through it for every short list: what is asked of those is asked here at once,
        as `_is_tiny` does, for a third of the time."""
        few_of, make_list = self._conductor.light.get, self._make_list

        def make(number: int, ordinal: int, source: object, body: FunctionType) -> object:
            few = few_of((number, ordinal))
            if few is not None and type(source) in _SHORTABLE and len(source) <= few:  # type: ignore[arg-type]
                return body(source)
            return make_list(number, ordinal, source, body)

        return make

    def _make_list(self, number: int, ordinal: int, source: object, body: FunctionType) -> object:
        if type(source) in _SHORTABLE and len(source) <= FEW_ITEMS and not _uses_names(body.__code__):  # type: ignore[arg-type]
            self._conductor.light.setdefault((number, ordinal), FEW_ITEMS)
            return body(source)
        pieces = self._conductor.compute(Consumer.LIST, self._comprehension(number, ordinal, source, body))
        return _list_of(pieces)

    def _comprehension(self, number: int, ordinal: int, source: object, body: FunctionType) -> Comprehension:
        self._registry.note_function(number, ordinal, body)
        return Comprehension(self._registry.get_source(number), ordinal, refreshed(source), body, (number, ordinal))

    def _pieces(self, consumer: Consumer, value: object) -> list[Piece] | None:
        """A fresh generator's elements, fed to a consumer; None when the value is something else."""
        if type(value) is not GeneratorType:  # as mostly: these consumers are called for every small list too
            return None
        comprehension = self._generators.take(value)
        if comprehension is None:
            return None
        try:
            return self._conductor.compute(consumer, comprehension)
        except BaseException:
            if inspect.getgeneratorstate(value) == inspect.GEN_CREATED:  # begun, it is where Python leaves it
                value.close()
            raise

    def elements(self, value: Any) -> Any:
        """The value, or the list of a fresh generator's elements."""
        pieces = self._pieces(Consumer.LIST, value)
        if pieces is None:
            return value
        value.close()
        return _list_of(pieces)

    def _between(self, value: Any, consume: Callable[[Any], Any]) -> Any:
        """What `consume` makes of a generator's elements, between which it runs code of its own: keys, hashes, additions.

        Elements that are pure may be computed before; but then an error of a later one is not yet the first, and they are computed once
        more, for which an iterator as source would have nothing left."""
        comprehension = self._generators.look(value)
        if comprehension is None or hasattr(type(comprehension.source), "__next__"):
            return consume(value)
        if not self._conductor.judge.judge(comprehension.body, lambda: comprehension.tree).pure:
            return consume(value)
        try:
            pieces = self._conductor.compute(Consumer.LIST, comprehension)
        except Exception:  # noqa: BLE001 - of the user's code, as is what comes first
            return consume(value)
        value.close()
        return consume(_list_of(pieces))

    def consume_by_type(self, kind: Callable[[object], object], value: object) -> object:
        """`list(value)`, `tuple(value)`, `type(value)`, …: whatever the name means at that place."""
        if kind is type_type:
            return type_of(value)
        if kind is builtins.list:
            pieces = self._pieces(Consumer.LIST, value)
            if pieces is None:
                return value.copy() if type(value) is ChunkedList else list(value)  # type: ignore[call-overload]
            value.close()  # type: ignore[attr-defined]
            return _list_of(pieces)
        if kind is builtins.any or kind is builtins.all:
            return self._decide(kind is builtins.all, value)
        if kind is tuple:
            return tuple(self.elements(value))
        if kind is set or kind is frozenset:
            return self._between(value, kind)
        return kind(value)

    def consume_mapped(self, number: int, line: int, consume: Any, make: Any, call: Any, *iterables: Any) -> Any:
        """`consume(make(call, *iterables))`, see mapped.py."""
        comprehension = self._mapped.make((number, line), make, call, iterables) if self._is_consumer(consume) else None
        if comprehension is not None and self._conductor.judge.judge(comprehension.body, lambda: comprehension.tree).pure:
            try:
                return self.consume_by_type(consume, self._generators.make(comprehension))
            except Exception:  # noqa: BLE001 - of the user's function: it rises again where Python would raise it, or ends the elements
                pass
        return self.consume_by_type(consume, make(call, *iterables))

    def drain(self, place: int, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """`call(*args, **options)`, of which the argument at that place was a generator expression."""
        if not drains(call, place):
            return call(*args, **options)
        return self._between(args[place], lambda elements: call(*args[:place], elements, *args[place + 1 :], **options))

    def build(self, kind: str, number: int, line: int, text: str, source: Any, elements: FunctionType, whole: FunctionType) -> Any:
        """What a set or dict comprehension gives, see built.py. `whole` is the comprehension itself, of its source."""
        comprehension = self._built.make((number, line, text), source, elements)
        if comprehension is None or not self._conductor.judge.judge(elements, lambda: comprehension.tree).pure:
            return whole(source)
        try:
            return KINDS[kind](_list_of(self._conductor.compute(Consumer.LIST, comprehension)))
        except Exception:  # noqa: BLE001 - of the user's code, as is what comes first
            return whole(source)

    def _is_consumer(self, consume: object) -> bool:
        own = (self.builtins[name] for name in ("sum", "min", "max", "sorted"))
        return any(consume is each for each in (list, tuple, set, frozenset, builtins.any, builtins.all, *own))

    def sum(self, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and options.keys() <= {"start"}:
            return self._sum(args[0], options.get("start", 0))
        return self._sum(*args) if len(args) == 2 and not options else builtins.sum(*args, **options)

    def _sum(self, iterable: Iterable[Any], start: Any) -> Any:
        if type(start) is bool:
            items = list(self.elements(iterable))
            return self._sum(items, int(start)) if items else start
        if type(start) not in (int, float):
            return self._between(iterable, lambda elements: builtins.sum(elements, start))  # one after the other, as Python adds
        if type(iterable) is list and len(iterable) <= SOON_SUMMED:
            total = find_short_sum(iterable, start)
            if total is not None:
                return total
        pieces = self._pieces(Consumer.SUM, iterable)
        if pieces is not None and _can_join(pieces):
            return _join(iterable, lambda: _join_sum(pieces, start), lambda: builtins.sum(iterable, start))
        return _join_sum(_sum_pieces(unchunked(iterable)), start)

    def min(self, *args: Any, **options: Any) -> Any:
        if len(args) > 1:
            return builtins.min(*args, **options)
        return self._best(builtins.min, Consumer.MIN, args, options)

    def max(self, *args: Any, **options: Any) -> Any:
        if len(args) > 1:
            return builtins.max(*args, **options)
        return self._best(builtins.max, Consumer.MAX, args, options)

    def _best(self, choose: Callable[..., Any], consumer: Consumer, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if len(args) != 1:
            return choose(*args, **options)
        if options.get("key") is not None:
            found = self._find_best_by_key(choose, consumer, args[0], options)
            return self._between(args[0], lambda elements: choose(elements, **options)) if found is None else found[0]
        pieces = self._pieces(consumer, args[0])
        if pieces is None:
            return choose(*args, **options)
        candidates = [item for piece in pieces for item in _candidates(piece)]
        return _join(args[0], lambda: choose(candidates, **options), lambda: choose(*args, **options))

    def _find_best_by_key(
        self, choose: Callable[..., Any], consumer: Consumer, items: Any, options: dict[str, Any]
    ) -> tuple[object] | None:
        """The item, in a tuple; None: look for it in order."""
        comprehension = self._keyed.make(consumer, items, options["key"]) if options.keys() <= {"key", "default"} else None
        if comprehension is None or not self._conductor.judge.judge(comprehension.body, lambda: comprehension.tree).pure:
            return None
        try:
            pieces = self._conductor.compute(consumer, comprehension)
        except Exception:  # noqa: BLE001 - of the user's key: it rises again, in order, where Python would raise it
            return None
        return find_item(choose, items, [item for piece in pieces for item in _candidates(piece)])

    def _decide(self, is_all: bool, iterable: Any) -> bool:
        pieces = self._pieces(Consumer.ALL if is_all else Consumer.ANY, iterable)
        if pieces is None:
            return all(iterable) if is_all else any(iterable)
        return is_all != any(piece.data for piece in pieces)

    def sorted(self, *args: Any, **options: Any) -> ChunkedList | list[Any]:
        if len(args) == 1 and type(args[0]) in _SORTABLE:  # rarely: mostly it is called for something small and at hand
            return self._sort(self.elements(args[0]), options)
        return builtins.sorted(*args, **options)

    def _sort(self, items: Any, options: dict[str, Any]) -> ChunkedList | list[Any]:
        reverse = options.get("reverse", False)
        if type(items) in LIKE_LISTS and type(reverse) is bool and options.keys() <= {"reverse"}:
            if type(items) is ChunkedList:
                return items.sorted(reverse)
            array = find_array(items)
            if array is not None and array.ndim == 1 and array.dtype.kind in "if" and not numpy.isnan(array).any():
                return wrap(sort_array(array, reverse))  # type: ignore[no-any-return]
        return builtins.sorted(items, **options)


_SORTABLE = LIKE_LISTS | {GeneratorType}


@functools.lru_cache(maxsize=4096)
def _uses_names(code: CodeType) -> bool:
    """Does it read anything but its own locals? Without that, one element takes next to nothing."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return bool(code.co_names or code.co_freevars) or any(map(_uses_names, inner))


def _candidates(piece: Piece) -> list[Any]:
    if piece.kind is Kind.ITEMS:
        return list(piece.data)
    return [] if piece.data is None else [piece.data]


def _join(generator: Any, join: Callable[[], Any], consume: Callable[[], Any]) -> Any:
    """What joining the pieces gives. Where it raises, the generator's holder finds it where Python would leave it."""
    try:
        joined = join()
    except Exception:
        if inspect.getgeneratorstate(generator) == inspect.GEN_CREATED:  # its elements were computed apart, so they are pure
            return consume()
        raise
    generator.close()
    return joined


def _sum_pieces(iterable: Any) -> list[Piece]:
    if type(iterable) is ChunkedList:
        return iterable.sum_pieces()
    form = find_form(iterable)
    if form is not None and form.ndim == 1 and form.dtype.kind in "bif":
        return [Piece(0, -1, Kind.SUM, sum_array(form))]
    elements = iter(iterable)
    return [Piece(0, -1, *(fold_in_order if elements is iterable else fold)(Consumer.SUM, elements))]


def _list_of(pieces: list[Piece]) -> object:
    if any(piece.kind is Kind.CHUNK for piece in pieces):
        return ChunkedList.join(merge_neighbours(Consumer.LIST, pieces))
    if sum(piece.data.size for piece in pieces if piece.kind is Kind.ARRAY) >= LONG:  # which most of the time is all but the first elements
        form = join_forms(pieces)
        if form is not None:
            return wrap_pieces(pieces, form)
    return list_items(pieces)


def _can_join(pieces: list[Piece]) -> bool:
    """Not when numbers and others are among them in several pieces: what comes first decides how all that follows is rounded."""
    if len(pieces) == 1 or all(piece.kind is Kind.SUM for piece in pieces):
        return True
    return all(piece.kind is Kind.ITEMS and not any(type(item) in (int, float, bool) for item in piece.data) for piece in pieces)


def _join_sum(pieces: list[Piece], start: Any) -> Any:
    """Pieces in order onto the start value, as Python adds."""
    if not all(piece.kind is Kind.SUM for piece in pieces):
        items = (piece.data if piece.kind is Kind.ITEMS else [sum_value(piece.data)] for piece in pieces)
        return builtins.sum(itertools.chain.from_iterable(items), start)
    if len(pieces) == 1 and type(start) is int and pieces[0].data.floats is None:
        return start + pieces[0].data.ints
    _, started = fold(Consumer.SUM, iter([start]))
    return sum_value(merge_sums([started, *(piece.data for piece in pieces)]))  # type: ignore[list-item]
