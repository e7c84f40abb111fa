"""A bar for those who wait: on a terminal (tqdm), in a notebook, or nowhere.

It appears when a block has run for a second, moves with what the cluster tells, and is gone when the block is over.
"""

import html
import importlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from pyfora.report.progress import Progress, format_seconds

SHOW_AFTER_SECONDS = 1.0
"""A block that is over sooner shows nothing."""
SETTING = "PYFORA_PROGRESS"  #: environment variable; "0": no bars
BAR_FORMAT = "{desc}{percentage:3.0f}% |{bar}| {unit}"  # {postfix} would begin with a comma
PLAIN_FORMAT = "{desc}{unit}"


class Bar(Protocol):
    def show(self, progress: Progress | None, seconds: float) -> None:
        """What is known, `seconds` after the beginning; None before the first news."""

    def close(self) -> None: ...


class PatientBar:
    """Shows nothing for a second, then makes a bar."""

    def __init__(self, make: Callable[[], Bar], clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._began = clock()
        self._bar: Bar | None = None

    def update(self, progress: Progress | None) -> None:
        seconds = self._clock() - self._began
        if self._bar is None and seconds >= SHOW_AFTER_SECONDS:
            self._bar = self._make()
        if self._bar is not None:
            self._bar.show(progress, seconds)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class TerminalBar:
    def __init__(self) -> None:
        tqdm = importlib.import_module("tqdm")  # now and not with pyfora: few blocks run so long
        self._bar: Any = tqdm.tqdm(total=1.0, unit="", leave=False, file=sys.stderr, dynamic_ncols=True, bar_format=PLAIN_FORMAT)

    def show(self, progress: Progress | None, seconds: float) -> None:
        fraction = None if progress is None else progress.fraction
        self._bar.bar_format = PLAIN_FORMAT if fraction is None else BAR_FORMAT
        self._bar.n = fraction or 0.0
        self._bar.set_description_str(_where(progress), refresh=False)
        self._bar.unit = _details(progress, seconds)
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()


class NotebookBar:
    """One output of the cell, written anew with each news. `display` is IPython's."""

    def __init__(self, display: Callable[..., Any]) -> None:
        self._handle = display(_Page(None, 0.0), display_id=True)

    def show(self, progress: Progress | None, seconds: float) -> None:
        self._handle.update(_Page(progress, seconds))

    def close(self) -> None:
        self._handle.update(_Page(None, 0.0, is_over=True))


class _Page:
    def __init__(self, progress: Progress | None, seconds: float, *, is_over: bool = False) -> None:
        self._progress = progress
        self._seconds = seconds
        self._is_over = is_over

    def _repr_html_(self) -> str:
        if self._is_over:
            return ""
        fraction = None if self._progress is None else self._progress.fraction
        value = "" if fraction is None else f' value="{fraction:.4f}"'  # without a value the browser shows that something moves
        words = html.escape(f"{_where(self._progress)}{_details(self._progress, self._seconds)}")
        return f'<progress max="1"{value} aria-label="pyfora"></progress> {words}'

    def __repr__(self) -> str:
        return "" if self._is_over else f"{_where(self._progress)}{_details(self._progress, self._seconds)}"


def find_bar(wanted: bool) -> PatientBar | None:
    """The bar for wherever this process is watched; None when nobody watches or it is not wanted."""
    if not wanted or os.environ.get(SETTING) == "0":
        return None
    display = _find_notebook()
    if display is not None:
        return PatientBar(lambda: NotebookBar(display))
    if sys.stderr is not None and sys.stderr.isatty():
        return PatientBar(TerminalBar)
    return None


def _find_notebook() -> Callable[..., Any] | None:
    """IPython's `display`, when this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    with suppress(AttributeError):  # a module that is half imported, or no real IPython
        shell = ipython.get_ipython()
        if shell is not None and shell.has_trait("kernel"):
            display: Callable[..., Any] = importlib.import_module("IPython.display").display
            return display
    return None


def _where(progress: Progress | None) -> str:
    return f"{os.path.basename(progress.path)}:{progress.line} " if progress is not None and progress.path else ""


def _details(progress: Progress | None, seconds: float) -> str:
    if progress is None:
        return f"running for {format_seconds(seconds)}"
    parts = [] if progress.fraction is not None else [f"running for {format_seconds(seconds)}"]
    if progress.cores:
        parts.append(f"{progress.cores} core{'s' if progress.cores > 1 else ''}")
    if progress.seconds_left is not None:
        parts.append(f"about {format_seconds(max(1.0, progress.seconds_left))} left")
    return ", ".join(parts)
