"""The word that running machine code looks at, to learn whether it shall stop.

A kernel's argument record (its `given` words) begins with

    given[0]  address of the flag: an int64 that any thread may set while the kernel runs
    given[1]  set to 1 by the kernel when it stopped because of the flag
    given[2]  number of the site at which the kernel stopped for another reason; see stops.py
    given[3]  the first of the lists that the kernel has made and not freed; see made_text.py
    given[4]  bytes that such lists may still take
    given[5…] the Given values

Flag      the kernel
0         goes on
SOON      stops between two elements: what is done is kept, and `LoopRun.stopped_at` says where to go on. For giving work away
NOW       stops wherever it is; the element under way is forgotten. For cancelling

The word behind it is the other way round: the outermost function of a kernel that stands for a call counts there when it enters a
comprehension and when it leaves it, so that others can tell whether it has been in one for long.

It is read at the beginning of every loop and every POLL_TURNS turns of one, at every recursive call, and by the kernel's own loop at the
end of every block of elements, or of every element that has loops or recursion in it.
"""

import numpy

HEAD_WORDS = 5  #: of the argument record, before the values
HALTED_WORD, SITE_WORD, LISTS_WORD, ROOM_WORD = 1, 2, 3, 4  #: of that record
SOON, NOW = 1, 2
POLL_TURNS = 2**16
"""Turns of one loop between two looks: 20 µs to some ms of machine code."""


class StopFlag:
    """One per run or per group of runs that are stopped together."""

    __slots__ = ("_word",)

    def __init__(self) -> None:
        self._word = numpy.zeros(2, dtype=numpy.int64)

    @property
    def address(self) -> int:
        return int(self._word.ctypes.data)

    def ask(self, when: int) -> None:
        """SOON or NOW."""
        self._word[0] = when

    def clear(self) -> None:
        self._word[0] = 0

    @property
    def passes(self) -> int:
        """Comprehensions entered and left since `begin_passes`: odd within one."""
        return int(self._word[1])

    def begin_passes(self) -> None:
        self._word[1] = 0


NEVER = StopFlag()
"""Of runs that nobody can stop."""
