from ufora.gateway.computation import Computation, Event, ValueOf
from ufora.gateway.line import Line
from ufora.gateway.spool import StoredProgram


class Queue:
    """A line and its computations; `take` starts what may start."""

    def __init__(self) -> None:
        self.computations: dict[str, Computation] = {}
        self.line = Line(self.computations)

    def add(self, name: str, value_of: str = "") -> None:
        work = ValueOf(value_of, "x") if value_of else StoredProgram("hash", 1, b"p", None)
        self.computations[name] = Computation(name, work, "remote", 0)
        self.line.add(self.computations[name])

    def take(self) -> list[str]:
        startable = self.line.take_startable_nowait()
        for computation in startable:
            computation.handle(Event.STARTED)
        return [computation.id for computation in startable]

    def tell(self, name: str, event: Event) -> None:
        self.computations[name].handle(event)

    def lose(self, name: str) -> None:
        self.tell(name, Event.LOST)
        self.line.add(self.computations[name])


def test_programs_are_evaluated_one_at_a_time_in_order():
    queue = Queue()
    queue.add("c1")
    queue.add("c2")
    assert queue.take() == ["c1"]
    assert queue.take() == []
    queue.tell("c1", Event.FINISHED)
    assert queue.take() == ["c2"]


def test_what_runs_again_keeps_its_place():
    queue = Queue()
    for name in ("c1", "c2", "c3"):
        queue.add(name)
    assert queue.take() == ["c1"]
    queue.tell("c1", Event.FINISHED)
    assert queue.take() == ["c2"]
    queue.lose("c2")
    queue.lose("c1")
    assert queue.take() == ["c1"]
    queue.tell("c1", Event.FINISHED)
    assert queue.take() == ["c2"]


def test_a_cancelled_computation_is_passed_over():
    queue = Queue()
    queue.add("c1")
    queue.add("c2")
    queue.tell("c1", Event.CANCEL_ASKED)
    assert queue.take() == ["c2"]


def test_a_value_is_fetched_while_another_program_is_evaluated():
    queue = Queue()
    queue.add("c1")
    queue.take()
    queue.tell("c1", Event.FINISHED)
    queue.add("c2")
    queue.take()
    queue.add("f1", value_of="c1")
    assert queue.take() == ["f1"]


def test_a_value_is_fetched_only_when_it_exists():
    queue = Queue()
    queue.add("c1")
    queue.add("f1", value_of="c1")
    assert queue.take() == ["c1"]
    assert queue.take() == []
    queue.tell("c1", Event.FINISHED)
    assert queue.take() == ["f1"]


def test_the_line_is_idle_when_nothing_runs_or_waits():
    queue = Queue()
    assert queue.line.is_idle
    queue.add("c1")
    assert not queue.line.is_idle
    queue.take()
    assert not queue.line.is_idle
    queue.tell("c1", Event.FINISHED)
    assert queue.line.is_idle


def test_what_nothing_is_to_be_done_before_is_next():
    queue = Queue()
    for name in ("c1", "c2"):
        queue.add(name)
    assert [queue.line.is_next(queue.computations[name]) for name in ("c1", "c2")] == [True, False]
    queue.take()
    assert [queue.line.is_next(queue.computations[name]) for name in ("c1", "c2")] == [True, False]
    queue.tell("c1", Event.FINISHED)
    assert queue.line.is_next(queue.computations["c2"])


def test_behind_a_cancelled_computation_the_one_after_it_is_next():
    queue = Queue()
    queue.add("c1")
    queue.add("c2")
    queue.tell("c1", Event.CANCEL_ASKED)
    assert queue.line.is_next(queue.computations["c2"])
    assert queue.take() == ["c2"]


def test_a_fetch_is_next_when_its_value_is_there():
    queue = Queue()
    queue.add("c1")
    queue.add("f1", value_of="c1")
    assert not queue.line.is_next(queue.computations["f1"])
    queue.take()
    queue.tell("c1", Event.FINISHED)
    assert queue.line.is_next(queue.computations["f1"])
