"""Chunked lists are lists to the code that uses them."""

import copy
import dataclasses
import itertools
import json
import math
import operator
import statistics
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy
import pytest

from tests.parity.same import bits, bits_of_error
from tests.ufora.runtime.here import Here
from ufora.runtime.chunked import ChunkedList, Part
from ufora.runtime.machine import Machine
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.tasks import Common, Lease, LeaseDone, pack_task, unpack_task


class KeepingMachine(Machine):
    """A lease without a program gives its source."""

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        task = unpack_task(payload)
        if isinstance(task, Lease) and task.common is not None and not task.common.program:
            return LeaseDone((Piece(0, len(task.source), Kind.ARRAY, task.source),), task.stop, 0.0, 0)
        return super().perform(payload, inputs, given_up)


@pytest.fixture
def cluster() -> Iterable[Here]:
    here = Here(machine=KeepingMachine)
    yield here
    here.close()


def chunk(here: Here, items: Sequence[float]) -> ChunkedList:
    """The items in three parts, the last a stretch of its chunk."""
    array = numpy.array(items, dtype="<f8" if isinstance(items[0], float) else "<i8")
    third = len(items) // 3
    pieces = [array[:third], array[third : 2 * third], numpy.concatenate([array[:1], array[2 * third :], array[:1]])]
    futures = [here.engine.submit(pack_task(Lease(Common.of(b"", None), "list", piece, 0, len(piece), 1.0, False))) for piece in pieces]  # type: ignore[arg-type]
    parts = [Part(here.engine, future, array.dtype.str, 0, len(piece)) for future, piece in zip(futures, pieces, strict=True)]
    parts[2] = parts[2].cut(1, len(pieces[2]) - 1)
    return ChunkedList(parts)


def change(x: Any, action: Callable[[Any], object]) -> object:
    before = x
    return action(x), x, before is x, len(x), sum(x), max(x, default=None), [item + 1 for item in x][:5]


def grow(x: Any) -> object:
    x += [7, 8]
    return x


def on_a_copy(program: Callable[[Any], object], x: Any) -> object:
    """What came from outside may not change; a copy is as chunked."""
    return program(x.copy())


def double(x: Any) -> object:
    x *= 2
    return x


def match(x: Any) -> object:
    match x:
        case list([first, second, *rest]):
            return first, second, len(rest)


def spread(*items: float) -> int:
    return len(items)


def late(x: Any) -> object:
    squares = (item * item for item in x)
    x.append(1000)
    return sum(squares)


@dataclasses.dataclass
class Holder:
    numbers: list[float]


PROGRAMS: dict[str, Callable[[Any], object]] = {
    "items": lambda x: (x[0], x[-1], x[5], x[True], type(x[3])),
    "an index beyond": lambda x: x[1000],
    "an index before": lambda x: x[-1000],
    "a wrong index": lambda x: x["a"],
    "a wrong slice": lambda x: x[1.5:2],
    "slices": lambda x: (x[2:9], x[::7], x[::-1], x[:], x[50:2], x[-3:], x[-1000:2]),
    "length and truth": lambda x: (len(x), bool(x), not x),
    "iteration": lambda x: [item for item in x],
    "two iterations at once": lambda x: list(zip(x, itertools.islice(x, 1, None))),
    "sums": lambda x: (sum(x), sum(x, 5), sum(item for item in x), math.fsum(x)),
    "best": lambda x: (min(x), max(x), max(x, key=lambda item: -item), sorted(x, reverse=True)[:3]),
    "sorting": lambda x: (sorted(x), sorted(x, reverse=True), sorted(x, reverse=1), sorted(x, key=lambda item: -item)),
    "sorting wrongly": lambda x: sorted(x, upside=True),
    "sorting a changed one": lambda x: change(x, lambda y: (y.append(-1), sorted(y))),
    "concatenation": lambda x: (x + x, x + [1], [1] + x, x + x[:3]),
    "concatenation with something else": lambda x: x + (1,),
    "repetition": lambda x: (x * 2, 2 * x, x * 0),
    "repetition by text": lambda x: x * "a",
    "comparison": lambda x: (x == list(x), list(x) == x, x == x[:], x != x, x == [1], x == 5, x < [10**9], x > [0], x >= x, x <= list(x)),
    "comparison with something else": lambda x: x < 5,
    "membership": lambda x: (x[4] in x, "a" in x, x.index(x[7]), x.count(x[7])),
    "an index of what is not there": lambda x: x.index("a"),
    "reversed": lambda x: list(reversed(x)),
    "text": lambda x: (repr(x), str(x), f"{x}", f"{x!r:.9}", "%s" % x),
    "its type": lambda x: (type(x), isinstance(x, list), isinstance(x, (tuple, list)), isinstance(x, str), x.__class__, callable(x)),
    "hashing": lambda x: hash(x),
    "a key": lambda x: {x: 1},
    "an attribute that lists lack": lambda x: x.reshape(2),
    "unpacking": lambda x: (spread(*x), [*x, 1], {*x} == set(x), dict(enumerate(x)) == dict(enumerate(list(x)))),
    "a pattern": match,
    "copies": lambda x: (list(x) is x, x.copy() is x, x[:] is x, copy.copy(x) is x, copy.deepcopy(x) == x),
    "copies do not change": lambda x: change(x.copy(), lambda y: y.append(1)) and x,
    "a list of it does not change": lambda x: change(list(x), lambda y: y.append(1)) and x,
    "append": lambda x: change(x, lambda y: y.append(3)),
    "extend": lambda x: change(x, lambda y: y.extend((3, 4))),
    "insert": lambda x: change(x, lambda y: y.insert(2, 3)),
    "pop": lambda x: change(x, lambda y: (y.pop(), y.pop(0))),
    "remove": lambda x: change(x, lambda y: y.remove(y[3])),
    "remove what is not there": lambda x: x.remove("a"),
    "clear": lambda x: change(x, lambda y: y.clear()),
    "sort": lambda x: change(x, lambda y: y.sort(key=lambda item: -item)),
    "reverse": lambda x: change(x, lambda y: y.reverse()),
    "an item set": lambda x: change(x, lambda y: y.__setitem__(0, 5)),
    "something else put in": lambda x: (x.append("a"), x[-1], len(x), x),
    "growing in place": lambda x: (grow(x) is x, x),
    "doubling in place": lambda x: (double(x) is x, x),
    "a generator made before a change": late,
    "statistics": lambda x: (statistics.fmean(x), statistics.median(x)),
    "arrays": lambda x: (numpy.array(x).tolist(), float(numpy.mean(x)), numpy.asarray(x, dtype=float).tolist()),
    "json of its list": lambda x: json.dumps(list(x)[:]),
    "inside others": lambda x: ({"a": x}, (x, [x]), Holder(x).numbers),
    "captured by elements": lambda x: [x[i] + len(x) for i in range(40)],
    "a source of two clauses": lambda x: sum(item * i for item in x for i in range(3)),
    "filters": lambda x: [item for item in x if item > 3],
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize("items", [list(range(60)), [n / 4 for n in range(60)]], ids=["ints", "floats"])
def test_a_chunked_list_is_a_list(cluster: Here, items: list[float], program: Callable[[Any], object]) -> None:
    there = cluster.run(on_a_copy, program, cluster.keep(chunk(cluster, items))).bits
    try:
        here = bits(program(items[:]))
    except Exception as error:  # noqa: BLE001 - the exception is the answer
        here = bits_of_error(error)
    assert there == here


def test_slices_and_sums_stay_on_the_workers(cluster: Here) -> None:
    numbers = chunk(cluster, list(range(9000)))
    part = numbers.cut(2000, 8000)
    assert [len(piece) for piece in part.parts] == [1000, 3000, 2000]
    assert sum(piece.data.ints for piece in part.sum_pieces()) == sum(range(2000, 8000))
    assert (numbers + part).to_list() == [*range(9000), *range(2000, 8000)]


def test_pieces_that_stay_make_a_chunked_list_and_others_an_ordinary_one(cluster: Here) -> None:
    parts = chunk(cluster, [1, 2, 3, 4, 5, 6]).parts
    stays = [Piece(2 * i, 2 * i + 2, Kind.CHUNK, part) for i, part in enumerate(parts)]
    joined = ChunkedList.join(stays)
    assert isinstance(joined, ChunkedList)
    assert joined.to_list() == [1, 2, 3, 4, 5, 6]
    assert ChunkedList.join([*stays, Piece(6, 8, Kind.ITEMS, ["a"])]) == [1, 2, 3, 4, 5, 6, "a"]
    mixed = ChunkedList.join([stays[0], Piece(2, 3, Kind.CHUNK, chunk(cluster, [0.5, 1.5, 2.5]).parts[0])])
    assert type(mixed) is list
    assert mixed == [1, 2, 0.5]


@pytest.mark.parametrize(
    "look",
    [lambda x: x.parts, lambda x: getattr(x, "par" + "ts"), lambda x: operator.attrgetter("parts")(x), lambda x: type(x).parts],
)
def test_its_parts_cannot_be_had(cluster: Here, look: Callable[[Any], object]) -> None:
    """They lead to the engine."""
    error = cluster.run(look, cluster.keep(chunk(cluster, range(30)))).error
    assert isinstance(error, AttributeError)
    assert "'list' has no attribute 'parts'" in str(error).replace("'list' object", "'list'")


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "items",
    [
        [3, 1, 2, 1, 3, -(2**62), 2**62] * 9,
        [0.0, -0.0, 1.5, -0.0, 0.0, -2.5, math.inf, -math.inf] * 9,
        [1.0] * 30,
        [math.nan, 1.0, 0.5] * 9,
    ],
    ids=["ints", "zeros", "all equal", "nans"],
)
def test_sorting_is_pythons_own_also_among_equals(cluster: Here, items: list[float], reverse: bool) -> None:
    assert bits(chunk(cluster, items).sorted(reverse)) == bits(sorted(items, reverse=reverse))


def test_long_lists_are_sorted_and_joined_without_becoming_ordinary(cluster: Here) -> None:
    items = [(n * 7919) % 200_003 for n in range(200_003)]
    numbers = chunk(cluster, items)
    ordered, joined = numbers.sorted(reverse=False), numbers + items
    assert type(ordered) is ChunkedList
    assert ordered.to_list() == list(range(200_003))
    assert type(joined) is ChunkedList
    assert joined.to_list() == items + items
    assert numbers + [1.5] == [*items, 1.5]
