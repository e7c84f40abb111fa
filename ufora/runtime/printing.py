"""`print` in remote code: kept in order, and sent home with the result."""

import builtins
import io
from typing import Any

from ufora.runtime.guard.stopping import CannotPrint, refuse


class Printing:
    def __init__(self) -> None:
        self._text = io.StringIO()
        self._is_collected = True

    def close(self) -> None:
        """In a copy of this process: nobody collects what is printed here."""
        self._is_collected = False

    def print(self, *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False) -> None:
        if file is not None:
            refuse("`print(…, file=…)` writes to a file, which code on the cluster may not do; leave out `file`")
        if not self._is_collected:
            raise CannotPrint
        builtins.print(*values, sep=sep, end=end, file=self._text)

    def take(self) -> str:
        """What was printed since the last take."""
        text = self._text.getvalue()
        self._text = io.StringIO()
        return text
