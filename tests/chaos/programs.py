"""What the clients of a chaos run compute, with the answers that are right."""

import random
from collections.abc import Callable

import pyfora
from pyfora.client.checkpoints import MOST_LINKS
from tests.cluster.programs import expect_letters, is_prime, sum_letters

PRIMES = [sum(is_prime(x) for x in range(stop)) for stop in (20_000, 40_000)]


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return self.x * self.x + self.y * self.y


def interpreted(executor: pyfora.Executor, dice: random.Random) -> None:
    stop = 1000 * dice.randrange(50, 600)
    with executor.remotely.downloadAll():
        answer = sum_letters(stop)
    assert answer == expect_letters(stop), ("interpreted", stop, answer)


def compiled(executor: pyfora.Executor, dice: random.Random) -> None:
    which = dice.randrange(len(PRIMES))
    stop = (20_000, 40_000)[which]
    with executor.remotely.downloadAll():
        answer = sum(is_prime(x) for x in range(stop))
    assert answer == PRIMES[which], ("compiled", stop, answer)


def kept(executor: pyfora.Executor, dice: random.Random) -> None:
    """Values that later blocks use: a long list in chunks, an instance."""
    size, factor = dice.randrange(2_200_000, 3_000_000), dice.randrange(100)
    with executor.remotely:
        numbers = [x * factor for x in range(size)]
        point = Point(size, factor)
    with executor.remotely.downloadAll():
        total = sum(numbers)
        last = numbers[-1]
        norm = point.norm()
    assert total == factor * (size * (size - 1) // 2), ("kept", size, factor, total)
    assert (last, norm) == ((size - 1) * factor, size * size + factor * factor), ("kept", size, factor, last, norm)


def carried(executor: pyfora.Executor, dice: random.Random) -> None:
    """Each block needs the value of the one before; the history of some values is cut."""
    steps = dice.randrange(MOST_LINKS // 2, 2 * MOST_LINKS)
    with executor.remotely:
        total = 0
    for step in range(steps):
        with executor.remotely:
            total = total + step
    assert total.toLocal().result() == steps * (steps - 1) // 2, ("carried", steps)


def failing(executor: pyfora.Executor, dice: random.Random) -> None:
    bad = dice.randrange(1, 300_000)
    try:
        with executor.remotely.downloadAll():
            answer = sum(1000 // (x - bad) for x in range(300_000))
    except ZeroDivisionError:
        return
    raise AssertionError(("failing", bad, answer))


def small(executor: pyfora.Executor, dice: random.Random) -> None:
    words = [str(dice.random()) for _ in range(dice.randrange(50))]
    assert executor.submit(lambda: sorted(words, key=len)).result().toLocal().result() == sorted(words, key=len), ("small", words)


PROGRAMS: tuple[Callable[[pyfora.Executor, random.Random], None], ...] = (interpreted, compiled, kept, carried, failing, small)
