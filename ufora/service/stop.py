"""Being asked to stop: SIGTERM, or Ctrl-C."""

import asyncio
import signal


def catch_stop_signals() -> asyncio.Event:
    """An event that is set when the process is asked to stop. To be called first, so that no signal is missed while starting."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
