"""What is shown when there is more than can be shown."""

from tests.ufora.gateway.test_records import Book
from ufora.gateway.computation import Event
from ufora.gateway.journal import Journal
from ufora.gateway.members import Members
from ufora.gateway.overview import MOST_SHOWN, Overview


def an_overview(book: Book) -> Overview:
    return Overview("1.2.3", 0.0, False, False, Members(Journal()), book.records, {}, Journal(), lambda: book.now)  # type: ignore[arg-type]  # sessions


def test_the_newest_are_shown_and_whatever_runs():
    book = Book()
    old = book.add("old")
    book.handle(old, Event.STARTED)
    for number in range(MOST_SHOWN):
        book.now += 1
        book.add(f"c{number}")
    shown = [view.id for view in an_overview(book).shown_computations()]
    assert len(shown) == MOST_SHOWN + 1
    assert (shown[0], shown[-1]) == (f"abc.c{MOST_SHOWN - 1}", "abc.old")


def test_as_many_as_asked_for():
    book = Book()
    book.add("c1")
    book.now += 1
    book.handle(book.add("c2"), Event.STARTED)
    overview = an_overview(book)
    assert [view.id for view in overview.computations(1)] == ["abc.c2"]
    assert [view.id for view in overview.computations(10, "waiting")] == ["abc.c1"]
    assert overview.status().running == 1
