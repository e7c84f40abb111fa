"""What both engines promise."""

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_all
from pathlib import Path

import numpy
import pytest
from clusters_for_tests import ClusterForTests

from pyfora.errors import InternalError
from ufora.engine.contract import TaskEngine, TaskFailed, WorkerFacts, WorkerLost


@pytest.fixture
def engine(cluster: ClusterForTests) -> Iterator[TaskEngine]:
    engine = cluster.connect()
    yield engine
    engine.close()


def first_worker(cluster: ClusterForTests) -> str:
    return cluster.manager.list_workers()[0].id


# Workers


def test_workers_are_known_with_their_facts(cluster, engine):
    workers = cluster.manager.list_workers()
    assert len({worker.id for worker in workers}) == len({worker.address for worker in workers}) == 2
    for worker in workers:
        assert worker == WorkerFacts(worker.id, worker.address, threads=2, memory_bytes=2**30, version="1.2.3", cpu="a processor")
    assert sorted(engine.list_workers(), key=lambda worker: worker.id) == sorted(workers, key=lambda worker: worker.id)


def test_a_worker_that_joins_or_leaves_is_told(cluster):
    worker = cluster.add_worker()
    assert worker in cluster.seen.changes[-1]
    cluster.kill_worker(worker)
    assert worker not in cluster.seen.changes[-1]


def test_each_worker_says_how_it_is(cluster):
    said: queue.Queue[tuple[str, bytes]] = queue.Queue()
    cluster.manager.on_pulse(lambda worker, measured: said.put((worker, measured)))
    waited_for = {worker.id for worker in cluster.manager.list_workers()}
    while waited_for:
        worker, measured = said.get(timeout=60)
        assert measured == b"fine"
        waited_for.discard(worker)


def test_a_worker_that_is_drained_takes_no_more_work(cluster):
    drained, other = (worker.id for worker in cluster.manager.list_workers())
    cluster.loop.run(_call(lambda: cluster.manager.drain(drained)))
    assert cluster.seen.wait_for(1) == [other]
    with pytest.raises(WorkerLost):
        cluster.loop.run(_call(lambda: cluster.manager.drain("nobody")))


async def _call(act) -> None:
    act()


# Questions


def test_a_question_reaches_the_session_on_that_worker(cluster):
    for worker in cluster.manager.list_workers():
        assert cluster.ask(worker.id, "s1", b"hello") == b"s1: hello"


def test_large_questions_and_answers_pass(cluster):
    message = bytes(range(256)) * 2**14
    assert cluster.ask(first_worker(cluster), "s1", message) == b"s1: " + message


def test_a_session_is_answered_while_an_earlier_question_is_open(cluster):
    waiting = cluster.start_asking(first_worker(cluster), "s2", b"wait")
    assert cluster.ask(first_worker(cluster), "s2", b"release") == b"s2: release"
    assert waiting.result(30) == b"s2: wait"


def test_hundreds_of_questions_are_open_at_once(cluster):
    worker = first_worker(cluster)
    sessions = [f"many{number}" for number in range(600)]
    waiting = [cluster.start_asking(worker, session, b"wait") for session in sessions]
    assert cluster.ask(worker, "another", b"hello") == b"another: hello"
    for session in sessions:
        cluster.start_asking(worker, session, b"release")
    assert [answer.result(30) for answer in waiting] == [f"{session}: wait".encode() for session in sessions]
    for session in [*sessions, "another"]:
        cluster.end_session(worker, session)


def test_a_worker_killed_while_asked_is_lost(cluster):
    worker = cluster.add_worker()
    waiting = cluster.start_asking(worker, "s", b"wait")
    cluster.ask(worker, "s", b"hello")
    cluster.kill_worker(worker)
    with pytest.raises(WorkerLost):
        waiting.result(30)
    with pytest.raises(WorkerLost):
        cluster.ask(worker, "s", b"hello")
    cluster.end_session(worker, "s")


def test_an_unknown_worker_is_lost(cluster):
    with pytest.raises(WorkerLost, match="no-such-worker"):
        cluster.ask("no-such-worker", "s", b"hello")


def test_a_driver_that_died_is_told_as_lost(cluster):
    with pytest.raises(WorkerLost, match="the driver died, the test says"):
        cluster.ask(first_worker(cluster), "s", b"lose")


def test_an_error_in_our_own_code_on_a_worker_is_told(cluster):
    with pytest.raises((InternalError, ValueError), match="as the test asked"):
        cluster.ask(first_worker(cluster), "s", b"fail")


def test_an_ended_session_is_forgotten_and_unknown_ones_are_ignored(cluster):
    worker = first_worker(cluster)
    cluster.ask(worker, "doomed", b"hello")
    assert b"doomed" in cluster.ask(worker, "s", b"sessions").split()
    cluster.end_session(worker, "doomed")
    assert b"doomed" not in cluster.ask(worker, "s", b"sessions").split()
    cluster.end_session(worker, "never-seen")


def test_a_question_whose_asker_gave_up_harms_no_other(cluster):
    worker = first_worker(cluster)
    waiting = cluster.start_asking(worker, "s3", b"wait")
    cluster.ask(worker, "s3", b"hello")
    waiting.cancel()
    assert cluster.ask(worker, "s3", b"release") == b"s3: release"


# Tasks


def test_a_task_returns_what_the_worker_performed(engine):
    assert engine.fetch(engine.submit(b"text hello there")) == "hello there"


def test_a_task_takes_the_results_of_others(engine):
    first = [engine.submit(b"sum 1 2"), engine.submit(b"sum 3 4")]
    assert engine.fetch(engine.submit(b"sum 100", first)) == 110


def test_an_array_comes_as_it_is(engine):
    found = engine.fetch(engine.submit(b"array 1000000"))
    assert found.dtype == numpy.float64
    assert numpy.array_equal(found, numpy.arange(1_000_000))


def test_the_same_payload_is_performed_each_time_it_is_submitted(engine):
    assert engine.submit(b"text a").key != engine.submit(b"text a").key


def test_a_wish_for_a_worker_is_heard_and_the_holder_is_known(cluster, engine):
    for worker in cluster.manager.list_workers():
        task = engine.submit(b"text here", worker=worker.id)
        engine.fetch(task)
        assert engine.find_worker(task) == worker.id


def test_a_wish_for_a_worker_that_is_gone_is_no_obstacle(engine):
    assert engine.fetch(engine.submit(b"text anywhere", worker="127.0.0.1:9-gone")) == "anywhere"


def test_a_failed_task_says_why(engine):
    with pytest.raises(TaskFailed, match="ValueError: on purpose") as caught:
        engine.fetch(engine.submit(b"fail on purpose"))
    assert isinstance(caught.value.__cause__, ValueError)


def test_what_needs_a_failed_task_fails(engine):
    with pytest.raises(TaskFailed):
        engine.fetch(engine.submit(b"sum", [engine.submit(b"fail on purpose")]))


def test_waiting_gives_those_that_are_done(engine, tmp_path: Path):
    slow = engine.submit(f"until {tmp_path / 'go'}".encode())
    quick = engine.submit(b"text quick")
    failed = engine.submit(b"fail")
    assert engine.wait_any([slow], timeout=0.05) == []
    assert engine.wait_any([slow, quick]) == [quick]
    assert engine.wait_any([slow, failed]) == [failed]
    (tmp_path / "go").touch()
    assert engine.wait_any([slow]) == [slow]
    assert engine.wait_any([]) == []


def test_whoever_waits_can_be_woken(engine, tmp_path: Path):
    slow = engine.submit(f"until {tmp_path / 'go'}".encode(), brief=True)
    wake: Future[None] = Future()
    threading.Timer(0.05, wake.set_result, [None]).start()
    assert engine.wait_any([slow], 60, wake) == []
    (tmp_path / "go").touch()
    assert engine.wait_any([slow], 60, Future()) == [slow]
    assert not engine.is_near(engine.list_workers()[0].id)


def test_a_cancelled_task_is_over(engine, tmp_path: Path):
    slow = engine.submit(f"until {tmp_path / 'go'}".encode())
    engine.cancel([slow])
    assert engine.wait_any([slow]) == [slow]
    with pytest.raises(TaskFailed, match="cancelled"):
        engine.fetch(slow)
    (tmp_path / "go").touch()


def test_a_task_under_way_learns_that_it_was_cancelled(engine, tmp_path: Path):
    task = engine.submit(f"given-up {tmp_path / 'began'} {tmp_path / 'ended'}".encode())
    wait_for_file(tmp_path / "began")
    engine.cancel([task])
    wait_for_file(tmp_path / "ended")


def test_tasks_of_an_engine_that_closes_learn_that_nobody_wants_them(cluster, tmp_path: Path):
    engine = cluster.connect()
    task = engine.submit(f"given-up {tmp_path / 'began'} {tmp_path / 'ended'}".encode())
    wait_for_file(tmp_path / "began")
    engine.close()
    wait_for_file(tmp_path / "ended")
    assert task.key


def wait_for_file(path: Path) -> None:
    pause = threading.Event()
    while not path.exists():
        pause.wait(0.01)


def test_several_threads_use_one_engine(engine):
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda number: engine.fetch(engine.submit(f"sum {number}".encode())), range(40)))
    assert found == list(range(40))


def test_tasks_outnumber_cores(engine, tmp_path: Path):
    blocked = [engine.submit(f"until {tmp_path / 'go'}".encode()) for _ in range(12)]
    assert engine.fetch(engine.submit(b"text through")) == "through"
    (tmp_path / "go").touch()
    assert [engine.fetch(task) for task in blocked] == ["seen"] * 12


def test_a_result_lost_with_its_worker_is_computed_again(cluster, engine):
    worker = cluster.add_worker()
    task = engine.submit(b"array 1000", worker=worker)
    engine.wait_any([task])
    assert engine.find_worker(task) == worker
    cluster.kill_worker(worker)
    assert engine.fetch(task).sum() == 499500
    assert engine.find_worker(task) != worker


def test_a_task_under_way_on_a_lost_worker_runs_again_elsewhere(cluster, engine, tmp_path: Path):
    worker = cluster.add_worker()
    tasks = [engine.submit(f"until {tmp_path / 'go'}".encode(), worker=worker) for _ in range(3)]
    assert engine.fetch(engine.submit(b"text marker", worker=worker)) == "marker"
    cluster.kill_worker(worker)
    (tmp_path / "go").touch()
    assert [engine.fetch(task) for task in tasks] == ["seen"] * 3


def test_engines_do_not_take_each_others_futures(engine):
    class Stranger:
        key = "perform-1"

    with pytest.raises(InternalError, match="another engine"):
        engine.fetch(Stranger())


def test_a_closed_engine_leaves_no_thread_waiting(cluster, tmp_path: Path):
    engine = cluster.connect()
    slow = engine.submit(f"until {tmp_path / 'go'}".encode())
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(engine.wait_any, [slow], 20)
        engine.close()
        done, _ = wait_all([waiting], timeout=15)
    (tmp_path / "go").touch()
    assert done
