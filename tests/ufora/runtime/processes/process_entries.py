"""What the children of the tests do."""

import ctypes
import os
import signal
import sys
import threading
import time

from ufora.runtime.processes.child import Channel, ErrandFailed
from ufora.runtime.processes.framing import ASK, pack_frame
from ufora.runtime.processes.interpreters import InterpreterPool
from ufora.runtime.processes.nursery import Nursery

WARMED: list[int] = []


def warm_up() -> None:
    WARMED.append(os.getpid())


def echo(channel: Channel) -> None:
    channel.serve(lambda message: message)


def give_up(channel: Channel) -> None:
    raise SystemExit("there is nobody to work for")


def work(channel: Channel) -> None:
    """Carries out the message: pid, settings, warmed, die, fail, hold, "echo …"."""
    channel.serve(lambda message: carry_out(channel, message))


def carry_out(channel: Channel, message: bytes) -> bytes:
    match message:
        case b"pid":
            return str(os.getpid()).encode()
        case b"settings":
            return channel.settings
        case b"warmed":
            return repr(WARMED).encode()
        case b"die":
            os._exit(7)
        case b"crash":
            ctypes.string_at(0)
        case b"hoard":
            try:
                return str(len(bytearray(400 * 2**20))).encode()
            except MemoryError:
                return b"too much"
        case b"fail":
            raise ValueError("as the test asked")
        case b"hold":
            hold_the_gil_for_a_minute()
    return message


def hold_the_gil_for_a_minute() -> None:
    ctypes.PyDLL(None).sleep(60)  # PyDLL keeps the GIL during the call


def two_minds(channel: Channel) -> None:
    """The main thread waits for "go on"; everything else but "wait" and work is answered at once."""
    may_go_on = threading.Event()

    def in_main(message: bytes) -> bytes:
        if message == b"wait":
            may_go_on.wait()
        return b"main: " + carry_out(channel, message)

    def at_once(message: bytes) -> bytes | None:
        if message == b"go on":
            may_go_on.set()
        return b"at once: " + message if message in (b"go on", b"how are you") else None

    channel.serve(in_main, at_once)


def run_errands(channel: Channel) -> None:
    """ "ask …" has the worker do that; "begin …" too, without waiting; "give up …" is for an errand's number, or all."""

    def in_main(message: bytes) -> bytes:
        what, _, payload = message.rpartition(b" ")
        match what:
            case b"begin":
                return str(channel.begin_errand(payload)[0]).encode()
            case b"give up":
                channel.give_up_errands() if payload == b"all" else channel.give_up_errand(int(payload))
                return b"given up"
            case b"ask":
                try:
                    return channel.begin_errand(payload)[1].result(60)
                except ErrandFailed as failure:
                    return str(failure).encode()
        return carry_out(channel, message)

    channel.serve(in_main, lambda message: None)


def spin(channel: Channel) -> None:
    """Busy in pure Python, never serves."""
    while True:
        time.monotonic()


def nothing(channel: Channel) -> None:
    """Returns at once, which ends the process."""


def threaded_warm_up() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def die_while_loading() -> None:
    """Each time; or only the first, where a file says which time it is."""
    marker = os.environ.get("FIRST_TIME")
    if marker is None or os.path.exists(marker):
        if marker is not None:
            os.unlink(marker)
        os.kill(os.getpid(), signal.SIGKILL)


def be_a_worker() -> None:
    """Run by a test as a process of its own: has one child of each kind, prints their pids and waits to be killed."""
    nursery = Nursery()
    pool = InterpreterPool(nursery, "process_entries:work", 1)
    idle = int(pool.run(b"pid"))
    busy = nursery.fork("process_entries:spin")
    holding = nursery.fork("process_entries:work")
    holding.connection.sendall(b"".join(pack_frame(0, ASK, b"hold")))
    threaded = nursery.fork("process_entries:two_minds")
    print(idle, busy.pid, holding.pid, threaded.pid, flush=True)
    sys.stdin.read()
