"""Running a program in Python and on the product, and comparing every bit."""

import builtins
import contextlib
import enum
import functools
import io
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from types import FunctionType
from typing import Any

import pytest

from tests.parity.coverage import Tiers

Program = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a user sees of one run of a program."""

    answer: object  #: `bits` of its value, or `bits_of_error`
    printed: str
    tiers: Tiers | None = field(default=None, compare=False)  #: what ran as machine code, where that is known


def exact_sum(*args: Any, **options: Any) -> Any:
    """`sum` as the product defines it: of floats, the correctly rounded value of the exact sum, whatever Python's minor version."""
    if len(args) + len(options) not in (1, 2) or not args or not options.keys() <= {"start"}:
        return builtins.sum(*args, **options)
    iterable, start = (*args, *options.values(), 0)[:2]
    elements, items = iter(iterable), [start]
    for item in elements:
        if not {type(item), type(start)} <= {int, bool, float}:
            return builtins.sum(itertools.chain([item], elements), _sum_numbers(items))
        items.append(item)
    return _sum_numbers(items)


def _sum_numbers(items: list[Any]) -> Any:
    """The first is the start value."""
    kinds = set(map(type, items))
    if float not in kinds or not kinds <= {int, bool, float}:
        return builtins.sum(items[1:], items[0])
    first = [type(item) for item in items].index(float)
    float(builtins.sum(items[:first]))  # raises OverflowError where Python's running sum turns into a float
    floats = [float(item) for item in items[first:]]
    if not all(map(math.isfinite, floats)):
        return builtins.sum(floats)
    total = builtins.sum(map(Fraction, items), Fraction(0))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def run_here(program: FunctionType) -> object:
    """The program's answer in this Python, as comparable bits."""
    return see_here(program).answer


def see_here(program: FunctionType) -> Seen:
    names = program.__globals__
    hidden = {name: names[name] for name in ("sum",) if name in names}
    names["sum"] = exact_sum  # for the functions of its module too
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            answer = bits(program())
    except Exception as error:  # noqa: BLE001 - the exception is the answer
        answer = bits_of_error(error)
    finally:
        del names["sum"]
        names.update(hidden)
    return Seen(answer, printed.getvalue())


def bits_of_error(error: BaseException) -> tuple[object, ...]:
    """Type, arguments, text, notes and cause."""
    cause = None if error.__cause__ is None else bits_of_error(error.__cause__)
    return "raised", type(error), bits(error.args), str(error), list(getattr(error, "__notes__", ())), cause


def bits(value: Any) -> object:
    """A value with its type, floats to the last bit, dictionaries in order, and which of its parts are one object."""
    return _bits(value, {})


def _bits(value: Any, numbers: dict[int, int]) -> object:
    """`numbers`: the changeable objects seen so far."""
    kind = type(value)
    match value:
        case float():
            return kind, value.hex()
        case complex():
            return kind, value.real.hex(), value.imag.hex()
        case tuple():
            return kind, [_bits(item, numbers) for item in value]
        case frozenset():
            return kind, sorted(repr(_bits(item, numbers)) for item in value)
    has_fields = kind.__module__ != "builtins" and not isinstance(value, type)
    if has_fields or isinstance(value, list | set | dict | bytearray):
        number = numbers.setdefault(id(value), len(numbers))
        if number < len(numbers) - 1:
            return "the same object as", number
    match value:
        case list():
            return kind, [_bits(item, numbers) for item in value]
        case set():
            return kind, sorted(repr(_bits(item, numbers)) for item in value)
        case dict():
            return kind, [(_bits(key, numbers), _bits(item, numbers)) for key, item in value.items()]
    if has_fields and hasattr(value, "__dict__") and not isinstance(value, enum.Enum):
        return kind, [(name, _bits(item, numbers)) for name, item in vars(value).items()]
    return kind, repr(value)


def same_as_python(program: Program) -> Callable[..., None]:
    """A test: the program gives the same on every Product of the `products` fixture as in this Python."""
    return _test(program, is_numeric=False)


def purely_numeric(program: Program) -> Callable[..., None]:
    """The same, and all of it has to run as machine code where that is wanted."""
    return _test(program, is_numeric=True)


def _test(program: Program, *, is_numeric: bool) -> Callable[..., None]:
    @functools.wraps(program)
    def test(products: "Any", coverage: dict[str, Tiers]) -> None:
        assert isinstance(program, FunctionType)
        expected = see_here(program)
        for product in products:
            seen = product.see(program)
            assert seen == expected, f"{product}: {str(seen.answer)[:500]}"
            if seen.tiers is not None:
                name = f"{program.__module__.rpartition('.')[2]}.{program.__name__}"
                coverage[name] = tiers = seen.tiers.as_numeric(is_numeric)
                assert not is_numeric or tiers.is_all_compiled, f"{product}: {tiers}"

    del test.__wrapped__  # pytest reads the signature through it
    return pytest.mark.usefixtures("products")(test)
