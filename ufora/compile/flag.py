"""The word that running machine code looks at, to learn whether it shall stop.

A kernel's argument record (its `given` words) begins with

    given[0]  address of the flag: an int64 that any thread may set while the kernel runs
    given[1]  set to 1 by the kernel when it stopped because of the flag
    given[2]  number of the site at which the kernel stopped for another reason; see stops.py
    given[3…] the Given values

Flag      the kernel
0         goes on
SOON      stops between two elements: what is done is kept, and `LoopRun.stopped_at` says where to go on. For giving work away
NOW       stops wherever it is; the element under way is forgotten. For cancelling

It is read at the beginning of every loop and every POLL_TURNS turns of one, at every recursive call, and by the kernel's own loop at the
end of every block of elements, or of every element that has loops or recursion in it.
"""

import numpy

HEAD_WORDS = 3  #: of the argument record, before the values
HALTED_WORD, SITE_WORD = 1, 2  #: of that record
SOON, NOW = 1, 2
POLL_TURNS = 2**16
"""Turns of one loop between two looks: 20 µs to some ms of machine code."""


class StopFlag:
    """One per run or per group of runs that are stopped together."""

    __slots__ = ("_word",)

    def __init__(self) -> None:
        self._word = numpy.zeros(1, dtype=numpy.int64)

    @property
    def address(self) -> int:
        return int(self._word.ctypes.data)

    def ask(self, when: int) -> None:
        """SOON or NOW."""
        self._word[0] = when

    def clear(self) -> None:
        self._word[0] = 0


NEVER = StopFlag()
"""Of runs that nobody can stop."""
