"""Blocks that no cluster has seen before: the text of each is its own."""

import linecache
import types
from dataclasses import dataclass

from pyfora import Executor

BOUND = 10**5
PRIMES = 9594  #: below BOUND, and 0 and 1
TEXT = """\
def weigh(p):
    x = 2
    while x * x <= p:
        if p % x == 0:
            return 0
        x = x + 1
    return {weight}

def run(executor):
    with executor.remotely.downloadAll():
        total = sum(weigh(p) for p in range({bound}))
    return total
"""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A program with a constant of its own."""

    weight: int

    @property
    def answer(self) -> int:
        return self.weight * PRIMES

    def run(self, executor: Executor) -> int:
        path = f"<unseen {self.weight}>"
        text = TEXT.format(weight=self.weight, bound=BOUND)
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        module = types.ModuleType("unseen")
        exec(compile(text, path, "exec"), module.__dict__)
        total: int = module.run(executor)
        return total
