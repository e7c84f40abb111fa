"""Packed forms are found for lists of the very same objects, and for no others."""

import numpy

from ufora.runtime import forms
from ufora.runtime.forms import LONG, Forms, are_same


def make_list() -> list[float]:
    return [number / 7 for number in range(LONG)]


def test_a_form_is_found_as_long_as_the_items_are_the_same_objects() -> None:
    kept, items = Forms(), make_list()
    form = numpy.array(items)
    kept.keep(items, form)
    assert kept.find(items) is form
    items[5] = float(str(items[5]))
    assert kept.find(items) is None


def test_a_form_that_was_found_out_of_date_is_forgotten() -> None:
    kept, items = Forms(), make_list()
    kept.keep(items, numpy.array(items))
    items.append(1.0)
    assert kept.find(items) is None
    items.pop()
    assert kept.find(items) is None


def test_short_lists_are_not_kept() -> None:
    kept, items = Forms(), make_list()[1:]
    kept.keep(items, numpy.array(items))
    assert kept.find(items) is None


def test_what_was_used_longest_ago_makes_room(monkeypatch) -> None:
    monkeypatch.setattr(forms, "MOST_WORDS", 2 * LONG)
    kept, lists = Forms(), [make_list() for _ in range(3)]
    kept.keep(lists[0], numpy.array(lists[0]))
    kept.keep(lists[1], numpy.array(lists[1]))
    assert kept.find(lists[0]) is not None
    kept.keep(lists[2], numpy.array(lists[2]))
    assert [kept.find(items) is not None for items in lists] == [True, False, True]


def test_one_too_large_for_all_room_leaves_the_others(monkeypatch) -> None:
    monkeypatch.setattr(forms, "MOST_WORDS", LONG)
    kept, items = Forms(), make_list()
    kept.keep(items, numpy.array(items))
    longer = [*items, 1.0]
    kept.keep(longer, numpy.array(longer))
    assert kept.find(longer) is None
    assert kept.find(items) is not None


def test_lists_are_compared_by_the_objects_they_hold() -> None:
    items: list[object] = [1.5, (2, 3), None]
    assert are_same(items, items.copy())
    assert are_same([], [])
    assert not are_same(items, items[:2])
    assert not are_same([1, 0], [True, False])
    assert not are_same([float("1.5")], [float("1.5")])
