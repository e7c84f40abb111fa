"""Exceptions that remote code cannot keep from rising: a refusal, and the end of a cancelled computation.

Three things together see to that:

- they are no `Exception`, and guarded code has `except __unstoppable__: raise` before its own handlers;
- behind `with` and at the start of `finally`, where code can lose an exception, guarded code asks `__pass_on__()`, which raises it again;
- what was raised is kept until the evaluation ends, so that even one lost in `__del__` or in C code decides the answer.

One evaluation runs at a time in a process, so what is kept is the process's.
"""

from typing import NoReturn

from pyfora.errors import InternalError


class Unstoppable(BaseException):
    """Remote code cannot handle it."""


class Refused(Unstoppable):
    """Remote code did what pure code may not do; the caller gets it as InvalidPyforaOperation.

    `has_place`: the message names file and line already, since it comes from another process."""

    def __init__(self, message: str, *, has_place: bool = False) -> None:
        super().__init__(message)
        self.has_place = has_place
        stop(self)


class Failed(Unstoppable):
    """A part of ours failed in the middle of remote code, which is not to blame; the caller gets it as `told_as`."""

    def __init__(self, message: str, told_as: type[Exception] = InternalError) -> None:
        super().__init__(message)
        self.told_as = told_as
        stop(self)


class CannotPrint(Unstoppable):
    """Something printed in a process whose prints nobody collects in order: the driver does the work itself."""

    def __init__(self) -> None:
        super().__init__("it prints")
        stop(self)


class CancelledInside(Unstoppable):
    """Raised in the middle of remote code when its computation is cancelled."""


_stopped: list[Unstoppable] = []


def stop(reason: Unstoppable) -> None:
    """From here on this evaluation can only end."""
    _stopped.append(reason)


def find_stopped() -> Unstoppable | None:
    """The first reason why this evaluation must end, if there is one."""
    return _stopped[0] if _stopped else None


def start_again() -> None:
    """A new evaluation begins."""
    _stopped.clear()


def pass_on() -> None:
    if _stopped:
        raise _stopped[0]


def refuse(message: str) -> NoReturn:
    raise Refused(message)


def refuse_at_place(message: str) -> NoReturn:
    """The message names file and line."""
    raise Refused(message, has_place=True)
