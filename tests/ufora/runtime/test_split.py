"""Leases: whatever machines give back, every element counts once and the first error in order is raised."""

import ast
import itertools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy
import pytest

from pyfora.program.nodes import Source
from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskFuture, WorkerFacts
from ufora.engine.in_process import InProcessCluster, InProcessTaskEngine
from ufora.runtime import split
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Rest
from ufora.runtime.dispatch import MOST_CARRIED, MOST_REPEATED
from ufora.runtime.environment import CannotTravel, PackedBody
from ufora.runtime.explain import Recorder
from ufora.runtime.pieces import Kind, Piece, list_items
from ufora.runtime.policy import Cutting
from ufora.runtime.progress import Counts
from ufora.runtime.split import CONVINCED, LeaseSplitter
from ufora.runtime.tasks import Common, Describe, Description, Hold, Lease, LeaseDone, unpack_task

TEXT = Source("program.py", 1, "[-x for x in xs]\n")


@dataclass(frozen=True, slots=True)
class Side:
    """A worker that answers leases as the test says."""

    answer_lease: Callable[..., Any]

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        return self.answer_lease(unpack_task(payload), *([inputs] if inputs else []))

    async def answer(self, session: str, message: bytes) -> bytes:
        raise AssertionError("there is no driver here")

    async def end_session(self, session: str) -> None: ...

    async def close(self) -> None: ...


def no_items(data: bytes, originals: list[object]) -> list[Any]:
    raise AssertionError("all elements are numbers here")


@pytest.fixture
def compute() -> Iterator[Callable[..., list[Any]]]:
    engines = []

    def compute(
        answer_lease,
        source,
        *,
        workers: int = 2,
        cluster: InProcessCluster | None = None,
        rate: float = 0.0,
        unpack_items=no_items,
        pack_body=lambda comprehension, part: PackedBody(b"", []),
        consumer=Consumer.LIST,
        engine: type[InProcessTaskEngine] = InProcessTaskEngine,
    ):
        source = range(source) if isinstance(source, int) else source
        cluster = cluster or InProcessCluster()
        for number in range(workers):
            cluster.add_worker(Side(answer_lease), WorkerFacts(f"w{number}", "", 1, 2**30, "", ""))
        engines.append(engine(cluster))
        splitter = LeaseSplitter(engines[-1], pack_body, unpack_items, raise_packed, Recorder(), Counts(), lambda: None)
        body = eval("lambda xs: [-x for x in xs]")
        comprehension = Comprehension(TEXT, 0, source, body, (0, 0))
        assert isinstance(comprehension.tree, ast.ListComp)
        return list_items(splitter.compute(Rest(comprehension, consumer, None, 0, len(source), rate, True, lambda _: None)))

    yield compute
    for engine in engines:
        engine.close()


def raise_packed(data: bytes) -> None:
    raise ValueError(data.decode())


def negated(start: int, stop: int) -> Piece:
    return Piece(start, stop, Kind.ARRAY, -numpy.arange(start, stop))


def done(lease: Lease, *pieces: Piece, stop: int | None = None) -> LeaseDone:
    return LeaseDone(pieces, lease.stop if stop is None else stop, 0.01, 0)


def test_leases_together_are_the_whole(compute):
    assert compute(lambda lease: done(lease, negated(lease.start, lease.stop)), 5000) == [-x for x in range(5000)]


def test_no_elements_need_no_lease(compute):
    assert compute(lambda lease: pytest.fail("a lease over nothing"), 0) == []


def test_what_a_lease_gives_back_is_leased_again(compute):
    def give_back_half(lease: Lease) -> LeaseDone:
        stop = (lease.start + lease.stop + 1) // 2
        return done(lease, negated(lease.start, stop), stop=stop)

    assert compute(give_back_half, 3000) == [-x for x in range(3000)]


@pytest.mark.parametrize("keeps", [False, True])
def test_a_lease_whose_list_stays_gives_nothing_back_as_it_may_be_computed_again(compute, monkeypatch: pytest.MonkeyPatch, keeps: bool):
    monkeypatch.setattr(split, "KEEP_ITEMS", 4999 if keeps else 5000)
    leases = []

    def answer(task: Lease | Describe, inputs: Sequence[Any] = ()) -> LeaseDone | Description:
        if isinstance(task, Describe):
            return Description.of(inputs[0])
        leases.append(task)
        return done(task, negated(task.start, task.stop))

    assert compute(answer, 5000) == [-x for x in range(5000)]
    assert {(math.isinf(lease.seconds), lease.opens) for lease in leases} == {(keeps, not keeps)}


def test_a_machine_that_joins_is_given_a_lease_though_none_has_ended(compute):
    cluster, has_part = InProcessCluster(), threading.Event()

    def answer(lease: Lease) -> LeaseDone:
        cluster.add_worker(Side(answer_late), WorkerFacts("late", "", 1, 2**30, "", ""))
        has_part.wait()
        return done(lease, negated(lease.start, lease.stop))

    def answer_late(lease: Lease) -> LeaseDone:
        has_part.set()
        return done(lease, negated(lease.start, lease.stop))

    assert compute(answer, 5000, workers=1, cluster=cluster) == [-x for x in range(5000)]


def test_a_long_element_is_computed_here_in_its_place(compute):
    def answer(lease: Lease) -> LeaseDone:
        if not lease.start <= 40 < lease.stop:
            return done(lease, negated(lease.start, lease.stop))
        return done(lease, negated(lease.start, 40), Piece(40, 41, Kind.BIG, None), negated(41, lease.stop))

    assert compute(answer, 200) == [-x for x in range(200)]


def test_the_first_error_in_order_is_raised(compute):
    def answer(lease: Lease) -> LeaseDone:
        return done(lease, Piece(lease.start, lease.stop, Kind.ERROR, str(lease.start).encode()), stop=lease.start)

    with pytest.raises(ValueError, match=r"^0$"):
        compute(answer, 1000)


def test_a_long_element_behind_an_error_is_never_run_here(compute):
    def answer(lease: Lease) -> LeaseDone:
        if lease.start == 0:
            return done(lease, Piece(0, lease.stop, Kind.ERROR, b"early"), stop=0)
        return done(lease, *(Piece(at, at + 1, Kind.BIG, None) for at in range(lease.start, lease.stop)))

    with pytest.raises(ValueError, match="early"):
        compute(answer, 1000)


def test_elements_that_cannot_leave_their_process_are_computed_here(compute):
    def answer(lease: Lease) -> LeaseDone:
        if lease.start == 0:
            return done(lease, negated(0, lease.stop))
        return done(lease, Piece(lease.start, lease.stop, Kind.HERE, "they are generators"), stop=lease.start)

    assert compute(answer, 1000) == [-x for x in range(1000)]


@pytest.fixture
def slow_unpacking(monkeypatch) -> tuple[Callable[[Lease], LeaseDone], Callable[[bytes, list[object]], list[Any]]]:
    """How leases are answered, and what unpacks what they gave, on a clock that nothing else moves."""
    now = [0.0]
    monkeypatch.setattr(split.time, "perf_counter", lambda: now[0])

    def answer(lease: Lease) -> LeaseDone:
        return done(lease, Piece(lease.start, lease.stop, Kind.ITEMS, repr([-x for x in range(lease.start, lease.stop)]).encode()))

    def unpack(data: bytes, originals: list[object]) -> list[Any]:
        items: list[Any] = ast.literal_eval(data.decode())
        now[0] += 1e-5 * len(items)
        return items

    return answer, unpack


def test_elements_that_take_long_to_come_back_are_computed_here(compute, slow_unpacking):
    answer, unpack = slow_unpacking
    leases = []

    def answer_and_note(lease: Lease) -> LeaseDone:
        leases.append(lease)
        return answer(lease)

    assert compute(answer_and_note, 100_000, rate=1e6, unpack_items=unpack) == [-x for x in range(100_000)]
    most = 8 + CONVINCED - 1  # as many as were under way, and what followed those that were asked about
    assert len(leases) <= most
    assert sum(lease.stop - lease.start for lease in leases) <= most * 5001


def test_what_came_late_for_another_reason_now_and_then_does_not_decide(compute, slow_unpacking, monkeypatch):
    """As when others kept the machine busy: two of three, each by more than everything else takes."""
    answer, _ = slow_unpacking
    leases, clock = [], itertools.cycle([100.0, 100.0, 0.0])

    def answer_and_note(lease: Lease) -> LeaseDone:
        leases.append(lease)
        return answer(lease)

    def unpack_late(data: bytes, originals: list[object]) -> list[Any]:
        items = ast.literal_eval(data.decode())
        late, now = next(clock), split.time.perf_counter()
        monkeypatch.setattr(split.time, "perf_counter", lambda: now + late)
        return items

    assert compute(answer_and_note, 100_000, rate=1e6, unpack_items=unpack_late) == [-x for x in range(100_000)]
    assert sum(lease.stop - lease.start for lease in leases) == 100_000


def test_packing_that_took_long_once_does_not_decide(compute, monkeypatch):
    now, late = [0.0], iter([0.0, 100.0, 0.0, 0.0])
    monkeypatch.setattr(split.time, "perf_counter", lambda: now[0])

    def pack(comprehension, part):
        now[0] += next(late, 0.0)
        return PackedBody(b"", [])

    leased = []

    def answer(lease: Lease) -> LeaseDone:
        leased.extend(range(lease.start, lease.stop))
        return done(lease, negated(lease.start, lease.stop))

    items = list(range(10_000))
    assert compute(answer, items, rate=1e6, pack_body=pack) == [-x for x in items]
    assert sorted(leased) == items


def test_the_first_error_is_raised_also_where_others_are_not_worth_it(compute, slow_unpacking):
    answer, unpack = slow_unpacking
    items: list[Any] = [*range(100_000)]
    items[-1] = "not a number"
    with pytest.raises(TypeError, match="bad operand"):
        compute(answer, items, rate=1e6, unpack_items=unpack)


def test_what_takes_long_to_pack_is_never_leased(compute, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(split.time, "perf_counter", lambda: now[0])

    def pack_slowly(comprehension, part):
        now[0] += 0.001 + (0 if part is None else 1e-5 * len(part))
        return PackedBody(b"", [])

    items = list(range(10_000))
    assert compute(lambda lease: pytest.fail("leased"), items, rate=1e6, pack_body=pack_slowly) == [-x for x in items]


def test_a_body_that_cannot_travel_is_computed_here(compute):
    def refuse(comprehension, part):
        raise CannotTravel("it reads an open generator")

    assert compute(lambda lease: pytest.fail("nothing can be leased"), 1000, pack_body=refuse) == [-x for x in range(1000)]


def test_leases_grow_with_the_cluster_so_that_the_manager_can_hand_them_out():
    cutting = Cutting()
    assert cutting.aim(1) == cutting.lease_seconds
    assert 1000 / cutting.aim(1000) <= cutting.leases_per_second


@pytest.mark.parametrize("nbytes", [10, MOST_REPEATED])
def test_what_is_large_and_shared_by_leases_travels_once(compute, nbytes: int):
    held = []

    def answer(task: Lease | Hold, inputs: Sequence[Any] = ()) -> LeaseDone | Common:
        if isinstance(task, Hold):
            held.append(task.common)
            return task.common
        common = inputs[0] if task.common is None else task.common
        assert common.program == bytes(nbytes)
        return done(task, negated(task.start, task.stop))

    assert compute(answer, 1000, pack_body=lambda comprehension, part: PackedBody(bytes(nbytes), [])) == [-x for x in range(1000)]
    assert [common.program for common in held] == [bytes(nbytes)] * (nbytes >= MOST_REPEATED)


class Near(InProcessTaskEngine):
    """To whose first worker there is a shorter way."""

    def is_near(self, worker: str) -> bool:
        return worker == "w0"

    def submit(self, payload: bytes, inputs: Sequence[TaskFuture] = (), **wish: Any) -> TaskFuture:
        task = unpack_task(payload)
        if isinstance(task, Lease):
            BRIEF.append((wish["brief"], task.common is not None))
            assert wish["brief"] <= (wish["worker"] == "w0")
        return super().submit(payload, inputs, **wish)


BRIEF: list[tuple[bool, bool]] = []  #: of each lease: is it brief, and does what all share travel in it?


@pytest.mark.parametrize(
    ("nbytes", "consumer", "kinds"),
    [
        (10, Consumer.MAX, {(True, True), (False, True)}),
        (MOST_REPEATED, Consumer.MAX, {(True, True), (False, False)}),
        (MOST_CARRIED, Consumer.MAX, {(False, False)}),
        (10, Consumer.LIST, {(False, True)}),
    ],
)
def test_small_answers_come_by_the_shorter_way_and_what_leases_share_goes_with_them(compute, nbytes: int, consumer, kinds):
    BRIEF.clear()

    def answer(task: Lease | Hold, inputs: Sequence[Any] = ()) -> LeaseDone | Common:
        if isinstance(task, Hold):
            return task.common
        return done(task, Piece(task.start, task.stop, Kind.ITEMS, [-task.start]))

    pack_body = lambda comprehension, part: PackedBody(bytes(nbytes), [])  # noqa: E731
    assert max(compute(answer, 1000, pack_body=pack_body, consumer=consumer, engine=Near)) == 0
    assert set(BRIEF) == kinds
