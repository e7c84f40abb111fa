"""Elements that machine code could not do, counted by where it stopped."""

from ufora.runtime.deopts import Deopts, Tally


def test_each_site_is_counted_with_its_first_element() -> None:
    tally = Tally()
    for site, times, first in ((3, 1, 40), (1, 2, 7), (3, 4, 20)):
        tally.add(site, times, first)
    assert tally.list() == (Deopts(3, 5, 20), Deopts(1, 2, 7))
    assert tally.total == 7
    assert Tally().list() == ()
