"""Memory of the lists that machine code makes: it is used again, and all of it is given back."""

import pytest

from tests.ufora.compile.programs import kernel_of, parse
from ufora.compile import given
from ufora.compile.heads import NO_ROOM

ROOM = 64 * 1024  #: bytes

MUCH_IN_ALL = [
    """
def f(n):
    before = [0] * 100
    for k in range(2000):
        now = [k] * 100
        now[1] = before[0]
        before = now
    return before[0] + before[1]
""",
    """
def f(n):
    grid = [[0] * 10 for _ in range(10)]
    for k in range(500):
        new = [[row[j - 1] + k for j in range(10)] for row in grid]
        grid = new
    return sum(sum(row) for row in grid)
""",
    """
def make(k):
    found = []
    for i in range(100):
        found.append(i * k)
        if i == 90:
            return found
    return found
def f(n):
    total = 0
    for k in range(2000):
        total += len(make(k)) + sum(make(k)) + make(k)[5]
        for x in make(k):
            if x > 50:
                break
    return total
""",
    """
def f(n):
    total = 0
    for k in range(3000):
        for step in [-1, 0, 1]:
            total += step * k
        if k in [3, 4, 5]:
            total += 1
        a, b = [k], [k + 1]
        a, b = b, a
        total += a[0] - b[0]
    return total
""",
    """
def f(n):
    total = 0
    for k in range(2000):
        seen = {k: 1}
        for j in range(20):
            seen[j] = seen.get(j, 0) + k
        total += len(seen) + (k in {1, 2, 3})
    return total
""",
    """
def f(n):
    waiting = [0]
    total = 0
    for k in range(20000):
        waiting.append(k)
        total += waiting.pop(0) + waiting[-1]
    return total
""",
]


@pytest.mark.parametrize("text", MUCH_IN_ALL)
def test_lists_come_and_go_in_little_memory(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = parse(f"{text}\n[f(n) for n in range(2)]")
    monkeypatch.setattr(given, "MOST_BYTES", ROOM)
    run = kernel_of(program).run(program.source, 0, 2, program.values)
    assert run.stopped_at == 2
    assert run.partial.tolist() == program.expected()  # type: ignore[union-attr]


def test_what_takes_too_much_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    program = parse(
        "def f(n):\n    xs = []\n    for k in range(10**n):\n        xs.append(k)\n    return len(xs)\n[f(n) for n in range(7)]"
    )
    kernel = kernel_of(program)
    monkeypatch.setattr(given, "MOST_BYTES", ROOM)
    run = kernel.run(program.source, 0, 7, program.values)
    assert run.partial.tolist() == [1, 10, 100, 1000]  # type: ignore[union-attr]
    assert kernel.sites[run.site - 1].why == NO_ROOM
