"""Copies of this process, forked from it as it is: they hold what it holds, and nothing has to be sent to them.

    driver ── fork ──► twin     answers questions about what both hold, one after the other
      │ ◄── answers ───┘        dies with the driver, or when the driver has no more questions

A twin has one thread, the one that forked; locks that others held then stay shut in it. So it does nothing but compute: it touches no
connection, and what it shares with the driver by open files it leaves alone. Its memory is the driver's until one of the two writes.
"""

import ctypes
import faulthandler
import gc
import os
import select
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from ufora.runtime.processes.framing import ANSWER, ASK, pack_frame, wait_for_frame
from ufora.runtime.processes.lifeline import hang_on, open_lifeline

NAME = b"ufora-twin"
_SET_NAME = 15  # of a process; linux/prctl.h

Answer = Callable[[bytes], bytes]


@dataclass(eq=False, slots=True)
class Twin:
    """One of them, seen from the process it was forked from. It is asked the next question when it has answered."""

    connection: socket.socket
    stream: BinaryIO
    lifeline: BinaryIO

    def ask(self, question: bytes) -> None:
        with suppress(ConnectionError):  # it is dead, which taking its answer tells
            for piece in pack_frame(0, ASK, question):
                self.connection.sendall(piece)

    def take(self) -> bytes | None:
        """Its answer; None when it died."""
        try:
            frame = wait_for_frame(self.stream)
        except ConnectionError:
            return None
        return None if frame is None else frame.body

    def end(self) -> None:
        """It dies of that, within some milliseconds; nobody waits for it."""
        self.lifeline.close()
        self.stream.close()
        self.connection.close()


def wait_for_answers(twins: Sequence[Twin], seconds: float) -> list[Twin]:
    """Those that have answered, or died; none when the time is over."""
    poll = select.poll()
    for twin in twins:
        poll.register(twin.connection, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(1000 * seconds)}
    return [twin for twin in twins if twin.connection.fileno() in ready]


def fork_twin(begin: Callable[[], Answer], older: Sequence[Twin] = ()) -> Twin:
    """`begin` is called in it, and gives what answers its questions. `older`: those that live."""
    ours, theirs = socket.socketpair()
    read_end, lifeline = open_lifeline()
    watched = os.fdopen(read_end, "rb", buffering=0)
    parent = os.getpid()
    try:  # a driver can be cancelled at any instruction, which a twin forked just then would do, too
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, because of the other threads: see above
            pid = os.fork()
        if pid == 0:
            for twin in older:
                twin.end()
            lifeline.close()
            ours.close()
            _be_twin(theirs, watched.fileno(), begin)
        theirs.close()
        watched.close()
        return Twin(ours, ours.makefile("rb"), lifeline)
    except BaseException:
        lifeline.close()  # not later, with the traceback
        raise
    finally:
        if os.getpid() != parent:
            os._exit(1)


def _be_twin(connection: socket.socket, lifeline: int, begin: Callable[[], Answer]) -> NoReturn:
    """The rest of this process."""
    try:
        hang_on(lifeline)
        ctypes.CDLL(None).prctl(_SET_NAME, NAME, 0, 0, 0)
        faulthandler.disable()  # its last words would be taken for the driver's
        gc.freeze()  # a collection would touch, and so copy, all there is
        answer = begin()
        stream = connection.makefile("rb")
        while (frame := wait_for_frame(stream)) is not None:
            for piece in pack_frame(frame.number, ANSWER, answer(frame.body)):
                connection.sendall(piece)
    except BaseException:  # noqa: BLE001 - the end of this process; the driver computes what is missing in another way
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(0)
