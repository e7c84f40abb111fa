"""An array passes for a list, and becomes that list, whole, when somebody looks at it."""

import gc
import signal
import sys
import threading
import weakref

import numpy
import pytest

from ufora.runtime.forms import FORMS, LONG
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.unboxed import MOST_LOOKS, Unboxed, find_array, find_form, put_array, settle, was_looked_at, wrap, wrap_pieces

N = 4 * LONG


class Watched(numpy.ndarray):
    """An array that can be seen to be thrown away."""


def is_array(items: object) -> bool:
    return type(items) is Unboxed


def test_its_length_and_its_type_can_be_asked_for_without_making_objects() -> None:
    items = wrap(numpy.arange(N))
    assert len(items) == N
    assert items
    assert isinstance(items, list)
    assert is_array(items)


def test_it_becomes_the_list_that_everybody_holds() -> None:
    items = wrap(numpy.arange(N))
    other = [items]
    items.append("end")
    assert type(items) is list
    assert other[0] is items
    assert items == [*range(N), "end"]


def test_a_few_looks_make_a_few_objects_that_are_the_list_s_later() -> None:
    items = wrap(numpy.arange(N) / 8)
    first, last, few = items[0], items[-1], items[10:20]
    assert is_array(items)
    assert items[0] is first
    assert items[12:14][0] is few[2]
    settle(items)
    assert items[0] is first
    assert items[N - 1] is last
    assert all(one is other for one, other in zip(items[10:20], few, strict=True))
    assert items == [k / 8 for k in range(N)]


@pytest.mark.parametrize("index", [slice(0, N // 2), slice(None, None, 2), slice(None, None, -1), slice(0, 0)])
def test_a_look_at_much_makes_it_a_list(index: slice) -> None:
    items = wrap(numpy.arange(N))
    assert items[index] == list(range(N))[index]
    assert type(items) is list


def test_many_looks_make_it_a_list() -> None:
    items = wrap(numpy.arange(N))
    assert [items[2 * k] for k in range(MOST_LOOKS + 1)] == [2 * k for k in range(MOST_LOOKS + 1)]
    assert type(items) is list


def test_looks_that_overlap_give_the_same_objects() -> None:
    items = wrap(numpy.arange(N) / 8)
    one, other = items[5:10], items[8:12]
    assert one[3] is other[0]


def test_an_iterator_makes_nothing_before_it_is_asked() -> None:
    items = wrap(numpy.arange(N))
    walk = iter(items)
    assert is_array(items)
    items.append("late")
    assert list(walk) == [*range(N), "late"]


def test_items_that_were_objects_before_stay_these() -> None:
    known, later = [1.5, 2.5], [float(k) for k in range(3)]
    pieces = [Piece(0, 2, Kind.ITEMS, known), Piece(2, 4, Kind.ARRAY, numpy.array([8.0, 9.0])), Piece(4, 7, Kind.ITEMS, later)]
    items = wrap_pieces(pieces, numpy.array([1.5, 2.5, 8.0, 9.0, 0.0, 1.0, 2.0]))
    assert settle(items) == [1.5, 2.5, 8.0, 9.0, 0.0, 1.0, 2.0]
    assert items[1] is known[1]
    assert items[6] is later[2]


def test_it_is_known_whether_items_were_looked_at() -> None:
    items = wrap(numpy.arange(N))
    assert not was_looked_at(items)
    assert items[3] == 3
    assert was_looked_at(items)
    assert not was_looked_at(settle(items))


def test_rows_become_lists_at_the_first_look_as_they_may_be_changed() -> None:
    items = wrap(numpy.arange(2 * N).reshape(N, 2))
    items[0][1] = 5
    assert find_array(items) is None
    items = wrap(numpy.arange(6).reshape(3, 2))
    assert len(items) == 3
    assert items == [[0, 1], [2, 3], [4, 5]]


def test_its_form_is_known_before_and_after() -> None:
    array = numpy.arange(N)
    items = wrap(array)
    assert find_array(items) is array
    assert find_form(items) is array
    settle(items)
    assert find_array(items) is None
    assert find_form(items) is array
    assert find_form([1, 2]) is None
    FORMS.clear()


def test_other_items_can_be_given_as_long_as_nobody_has_looked() -> None:
    items = wrap(numpy.arange(N))
    assert put_array(items, numpy.arange(N) + 1)
    assert items[0] == 1
    assert not put_array(items, numpy.arange(N))
    assert not put_array([1], numpy.arange(1))


def test_what_is_no_such_list_is_left_alone() -> None:
    for value in ([1], (1,), None, 5):
        assert settle(value) is value


def test_nothing_is_left_behind() -> None:
    gc.collect()  # what tests before this one left
    before = sys.getrefcount(Unboxed)
    seen, untouched = (numpy.arange(N).view(Watched) for _ in range(2))
    arrays = [weakref.ref(seen), weakref.ref(untouched)]
    lists = [wrap(seen), wrap(untouched)]
    settle(lists[0])
    del seen, untouched
    lists.append(lists)
    lists.clear()
    FORMS.clear()
    gc.collect()
    assert [array() for array in arrays] == [None, None]
    assert sys.getrefcount(Unboxed) == before


class Cancelled(Exception):  # noqa: N818 - states a fact
    pass


def test_an_exception_from_outside_leaves_an_array_or_a_whole_list() -> None:
    def cancel(number: int, frame: object) -> None:
        raise Cancelled

    before = signal.signal(signal.SIGALRM, cancel)
    try:
        for microseconds in range(1, 200):
            items = wrap(numpy.arange(N))
            try:
                signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6)
                settle(items)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Cancelled:
                pass
            assert items == list(range(N))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        FORMS.clear()


def test_threads_that_look_at_once_find_one_list() -> None:
    for _ in range(50):
        items = wrap(numpy.arange(N))
        begin = threading.Barrier(4)

        def look(items: list[object] = items, begin: threading.Barrier = begin) -> None:
            begin.wait()
            items.append(None)

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert items == [*range(N), *[None] * 4]
    FORMS.clear()
