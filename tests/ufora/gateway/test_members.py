from ufora.engine.contract import WorkerFacts
from ufora.gateway.journal import Journal
from ufora.gateway.members import KEEP_SECONDS, Members
from ufora.protocol.pulse import COMPILED, INTERPRETED, Pulse, Stretch, pack_pulse


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_worker(name: str) -> WorkerFacts:
    return WorkerFacts(name, f"{name}:30009", 4, 2**30, "1.2.3", "a processor")


def a_pulse(compiled: int, seconds: float, *stretches: Stretch) -> bytes:
    return pack_pulse(Pulse("3.11", 1.0, 10, {COMPILED: compiled}, {COMPILED: seconds}, stretches, ()))


def test_joining_and_leaving_are_counted():
    clock = Clock()
    members = Members(Journal(), clock)
    members.take_workers([a_worker("w1")])
    clock.now = 1005.0
    members.take_workers([a_worker("w1"), a_worker("w2")])
    assert [(member.facts.id, member.joined) for member in members.list_members()] == [("w1", 1000.0), ("w2", 1005.0)]
    members.take_workers([a_worker("w2")])
    assert members.find("w1") is None
    assert (members.joined_total, members.lost_total) == (2, 1)


def test_totals_of_workers_that_left_stay():
    members = Members(Journal(), Clock())
    members.take_workers([a_worker("w1")])
    members.take_pulse("w1", a_pulse(5, 0.5))
    members.take_pulse("w1", a_pulse(7, 0.75))
    members.take_workers([a_worker("w2")])
    members.take_pulse("w2", a_pulse(1, 0.25))
    assert (members.slices[COMPILED], members.seconds[COMPILED], members.slices[INTERPRETED]) == (8, 1.0, 0)


def test_the_time_line_is_on_the_managers_clock_and_ends():
    clock = Clock()
    members = Members(Journal(), clock)
    members.take_workers([a_worker("w1")])
    members.take_pulse("w1", a_pulse(1, 1.0, Stretch(3, 0.5, 0.25, COMPILED, 1)))
    (span,) = members.read_spans(0)
    assert (span.core, span.began, span.ended) == (3, 999.5, 999.75)
    assert members.read_spans(span.number) == []
    clock.now += KEEP_SECONDS + 1
    assert members.read_spans(0) == []


def test_leases_are_found_by_their_computation_as_their_worker_said_last():
    members = Members(Journal(), Clock())
    members.take_workers([a_worker("w1"), a_worker("w2")])
    members.take_pulse("w1", a_pulse_with({"a.c1/1": (3, 1), "a.c2/1": (9, 2)}))
    members.take_pulse("w2", a_pulse_with({"a.c1/2": (5, 1)}))
    assert members.find_leases("a.c1") == {"a.c1/1": (3, 1), "a.c1/2": (5, 1)}
    members.take_pulse("w1", a_pulse_with({}))
    assert (members.find_leases("a.c1"), members.find_leases("a.c2")) == ({"a.c1/2": (5, 1)}, {})
    members.take_workers([a_worker("w1")])
    assert members.find_leases("a.c1") == {}


def a_pulse_with(leases: dict[str, tuple[int, int]]) -> bytes:
    return pack_pulse(Pulse("3.11", 1.0, 10, {}, {}, (), (), leases))
