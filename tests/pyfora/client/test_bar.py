"""The bar that shows how far a block is: after a second, where somebody looks, and gone afterwards."""

import io
import os
import sys
import types

import pytest

from pyfora.client import bar as bars
from pyfora.client.bar import NotebookBar, PatientBar, TerminalBar, find_bar
from pyfora.report.progress import Progress

HALF = Progress(0.5, 1, 2, 2, 90.0, "folder/a.py", 3)
UNCOUNTED = Progress(None, 0, 0, 1, None)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Shown:
    def __init__(self) -> None:
        self.told: list[object] = []

    def show(self, progress: Progress | None, seconds: float) -> None:
        self.told.append((progress, seconds))

    def close(self) -> None:
        self.told.append("closed")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.delenv(bars.SETTING, raising=False)
    return terminal


def test_a_short_block_shows_nothing() -> None:
    shown, clock = Shown(), Clock()
    bar = PatientBar(lambda: shown, clock)
    bar.update(HALF)
    clock.now += 0.9
    bar.update(HALF)
    bar.close()
    assert shown.told == []


def test_a_long_one_shows_a_bar_until_it_is_over() -> None:
    shown, clock = Shown(), Clock()
    bar = PatientBar(lambda: shown, clock)
    clock.now += 1.5
    bar.update(None)
    clock.now += 1
    bar.update(HALF)
    bar.close()
    assert shown.told == [(None, 1.5), (HALF, 2.5), "closed"]


def test_on_a_terminal_it_shows_line_cores_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = use_terminal(monkeypatch)
    bar = TerminalBar()
    bar.show(None, 1.2)
    assert "running for 1.2 s" in terminal.getvalue()
    bar.show(HALF, 2.0)
    last = terminal.getvalue().rpartition("\r")[2]
    assert last.startswith("a.py:3  50% |")
    assert "2 cores, about 90 s left" in last
    bar.show(UNCOUNTED, 3.0)
    last = terminal.getvalue().rpartition("\r")[2]
    assert last.split("1 core")[0].strip() == "running for 3 s,"
    bar.close()
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""


def test_there_is_none_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    assert find_bar(True) is not None
    assert find_bar(False) is None
    monkeypatch.setenv(bars.SETTING, "0")
    assert find_bar(True) is None
    monkeypatch.delenv(bars.SETTING)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert find_bar(True) is None
    monkeypatch.setattr(sys, "stderr", None)
    assert find_bar(True) is None


class Display:
    """IPython's display, and the handle it gives."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def __call__(self, page: object, display_id: bool) -> "Display":
        assert display_id
        return self.update(page)

    def update(self, page: object) -> "Display":
        self.pages.append(page._repr_html_())  # type: ignore[attr-defined]
        return self


def test_in_a_notebook_one_output_is_written_anew() -> None:
    display = Display()
    bar = NotebookBar(display)
    bar.show(Progress(0.5, 1, 2, 2, 90.0, "<b>.py", 3), 2.0)
    bar.show(UNCOUNTED, 3.0)
    bar.close()
    first, second, third, last = display.pages
    assert first == '<progress max="1" aria-label="pyfora"></progress> running for 0 ms'
    assert second == '<progress max="1" value="0.5000" aria-label="pyfora"></progress> &lt;b&gt;.py:3 2 cores, about 90 s left'
    assert third == '<progress max="1" aria-label="pyfora"></progress> running for 3 s, 1 core'
    assert last == ""


def test_a_notebook_is_known_by_its_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    shell = types.SimpleNamespace(has_trait=lambda name: name == "kernel")
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=Display()))
    assert bars._find_notebook() is not None
    shell.has_trait = lambda name: False  # IPython on a terminal
    assert bars._find_notebook() is None
    assert isinstance(find_bar(True)._make(), TerminalBar)  # type: ignore[union-attr]


def test_the_setting_is_the_documented_one() -> None:
    assert bars.SETTING == "PYFORA_PROGRESS"
    assert bars.SETTING not in os.environ
