import pytest

from pyfora.errors import InternalError
from ufora.gateway.computation import MOST_DEATHS, MOST_LOSSES, NEXT, Computation, Event, State
from ufora.gateway.spool import StoredProgram
from ufora.protocol.messages import Finished

SMALL = Finished(b"result", "", 6, False, {})
LARGE = Finished(b"", "stream", 10**9, False, {})


def a_computation(*events: Event, want: str = "all") -> Computation:
    computation = Computation("c1", StoredProgram("hash", 7, b"program", None), want, 0)
    for event in events:
        computation.handle(event)
    return computation


def test_every_state_but_the_last_has_a_way_on():
    assert {state for state in State if not NEXT[state]} == {State.GONE}


def test_every_state_can_be_reached():
    reached = {state for follow in NEXT.values() for state in follow.values()}
    assert reached | {State.WAITING} == set(State)


def test_everything_ends_when_it_is_forgotten_and_its_driver_stops():
    for state in set(State) - {State.GONE}:
        follow = NEXT[state][Event.FORGOTTEN]
        assert follow is State.GONE or NEXT[follow][Event.STOPPED] is State.GONE


def test_a_computation_runs_and_is_done():
    computation = a_computation(Event.STARTED)
    computation.finish(SMALL)
    assert computation.state is State.DONE
    assert computation.finished == SMALL


def test_an_event_that_cannot_be_is_our_fault():
    with pytest.raises(InternalError, match=r"c1 is waiting.*'finished'"):
        a_computation(Event.FINISHED)


def test_a_lost_worker_sends_a_running_computation_back_to_wait():
    computation = a_computation(Event.STARTED)
    assert computation.lose_worker("w1 is gone")
    assert (computation.state, computation.losses) == (State.WAITING, 1)


@pytest.mark.parametrize(("is_whole", "most"), [(True, MOST_LOSSES), (False, MOST_DEATHS)])
def test_a_computation_that_loses_one_worker_or_driver_after_another_fails_with_a_sentence(is_whole: bool, most: int):
    computation = a_computation()
    for time in range(most):
        assert computation.state is State.WAITING, time
        computation.handle(Event.STARTED)
        computation.lose_worker("w1 is gone", is_whole)
    assert computation.state is State.FAILED
    assert f"{most} times" in computation.problem
    assert "w1 is gone" in computation.problem


def test_values_on_a_lost_worker_are_made_again_without_their_result():
    computation = a_computation(Event.STARTED, want="small")
    computation.finish(SMALL)
    assert computation.lose_worker("w1 is gone")
    assert (computation.state, computation.told_state, computation.want_now) == (State.WAITING, State.DONE, "remote")
    assert computation.losses == 0


def test_values_that_all_came_home_are_not_made_again():
    computation = a_computation(Event.STARTED)
    computation.finish(SMALL)
    assert not computation.lose_worker("w1 is gone")
    assert computation.state is State.DONE


def test_a_large_result_nobody_has_read_is_made_again_whole():
    computation = a_computation(Event.STARTED)
    computation.finish(LARGE)
    assert computation.lose_worker("w1 is gone")
    assert (computation.told_state, computation.want_now) == (State.WAITING, "all")


def test_a_large_result_that_was_read_is_not_made_again():
    computation = a_computation(Event.STARTED)
    computation.finish(LARGE)
    computation.take_result()
    assert not computation.lose_result()
    assert not computation.lose_worker("w1 is gone")


def test_a_second_run_does_not_change_the_result():
    computation = a_computation(Event.STARTED, want="small")
    computation.finish(SMALL)
    computation.lose_worker("w1 is gone")
    computation.handle(Event.STARTED)
    computation.finish(Finished(b"", "", 0, False, {}))
    assert computation.finished == SMALL


def test_a_computation_that_is_stopped_is_cancelled_even_if_it_finishes_first():
    for event in (Event.FINISHED, Event.STOPPED, Event.LOST, Event.GAVE_UP):
        assert a_computation(Event.STARTED, Event.CANCEL_ASKED, event).state is State.CANCELLED


def test_a_forgotten_computation_leaves_when_its_driver_has_stopped():
    computation = a_computation(Event.STARTED, Event.FORGOTTEN)
    assert computation.state is State.LEAVING
    computation.handle(Event.STOPPED)
    assert computation.state is State.GONE
