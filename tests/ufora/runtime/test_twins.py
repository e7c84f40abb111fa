"""Interpreted elements computed by copies of the driver: the answer is Python's, and what they cannot do is done in other ways."""

import math
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import psutil
import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.protocol.messages import Cancel, Cancelled
from ufora.runtime import split, twins
from ufora.runtime.policy import When
from ufora.runtime.split import LeaseSplitter, _Job
from ufora.runtime.tasks import unpack_task
from ufora.runtime.twins import LEAST_BYTES, Twins


@pytest.fixture
def here() -> Iterator[Here]:
    made = Here(When.NEVER, When.ALWAYS, twins=True)
    yield made
    made.close()
    _, alive = psutil.wait_procs([child for child in psutil.Process().children() if child.name() == "ufora-twin"], 30)
    assert not alive


def splitter_of(here: Here) -> LeaseSplitter:
    splitter = here.driver._conductor.splitter
    assert isinstance(splitter, LeaseSplitter)
    return splitter


class Counted:
    """How many twins were forked, and how many leases submitted."""

    def __init__(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        self.twins = self.leases = 0
        fork, submit = twins.fork_twin, here.engine.submit

        def fork_counting(*args, **options):
            self.twins += 1
            return fork(*args, **options)

        def submit_counting(*args, **options):
            self.leases += 1
            return submit(*args, **options)

        monkeypatch.setattr(twins, "fork_twin", fork_counting)
        monkeypatch.setattr(here.engine, "submit", submit_counting)


def count(lines):
    counts = {}
    for line in lines:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
    return counts


def count_words():
    lines = [f"word{number * number % 97} and word{number % 13}" for number in range(400)]
    return [count(lines[k * 25 : (k + 1) * 25]) for k in range(16)]


def give_back_what_is_held():
    rows, texts = [(f"a{n}", n) for n in range(9)], ["some", "text"]
    found = [(texts, rows[n]) for n in range(9)]
    same = 0
    for n, (first, second) in enumerate(found):
        same += (first is texts) + (second is rows[n])
    return same, found


def fail_late():
    texts = ["12", "13", "x4", "15", "y6"]
    return [int(text) for text in texts]


def decide():
    texts = [str(n) for n in range(300)]
    return any(len(text) > 2 and text[0] == "2" for text in texts), all(text.isdigit() for text in texts), sum(len(text) for text in texts)


def fold_others():
    texts = [str(n * n) for n in range(50)]
    return max(text[::-1] for text in texts), "-".join([text.zfill(4) for text in texts]), {text: len(text) for text in texts}


def nest():
    texts = ["abc" * n for n in range(12)]
    return [[[letter * 2 for letter in text] for text in texts[:n]] for n in range(5)]


@pytest.mark.parametrize("program", [count_words, give_back_what_is_held, fail_late, decide, fold_others, nest])
def test_the_answer_is_pythons(here, monkeypatch, program):
    counted = Counted(here, monkeypatch)
    assert here.run(program).bits == run_here(program)
    assert counted.twins > 0
    assert counted.leases == 0


def test_an_error_comes_with_the_users_lines(here):
    answer = here.run(fail_late)
    assert [frame.text.strip() for frame in answer.trace][-1] == "return [int(text) for text in texts]"


def test_what_they_did_is_explained(here):
    (line,) = (line for line in here.run(count_words).explanation.lines if "for k in range(16)" in line.text)
    assert line.interpreted == 16
    assert line.slices >= 2


def double(text):
    return [letter * 2 for letter in text if letter != "x"]


def call_double():
    texts = ["abc" * n for n in range(12)]
    return [double(text) for text in texts]


def test_notes_of_lines_inside_come_home(here):
    lines = here.run(call_double).explanation.lines
    assert any("for letter in text" in line.text for line in lines)


def test_what_kills_a_twin_is_left_to_leases(here, monkeypatch):
    counted = Counted(here, monkeypatch)
    monkeypatch.setattr(Twins, "begin", lambda *_: lambda _: os._exit(1))
    assert here.run(count_words).bits == run_here(count_words)
    assert counted.twins > 0
    assert counted.leases > 0


def work_for_ever():
    texts = ["a"] * 100

    def turn(text):
        while text:
            len(text)
        return text

    return [turn(text) for text in texts]


def test_cancelling_ends_them(here):
    program = here.capture(work_for_ever)
    forked = threading.Event()
    fork = twins.fork_twin

    def fork_and_tell(*args):
        made = fork(*args)
        forked.set()
        return made

    def cancel():
        assert forked.wait(30)
        here.ask(Cancel("c"))

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with mock.patch.object(twins, "fork_twin", fork_and_tell):
        assert here.evaluate(program, computation="c") == Cancelled("c")
    canceller.join()


def test_little_is_left_to_all_machines_where_there_are_several(here, monkeypatch):
    splitter = splitter_of(here)
    assert splitter.twins is not None
    splitter.twins = replace(splitter.twins, are_wanted=False)
    counted = Counted(here, monkeypatch)
    here.run(count_words)
    assert (counted.twins, counted.leases > 0) == (0, True)


def hold_much():
    text = "x" * 2_000_000
    return [text.count("x", n) for n in range(3)]


def test_much_is_begun_by_twins_wherever_it_lies(here, monkeypatch):
    splitter = splitter_of(here)
    assert splitter.twins is not None
    splitter.twins = replace(splitter.twins, are_wanted=False)
    monkeypatch.setattr(twins, "SENT_BYTES_PER_SECOND", 1.0)  # so they have time enough
    counted = Counted(here, monkeypatch)
    assert here.run(hold_much).bits == run_here(hold_much)
    assert len("x" * 2_000_000) > LEAST_BYTES
    assert counted.twins > 0


def test_a_long_element_that_can_be_cut_is_opened_in_the_driver(monkeypatch):
    """It is alone, the other core idles, and its twin would never end."""

    def program():
        texts = ["a", "b" * 5]
        return [sum(len(text) * n % 7 for n in range(10 ** len(text) // 5)) for text in texts]

    begin = Twins.begin

    outer: list[object] = []  # the twins of the element itself: on a slow machine, what it is opened to may have some, too

    def begin_and_stay(self, rest, holdings):
        answer = begin(self, rest, holdings)
        outer.append(rest)
        is_outer = rest is outer[0]
        return lambda question: threading.Event().wait() if is_outer and unpack_task(question).start else answer(question)

    monkeypatch.setattr(Twins, "begin", begin_and_stay)
    monkeypatch.setattr(split, "TOO_LATE_SECONDS", math.inf)
    here = Here(When.NEVER, When.AUTO, twins=True)
    opened = mock.Mock(wraps=_Job._open)
    with mock.patch.object(_Job, "_open", lambda *args: opened(*args)), mock.patch.object(split, "LONG_SECONDS", 0.0):
        assert here.run(program).bits == run_here(program)
    here.close()
    assert opened.called


class Point:
    def __init__(self, x):
        self.x = x


def count_points(n):
    points = [Point(i) for i in range(n)]
    return len(points)


def count_pairs(n):
    pairs = [(str(i), n) for i in range(n)]
    return len(pairs)


@pytest.mark.parametrize(
    ("program", "length", "by_twins", "carrying", "why"),
    [
        (count_points, 300_000, False, 60.0, split.IN_VAIN),
        (count_pairs, 2_000_000, True, 60.0, split.IN_VAIN),
        (count_pairs, 2_000_000, True, 0.0, ""),
    ],
)
def test_what_takes_longer_to_carry_than_to_compute_is_computed_here(monkeypatch, program, length, by_twins, carrying, why):
    """Which takes longer depends on the machine: how long carrying took, in seconds, is said here."""
    judge = _Job._judge
    monkeypatch.setattr(_Job, "_judge", lambda self, elements, _: judge(self, elements, carrying))
    here = Here(When.NEVER, When.AUTO, twins=True)
    conductor = here.driver._conductor
    conductor.policy = replace(conductor.policy, split_seconds=0.0)  # nor is any machine too fast for cutting to pay
    counted = Counted(here, monkeypatch)
    try:
        answers = [here.run(program, length) for _ in range(2)]
    finally:
        here.close()
    assert [answer.values[""] for answer in answers] == [length, length]
    assert [line.why_not_cut for line in answers[1].explanation.lines if "for i in" in line.text] == [why]
    assert (counted.twins > 0) == by_twins
