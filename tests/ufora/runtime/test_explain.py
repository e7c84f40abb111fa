"""What is noted of an evaluation, and what real programs are told about themselves."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pyfora.program.nodes import Source
from tests.ufora.runtime.here import Here
from ufora.compile.spec import NotCompiled
from ufora.compile.stops import Stop
from ufora.protocol.explanation import Deoptimisation, Line
from ufora.runtime.explain import MOST_LINES, MOST_STOPS, Recorder
from ufora.runtime.policy import When
from ufora.runtime.progress import Counts

SOURCE = Source("a.py", 10, "def f(xs):\n    return sum(g(x)\n               for x in xs)\n")


@pytest.fixture
def cutting() -> Iterator[Here]:
    here = Here(When.AUTO, When.ALWAYS)
    yield here
    here.close()


@pytest.fixture
def compiling() -> Iterator[Here]:
    here = Here(When.ALWAYS, When.NEVER)
    yield here
    here.close()


def test_a_lines_notes_add_up() -> None:
    recorder = Recorder()
    notes = recorder.at(SOURCE, 11)
    assert notes is recorder.at(SOURCE, 11)
    notes.times, notes.seconds, notes.compiled, notes.slices, notes.why_not_cut = 2, 1.5, 90, 3, "it was once"
    notes.interpreted = 11
    notes.deoptimise(4, Stop("a.py", 11, "too large"), 17)
    notes.deoptimise(6, Stop("a.py", 11, "too large"), 5)
    notes.deoptimise(1, Stop("b.py", 2, "log of 0"), 7)
    recorder.spend("compile", 0.25)
    recorder.spend_cores(3.0, 2)
    recorder.spend_cores(1.0, 1)
    explanation = recorder.explain(2.0)
    deoptimisations = Deoptimisation(10, "a.py", 11, "too large", 5), Deoptimisation(1, "b.py", 2, "log of 0", 7)
    assert explanation.lines == (Line("a.py", 11, "return sum(g(x)", 2, 1.5, 90, 11, 3, "", "", deoptimisations),)
    assert explanation.seconds == {"compile": 0.25, "run": 1.75, "combine": 0.0}
    assert (explanation.core_seconds, explanation.cores) == (4.0, 2)
    recorder.reset()
    assert recorder.explain(0.0).lines == ()


def test_what_the_compiler_refuses_elsewhere_is_told_with_its_place() -> None:
    recorder = Recorder()
    recorder.at(SOURCE, 11).refuse(NotCompiled("`g` prints", "b.py", 3))
    recorder.at(SOURCE, 12).refuse(NotCompiled("`x` is a set", "a.py", 12))
    assert [line.why_interpreted for line in recorder.explain(0.0).lines] == ["`g` prints (b.py, line 3)", "`x` is a set"]


def test_many_reasons_are_told_as_the_most_frequent_ones_and_a_rest() -> None:
    notes = Recorder().at(SOURCE, 11)
    for number in range(MOST_STOPS + 3):
        notes.deoptimise(100 - number, Stop("a.py", number, "too large"), number)
    told = notes.as_line(0.0).deoptimisations
    assert [each.line for each in told[:-1]] == list(range(MOST_STOPS))
    assert told[-1] == Deoptimisation(90 + 89 + 88, "a.py", 11, "3 other reasons", MOST_STOPS)


def test_the_lines_that_took_most_time_are_kept() -> None:
    recorder = Recorder()
    for number in range(MOST_LINES + 5):
        recorder.at(SOURCE, number).seconds = number
    lines = recorder.explain(1.0).lines
    assert [lines[0].line, lines[-1].line, len(lines)] == [MOST_LINES + 4, 5, MOST_LINES]


def test_a_kernel_is_told_as_compiled_and_what_it_could_not_do_as_deoptimised(compiling: Here) -> None:
    (line,) = compiling.run(lambda: sum(x * x * x for x in range(2_097_151, 2_097_155))).explanation.lines
    assert (line.tier, line.compiled, line.interpreted, line.deopts) == ("both", 1, 3, 3)
    (deoptimisation,) = line.deoptimisations
    assert (deoptimisation.times, deoptimisation.first, deoptimisation.why) == (3, 1, "the result of `*` exceeds 64 bits")
    assert (deoptimisation.path, deoptimisation.line) == (line.path, line.line)


def test_what_was_cut_is_told_with_its_slices(cutting: Here) -> None:
    explanation = cutting.run(lambda: sum(math.sin(x) for x in range(100_000))).explanation
    (line,) = explanation.lines
    assert line.cut
    assert line.compiled + line.interpreted == 100_000
    assert line.slices >= 2
    assert explanation.core_seconds > 0
    assert set(explanation.seconds) == {"compile", "run", "combine", "bring home"}


def test_an_element_that_cannot_travel_is_computed_here_and_says_why(cutting: Here) -> None:
    def program() -> int:
        return len([(lambda: x)() for x in range(40)])

    assert cutting.run(program).explanation.lines


def test_a_fetch_explains_nothing(cutting: Here) -> None:
    assert cutting.run(lambda: 1).explanation.lines == ()


def test_the_driver_tells_how_far_a_cut_is_while_it_runs(cutting: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked before and after each lease's end, from a thread that has nothing to do with the computation."""
    fractions: list[float | None] = []
    end = Counts.end_lease

    def end_and_look(counts: Counts, *args: Any) -> None:
        fractions.append(threads.submit(counts.find_progress).result().fraction)
        end(counts, *args)
        fractions.append(threads.submit(counts.find_progress).result().fraction)

    monkeypatch.setattr(Counts, "end_lease", end_and_look)
    with ThreadPoolExecutor(1) as threads:
        cutting.run(lambda: len([str(x) for x in range(20_000)]))
    told = [fraction for fraction in fractions if fraction is not None]
    assert told == sorted(told)
    assert (len(told), told[0], told[-1]) == (len(fractions), 0.0, 1.0)


def test_notes_of_another_process_are_added_in_their_share_of_the_time() -> None:
    there, here = Recorder(), Recorder()
    for _ in range(2):
        notes = there.at(SOURCE, 11)
        notes.times, notes.seconds, notes.compiled = 3, 1.0, 30
        notes.use("key")
        notes.deoptimise(2, Stop("b.py", 4, "too large"), 7)
        here.add(there.take_lines(), cores=2)
        assert there.take_lines() == ()
    (line,) = here.explain(10.0).lines
    assert (line.times, line.seconds, line.compiled, line.kernels) == (6, 1.0, 60, ("key",))
    assert line.deoptimisations == (Deoptimisation(4, "b.py", 4, "too large", 7),)


def steps(x):
    found = 0
    while x > 1:
        x = x // 2 if x % 2 == 0 else 3 * x + 1
        found += 1
    return found


def test_what_runs_inside_interpreted_slices_is_told_too() -> None:
    def program():
        return [str(steps(x)) + str(len([y + 1 for y in range(x % 5)])) for x in range(1, 400)]

    here = Here(When.ALWAYS, When.ALWAYS)
    try:
        lines = {line.text.strip(): line for line in here.run(program).explanation.lines}
    finally:
        here.close()
    outer = lines["return [str(steps(x)) + str(len([y + 1 for y in range(x % 5)])) for x in range(1, 400)]"]
    inside = lines["def steps(x):"]
    assert outer.slices > 0
    assert outer.tier == "interpreted"
    assert inside.compiled > 0
    assert inside.kernels
