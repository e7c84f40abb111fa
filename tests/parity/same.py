"""Running a program in Python and on a cluster, and comparing every bit."""

import builtins
import functools
import math
from collections.abc import Callable
from fractions import Fraction
from types import FunctionType
from typing import Any

import pytest

import pyfora

Program = Callable[[], object]


def exact_sum(*args: Any, **options: Any) -> Any:
    """`sum` as the product defines it: of floats, the correctly rounded value of the exact sum. Ints beside them must fit a float."""
    if len(args) + len(options) not in (1, 2) or not args or not options.keys() <= {"start"}:
        return builtins.sum(*args, **options)
    iterable, start = (*args, *options.values(), 0)[:2]
    items = [start, *iter(iterable)]
    kinds = set(map(type, items))
    if float not in kinds or not kinds <= {int, bool, float}:
        return builtins.sum(items[1:], start)
    float(builtins.sum(item for item in items if type(item) is not float))
    floats = [item for item in items if type(item) is float]
    if not all(map(math.isfinite, floats)):
        return builtins.sum(floats)
    total = builtins.sum(map(Fraction, items), Fraction(0))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def run_here(program: FunctionType) -> object:
    """The program's answer in this Python, its outcome as comparable bits."""
    names = {**program.__globals__, "sum": exact_sum}
    copy = FunctionType(program.__code__, names, program.__name__, program.__defaults__, program.__closure__)
    try:
        return bits(copy())
    except Exception as error:  # noqa: BLE001 - the exception is the answer
        return bits_of_error(error)


def run_there(executor: pyfora.Executor, program: Program) -> object:
    try:
        return bits(executor.submit(program).result(60).toLocal().result(60))
    except pyfora.ComputationError as error:
        return bits_of_error(error.remoteException)


def bits_of_error(error: BaseException) -> tuple[object, ...]:
    return "raised", type(error), bits(error.args), str(error)


def bits(value: Any) -> object:
    """A value with its type, floats to the last bit, dictionaries in order."""
    kind = type(value)
    match value:
        case float():
            return kind, value.hex()
        case complex():
            return kind, value.real.hex(), value.imag.hex()
        case list() | tuple():
            return kind, [bits(item) for item in value]
        case set() | frozenset():
            return kind, sorted(map(repr, map(bits, value)))
        case dict():
            return kind, [(bits(key), bits(item)) for key, item in value.items()]
    if hasattr(value, "__dict__") and kind.__module__ != "builtins" and not isinstance(value, type):
        return kind, bits(vars(value))
    return kind, repr(value)


def same_as_python(program: Program) -> Callable[..., None]:
    """A test: the program gives the same on every cluster of the `executor` fixture as in this Python."""

    @functools.wraps(program)
    def test(executor: pyfora.Executor) -> None:
        assert isinstance(program, FunctionType)
        assert run_there(executor, program) == run_here(program)

    del test.__wrapped__  # pytest reads the signature through it
    return pytest.mark.usefixtures("executor")(test)
