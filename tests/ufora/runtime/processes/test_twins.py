"""Copies of a process, forked from it as it is."""

import os
import signal
import time
from contextlib import contextmanager

import psutil
import pytest

from ufora.runtime.processes.twins import NAME, Twin, fork_twin, wait_for_answers


def echo():
    return lambda question: question.upper()


@contextmanager
def twin(begin=echo, older=()):
    made = fork_twin(begin, older)
    try:
        yield made
    finally:
        made.end()
        os.waitpid(-1, os.WNOHANG)


def ask(asked: Twin, question: bytes) -> bytes | None:
    asked.ask(question)
    assert wait_for_answers([asked], 30) == [asked]
    return asked.take()


def tell_pid():
    return lambda _: str(os.getpid()).encode()


def wait_until_gone(pid: int) -> None:
    """The kernel ends it at once; it takes as long as that takes."""
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.001)


def test_a_twin_holds_what_its_process_holds():
    held = {"text": b"x" * 2**20}
    with twin(lambda: lambda question: held[question.decode()]) as made:
        assert ask(made, b"text") is not None
        held["text"] = b"changed here"
        assert ask(made, b"text") == b"x" * 2**20


def test_it_answers_one_question_after_the_other():
    with twin() as made:
        assert [ask(made, question) for question in (b"a", b"", b"c" * 10**6)] == [b"A", b"", b"C" * 10**6]


def test_begin_is_called_once_and_in_the_twin():
    calls = []

    def begin():
        calls.append(os.getpid())
        return lambda _: str(calls).encode()

    with twin(begin) as made:
        first = ask(made, b"")
        assert first == ask(made, b"") != str([os.getpid()]).encode()
    assert calls == []


def test_nobody_has_answered_when_the_time_is_over():
    with twin(lambda: lambda _: time.sleep(60) or b"") as made:
        made.ask(b"")
        assert wait_for_answers([made], 0.01) == []


@pytest.mark.parametrize(
    "death", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(3), lambda: 1 / 0], ids=["killed", "left", "failed"]
)
def test_one_that_dies_has_no_answer(death, capfd):
    with twin(lambda: lambda _: death()) as made:
        assert ask(made, b"") is None
        made.ask(b"once more")
        assert made.take() is None


def test_it_is_gone_when_it_was_ended_whatever_it_does():
    def begin():
        calls = []

        def answer(_):
            while calls:  # the second question has no answer
                pass
            calls.append(1)
            return str(os.getpid()).encode()

        return answer

    with twin(begin) as made:
        pid = int(ask(made, b""))
        assert psutil.Process(pid).name() == NAME.decode()
        made.ask(b"")
    wait_until_gone(pid)


def test_the_end_of_one_does_not_wait_for_its_younger_twin():
    with twin(tell_pid) as first, twin(older=[first]) as second:
        pid = int(ask(first, b""))
        first.end()
        wait_until_gone(pid)
        assert ask(second, b"alive") == b"ALIVE"


def test_twins_die_with_their_process():
    """A middle process has a twin and is killed."""
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.write(writing, ask(fork_twin(tell_pid), b""))
        signal.pause()
    pid = int(os.read(reading, 32))
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    os.close(reading)
    os.close(writing)
    wait_until_gone(pid)
