"""Being asked to stop: SIGTERM, or Ctrl-C. Asked twice, a process leaves nothing in order."""

import asyncio
import signal


def catch_stop_signals(stop_now: asyncio.Event | None = None) -> asyncio.Event:
    """An event that is set when the process is asked to stop; `stop_now` is set when it is asked again.

    To be called first, so that no signal is missed while starting."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear() -> None:
        if stop.is_set() and stop_now is not None:
            stop_now.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, hear)
    return stop
