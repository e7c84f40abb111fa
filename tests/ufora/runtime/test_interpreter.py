"""An interpreter process's work: slices of Programs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

import pytest

from tests.ufora.runtime.here import Here
from ufora.compile.spec import Consumer
from ufora.runtime.guard.judgement import Verdict
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.interpreter import Interpreter, InterpreterSettings
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.policy import When
from ufora.runtime.tasks import Lease, Slice, SliceDone, pack_task, unpack_task

SOON = 60.0


@pytest.fixture
def ask() -> Callable[..., Piece | None]:
    """One slice of a program's only comprehension, by an interpreter of its own."""
    interpreter = Interpreter(InterpreterSettings("", When.NEVER))

    def ask(lease: Lease, start: int, stop: int, seconds: float = SOON, *, is_known: bool = False) -> Piece | None:
        source = None if lease.source is None else lease.source[start - lease.start : stop - lease.start]
        assert lease.common is not None
        program = b"" if is_known else lease.common.program
        task = Slice("hash", program, lease.consumer, source, start - lease.start, start, stop, seconds)
        found: SliceDone | None = unpack_task(interpreter.answer(pack_task(task)))
        return None if found is None else found.piece

    return ask


@pytest.fixture
def lease_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lease]]:
    """A function's comprehension as one lease, by what its first one holds."""
    here = Here()

    def lease_of(function, *args) -> Lease:
        leases = []
        submit = here.engine.submit

        def spy(payload, inputs=(), **options):
            leases.append(unpack_task(payload))
            return submit(payload, inputs, **options)

        monkeypatch.setattr(here.engine, "submit", spy)
        here.run(function, *args)
        first = leases[0]
        return first if first.source is None else replace(first, source=range(100), stop=100)

    yield lease_of
    here.close()


def slow_negative(x):
    for _ in range(20_000):
        x = -x
    return -x


def test_a_slice_gives_its_elements(ask, lease_of):
    lease = lease_of(lambda: [-x for x in range(100)])
    piece = ask(lease, 0, 30)
    assert (piece.start, piece.stop, piece.kind) == (0, 30, Kind.ARRAY)
    assert piece.data.tolist() == [-x for x in range(30)]


def test_a_program_it_does_not_have_is_asked_for(ask, lease_of):
    lease = lease_of(lambda: [-x for x in range(100)])
    assert ask(lease, 0, 30, is_known=True) is None
    assert ask(lease, 0, 30) is not None
    assert ask(lease, 0, 30, is_known=True) is not None


def test_a_slice_whose_time_is_over_ends_with_a_whole_element(ask, lease_of):
    lease = lease_of(lambda: [slow_negative(x) for x in range(100)])
    piece = ask(lease, 0, 30, 0.0)
    assert 0 < piece.stop < 30
    assert piece.data.tolist() == [-x for x in range(piece.stop)]


def test_a_source_in_the_program_is_taken_from_there(ask, lease_of):
    lease = lease_of(lambda words: [word.upper() for word in words], ["a", "b", "c", "d"])
    assert lease.source is None
    piece = ask(lease, lease.start, lease.stop)
    assert (piece.start, piece.stop, piece.kind) == (lease.start, lease.stop, Kind.ITEMS)


def test_an_element_that_decides_ends_the_slice(ask, lease_of):
    lease = lease_of(lambda: any(x == 5 for x in range(100)))
    assert lease.consumer is Consumer.ANY
    piece = ask(lease, 0, 50)
    assert (piece.kind, piece.data, piece.stop) == (Kind.DECIDED, True, 50)


def test_an_error_is_the_slices_piece(ask, lease_of):
    lease = lease_of(lambda: [1 // (x - 20) for x in range(100)])
    assert ask(lease, 10, 30).kind is Kind.ERROR
    assert ask(lease, 30, 40, is_known=True).kind is Kind.ARRAY


def test_stretches_grow_so_that_the_clock_is_seldom_looked_at(ask, lease_of, monkeypatch):
    lease = lease_of(lambda: [-x for x in range(100_000)])
    looks = []
    clock = time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: looks.append(1) or clock())
    assert ask(replace(lease, source=range(100_000), stop=100_000), 0, 100_000).stop == 100_000
    assert len(looks) < 40


def tell(n: int) -> int:
    try:
        print(n)
    except BaseException:  # noqa: BLE001 - remote code tries to go on
        return 0
    return n


def tell_all() -> list[int]:
    print("first")
    numbers = [tell(n) for n in range(200)]
    print("last")
    return numbers


def test_what_prints_against_all_expectation_runs_in_order_in_the_driver() -> None:
    here = Here(When.NEVER, When.ALWAYS)
    with mock.patch.object(PurityJudge, "judge", return_value=Verdict("", 0, heavy=True)):
        answer = here.run(tell_all)
    here.close()
    assert answer.values[""] == list(range(200))
    assert answer.printed.split() == ["first", *map(str, range(200)), "last"]
