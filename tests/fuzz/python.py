"""The same program in this Python, under a time limit."""

import linecache
import signal
import sys
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import NoReturn

from tests.parity.same import bits, bits_of_error, exact_sum

LIMIT_SECONDS = 0.3
"""Programs that take CPython longer prove no more than short ones."""


class TooLong(BaseException):
    """CPython did not get through in time, or not even into it: the program is of no use."""


def load(path: Path, text: str) -> FunctionType:
    """`program` of a module as a user has it. Its text has run on the other side before."""
    path.write_text(text)
    linecache.checkcache(str(path))
    module = ModuleType("fuzzed")
    module.__file__ = str(path)
    sys.modules["fuzzed"] = module  # where the names that a class's methods read are looked for
    return _run(compile(text, str(path), "exec"), module.__dict__)


def run_here(text: str) -> object:
    """The answer as `bits`. Raises TooLong."""
    try:
        program = _run(compile(text, "<here>", "exec"), {"__name__": "fuzzed", "sum": exact_sum})
    except Exception as error:
        raise TooLong from error
    old = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    try:
        return bits(program())
    except Exception as error:  # noqa: BLE001 - the exception is the answer
        return bits_of_error(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _run(code: CodeType, names: dict[str, object]) -> FunctionType:
    exec(code, names)
    program = names.get("program")
    if not isinstance(program, FunctionType):
        raise TooLong  # made so small that nothing is left
    return program


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise TooLong
