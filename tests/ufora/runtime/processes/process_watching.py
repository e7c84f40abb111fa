"""Seeing processes from outside."""

import psutil


def wait_until_dead(*pids: int) -> None:
    """Fails after a generous time."""
    for pid in pids:
        try:
            psutil.Process(pid).wait(timeout=20)
        except psutil.NoSuchProcess:
            continue
