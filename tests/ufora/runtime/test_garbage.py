"""Garbage is collected after something was dropped, seldom while much is."""

import gc
import threading
import weakref

import pytest

from ufora.runtime import garbage
from ufora.runtime.garbage import Collector

PATIENCE_SECONDS = 20


class Named:
    """Names itself, so that only the garbage collector frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def by_itself():
    """Python does not collect on its own meanwhile."""
    gc.disable()
    yield
    gc.enable()


def drop() -> threading.Event:
    """An object that nothing names any more; set when it is freed."""
    freed = threading.Event()
    weakref.finalize(Named(), freed.set)
    return freed


def test_what_was_dropped_is_freed(by_itself: None):
    collector = Collector()
    for _ in range(3):
        freed = drop()
        assert not freed.is_set()
        collector.ask()
        assert freed.wait(PATIENCE_SECONDS)


def test_it_is_freed_though_more_is_dropped_all_the_time(by_itself: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(garbage, "QUIET_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(garbage, "LATEST_SECONDS", 0.2)
    collector, freed = Collector(), drop()
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        collector.ask()
        if freed.wait(0.01):
            return
    pytest.fail("it was never freed")
