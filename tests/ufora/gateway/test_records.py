"""Records of computations, told by a clock of the test's own."""

from dataclasses import dataclass, field

import pytest

from pyfora.report.explanation import Explanation, Line
from pyfora.wire import hash_of
from tests.ufora.gateway.fakes import a_program
from ufora.gateway.computation import Computation, Event, State, ValueOf
from ufora.gateway.overview import describe, view_explanation
from ufora.gateway.records import KEEP_PROGRAM_BYTES, MOST_ENDED, Record, Records
from ufora.gateway.spool import StoredProgram
from ufora.protocol.messages import Finished

LINE = Line("prices.py", 7, "sum(f(x) for x in xs)", 1, 2.5, 900, 100, 12, "", "", ())


@dataclass
class Somebody:
    label: str = "abc"
    owner: str = "ada@engine"
    worker: str | None = "w1"

    async def cancel(self, computation: Computation) -> None: ...

    async def explain(self, computation: Computation) -> Explanation | None: ...


@dataclass
class Book:
    now: float = 1000.0
    ended: list[Record] = field(default_factory=list)
    session: Somebody = field(default_factory=Somebody)

    def __post_init__(self) -> None:
        self.records = Records(self.ended.append, lambda: self.now)

    def add(self, name: str = "c1", program: bytes = b"") -> Computation:
        data = program or a_program(name.encode())
        computation = Computation(name, StoredProgram(hash_of(data), len(data), data, None), "all", 0)
        self.records.add(self.session, computation, "prices.py:7")
        return computation

    def handle(self, computation: Computation, *events: Event) -> None:
        for event in events:
            computation.handle(event)
        self.records.note(self.session, computation)

    def finish(self, computation: Computation) -> None:
        self.handle(computation, Event.STARTED)
        computation.finish(Finished(b"result", "", 6, False, {}))
        computation.explanation = Explanation((LINE,), {"run": 2.5}, 4.5, 2)
        self.records.note(self.session, computation)


@pytest.fixture
def book() -> Book:
    return Book()


def test_the_times_of_a_life(book):
    computation = book.add()
    book.now = 1001.0
    book.handle(computation, Event.STARTED)
    book.now = 1003.0
    computation.finish(Finished(b"result", "", 6, True, {}))
    book.records.note(book.session, computation)
    (record,) = book.ended
    assert (record.created, record.started, record.ended) == (1000.0, 1001.0, 1003.0)
    assert (record.state, record.raised, record.result_bytes, record.worker) == (State.DONE, True, 6, "w1")


def test_an_end_is_told_once(book):
    computation = book.add()
    book.finish(computation)
    book.records.note(book.session, computation)
    computation.handle(Event.FORGOTTEN)
    book.records.remove(book.session, computation)
    assert len(book.ended) == 1
    assert book.records.find("abc.c1").state is State.DONE


def test_what_a_client_gives_up_was_cancelled(book):
    computation = book.add()
    book.handle(computation, Event.STARTED, Event.FORGOTTEN)
    book.now = 1009.0
    book.records.remove(book.session, computation)
    assert (book.ended[0].state, book.ended[0].ended) == (State.CANCELLED, 1009.0)
    assert book.ended[0].computation is None


def test_runs_that_only_bring_values_back_do_not_show(book):
    computation = book.add()
    book.finish(computation)
    computation.want = "remote"
    computation.handle(Event.LOST)
    book.now = 1100.0
    assert (book.records.find("abc.c1").state, book.records.find("abc.c1").ended) == (State.DONE, 1000.0)


def test_old_records_make_room(book):
    for number in range(MOST_ENDED + 3):
        computation = book.add(f"c{number}")
        book.records.remove(book.session, computation)
    listed = book.records.list_records()
    assert len(listed) == MOST_ENDED
    assert book.records.find("abc.c0") is None
    assert book.records.accepted == {"block": MOST_ENDED + 3}


def test_outlines_of_programs_are_kept_after_their_end_unless_they_are_large(book):
    for name, program in (("c1", a_program(bytes(KEEP_PROGRAM_BYTES))), ("c2", a_program(b"c2") + bytes(1000))):
        computation = book.add(name, program)
        outline = book.records.find(f"abc.{name}").outline()
        assert outline == program.removesuffix(bytes(1000)) or name == "c1"
        assert len(outline) >= len(a_program(b"c2"))
        computation.handle(Event.FORGOTTEN)
        book.records.remove(book.session, computation)
    assert book.records.find("abc.c1").outline() == b""
    assert book.records.find("abc.c2").outline() == a_program(b"c2")


def test_a_fetch_is_named_by_its_value(book):
    book.records.add(book.session, Computation("c2", ValueOf("c1", "prices"), "all", 0), "")
    told = describe(book.records.find("abc.c2"))
    assert (told.kind, told.source) == ("fetch", "prices of c1")


def test_the_explanation_is_summed_up_and_told_line_by_line(book):
    book.finish(book.add())
    told = describe(book.records.find("abc.c1"))
    assert (told.compiled, told.interpreted, told.slices, told.core_seconds, told.seconds) == (900, 100, 12, 4.5, {"run": 2.5})
    explanation = view_explanation("abc.c1", book.records.find("abc.c1").explanation)
    assert (explanation.lines[0].path, explanation.lines[0].tier, explanation.cores) == ("prices.py", "compiled", 2)
    assert "prices.py" in explanation.text
