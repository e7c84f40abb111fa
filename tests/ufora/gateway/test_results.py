from ufora.gateway.computation import Computation, Event, State, ValueOf
from ufora.gateway.results import Results
from ufora.protocol.messages import Finished


def a_done(name: str, nbytes: int, stream: str = "") -> Computation:
    computation = Computation(name, ValueOf("c0", "x"), "all", 0)
    computation.handle(Event.STARTED)
    computation.finish(Finished(bytes(nbytes), stream, nbytes, False, {}))
    return computation


def has_result(computation: Computation) -> bool:
    assert computation.finished is not None
    return bool(computation.finished.result)


def test_the_oldest_results_are_let_go_when_they_are_too_many():
    results = Results(lambda: 100)
    done = [a_done(f"c{number}", 30) for number in range(5)]
    for computation in done:
        results.keep(computation)
    assert [has_result(computation) for computation in done] == [False, False, True, True, True]
    assert results.nbytes == 90


def test_a_result_that_alone_is_too_large_stays_for_its_client():
    results = Results(lambda: 100)
    small, large = a_done("c1", 10), a_done("c2", 200)
    results.keep(small)
    results.keep(large)
    assert (has_result(small), has_result(large)) == (False, True)


def test_what_is_dropped_or_not_in_memory_counts_no_more():
    results = Results(lambda: 100)
    dropped, stream = a_done("c1", 60), a_done("c2", 0, "s1")
    results.keep(dropped)
    results.keep(stream)
    results.forget(dropped)
    results.forget(stream)
    assert results.nbytes == 0
    assert stream.state is State.DONE


def test_a_result_that_was_made_twice_counts_once():
    results = Results(lambda: 100)
    computation = a_done("c1", 60)
    results.keep(computation)
    results.keep(computation)
    assert results.nbytes == 60


def test_a_new_limit_holds_from_the_next_result_on():
    most = 100
    results = Results(lambda: most)
    first, second = a_done("c1", 60), a_done("c2", 10)
    results.keep(first)
    most = 20
    results.keep(second)
    assert not has_result(first)
