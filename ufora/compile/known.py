"""The functions of Python's own that kernels may call, by their paths. Each takes exactly the types it is written for."""

import math
from collections.abc import Callable

from ufora.compile import floats, integers, libm, operators, unchecked
from ufora.compile.frame import Frame
from ufora.compile.joins import convert, join_values
from ufora.compile.ranges import list_limits
from ufora.compile.sources import length_of
from ufora.compile.spec import ArrayOf, MadeDict, MadeList, Scalar, TupleOf
from ufora.compile.values import (
    BOOL,
    FLOAT,
    INT,
    INT_MAX,
    UNSIGNED,
    ColumnOf,
    Type,
    Value,
    Word,
    describe,
    float_word,
    int_value,
    int_word,
    join_tuple,
    split_tuple,
)

CONSTANTS = {f"math.{name}": getattr(math, name) for name in ("pi", "e", "tau", "inf")}
"""Not `nan`: lists and sets tell one NaN object from another, and machine code would make a new one each time."""

Known = Callable[[Frame, list[Value]], Value]


def call(frame: Frame, path: str, args: list[Value]) -> Value:
    entry = FUNCTIONS.get(path)
    name = path.removeprefix("builtins.")
    if entry is None:
        frame.refuse(f"`{name}` is not compiled yet")
    least, most, function = entry
    if not least <= len(args) <= most:
        frame.refuse(f"`{name}` with {len(args)} arguments is not compiled")
    return function(frame, args)


# builtins


def _abs(frame: Frame, args: list[Value]) -> Value:
    if args[0].type == FLOAT:
        return Value(FLOAT, (floats.magnitude(frame, args[0].word),))
    if args[0].type == UNSIGNED:
        return args[0]
    word = operators.as_int(frame, args[0])
    return Value(INT, (unchecked.absolute(frame, word) or integers.absolute(frame, word),))


def _int(frame: Frame, args: list[Value]) -> Value:
    if args[0].type == FLOAT:
        return Value(INT, (floats.truncate(frame, args[0].word),))
    return operators.as_whole(frame, args[0])


def _float(frame: Frame, args: list[Value]) -> Value:
    return Value(FLOAT, (operators.as_float(frame, args[0]),))


def _bool(frame: Frame, args: list[Value]) -> Value:
    return Value(BOOL, (operators.is_true(frame, args[0]),))


def _round(frame: Frame, args: list[Value]) -> Value:
    if args[0].type == FLOAT:
        return Value(INT, (floats.round_half_even(frame, args[0].word),))
    return operators.as_whole(frame, args[0])


def _len(frame: Frame, args: list[Value]) -> Value:
    match args[0].type:
        case ArrayOf() | ColumnOf() | MadeList() | MadeDict():
            return Value(INT, (length_of(frame, args[0]),))
        case TupleOf(items):
            return int_value(len(items))
        case other:
            frame.refuse(f"`len` of {describe(other)}")


def _divmod(frame: Frame, args: list[Value]) -> Value:
    a, b = args
    if FLOAT in (a.type, b.type):
        pair = floats.divide_modulo(frame, operators.as_float(frame, a), operators.as_float(frame, b))
        return join_tuple([Value(FLOAT, (word,)) for word in pair])
    return join_tuple([operators.binary(frame, symbol, a, b) for symbol in ("//", "%")])


def _pow(frame: Frame, args: list[Value]) -> Value:
    if len(args) == 3:
        return Value(INT, (integers.power_modulo(frame, *(operators.as_int(frame, arg) for arg in args)),))
    return operators.binary(frame, "**", *args)


def keep_better(frame: Frame, best: Value, other: Value, symbol: str) -> Value:
    """`other` where it is really smaller ("<") or larger (">"), else `best`; a NaN stops, as its place would decide."""
    joined = best.type if best.type == other.type else join_values(frame, best, other)
    if not is_ordered(best.type) or joined is None or not is_ordered(joined):
        frame.refuse(f"the smaller or larger of {describe(best.type)} and {describe(other.type)}")
    is_better = operators.compare(frame, symbol, other, best)
    return choose_words(frame, is_better, convert(frame, other, joined), convert(frame, best, joined))


def is_ordered(kind: Type) -> bool:
    return isinstance(kind, Scalar | TupleOf)


def choose_words(frame: Frame, test: Word, yes: Value, no: Value) -> Value:
    """One of two values of one type."""
    words = []
    for *pair, limits in zip(yes.words, no.words, list_limits(yes.type), strict=True):
        words.append(frame.ranges.note_joined(frame.builder.select(test, *pair), limits, *pair))
    return Value(yes.type, tuple(words))


def stop_at_nan(frame: Frame, value: Value) -> None:
    if value.type == FLOAT:
        frame.stop_if(floats.is_nan(frame, value.word), "`min` or `max` meets a NaN")
    if isinstance(value.type, TupleOf):
        for item in split_tuple(value):
            stop_at_nan(frame, item)


def _extreme(symbol: str) -> Known:
    def extreme(frame: Frame, args: list[Value]) -> Value:
        for arg in args:
            stop_at_nan(frame, arg)
        best = args[0]
        for arg in args[1:]:
            best = keep_better(frame, best, arg, symbol)
        return best

    return extreme


# math


def _libm(name: str) -> Known:
    """A finite answer is what `math` returns, too; all else it may treat in its own way, as it does odd pairs of arguments."""

    def function(frame: Frame, args: list[Value]) -> Value:
        words = [operators.as_float(frame, arg) for arg in args]
        if len(words) > 1:
            floats.stop_unless_finite(frame, f"`math.{name}` is asked of an infinity or a NaN", *words)
        result = floats.call_libm(frame, name, *words)
        floats.stop_unless_finite(frame, f"the result of `math.{name}` is not finite", result)
        return Value(FLOAT, (result,))

    return function


def _sqrt(frame: Frame, args: list[Value]) -> Value:
    word = operators.as_float(frame, args[0])
    frame.stop_if(
        frame.builder.not_(frame.builder.fcmp_ordered(">=", word, float_word(0.0))), "`math.sqrt` is asked of a negative number or a NaN"
    )
    return Value(FLOAT, (floats.call_intrinsic(frame, "llvm.sqrt", word),))


def _rounding(operation: Callable[[Frame, Word], Word]) -> Known:
    def function(frame: Frame, args: list[Value]) -> Value:
        if args[0].type == FLOAT:
            return Value(INT, (operation(frame, args[0].word),))
        return operators.as_whole(frame, args[0])

    return function


def _test(operation: Callable[[Frame, Word], Word]) -> Known:
    def function(frame: Frame, args: list[Value]) -> Value:
        return Value(BOOL, (operation(frame, operators.as_float(frame, args[0])),))

    return function


def _fabs(frame: Frame, args: list[Value]) -> Value:
    return Value(FLOAT, (floats.magnitude(frame, operators.as_float(frame, args[0])),))


def _copysign(frame: Frame, args: list[Value]) -> Value:
    words = [operators.as_float(frame, arg) for arg in args]
    return Value(FLOAT, (floats.call_intrinsic(frame, "llvm.copysign", *words),))


def _scale(factor: float) -> Known:
    def function(frame: Frame, args: list[Value]) -> Value:
        return Value(FLOAT, (floats.multiply(frame, operators.as_float(frame, args[0]), float_word(factor)),))

    return function


def _isqrt(frame: Frame, args: list[Value]) -> Value:
    root = integers.square_root(frame, operators.as_int(frame, args[0]))
    return Value(INT, (frame.ranges.note(root, (0, math.isqrt(INT_MAX))),))


def _gcd(frame: Frame, args: list[Value]) -> Value:
    """Euclid, in a loop."""
    a, b = (integers.absolute(frame, operators.as_int(frame, arg), "math.gcd") for arg in args)
    builder = frame.builder
    before, turn, step, after = builder.block, frame.block("gcd"), frame.block("divide"), frame.block("common")
    builder.branch(turn)
    builder.position_at_end(turn)
    left, right = builder.phi(a.type), builder.phi(a.type)
    builder.cbranch(builder.icmp_signed("==", right, int_word(0)), after, step)
    builder.position_at_end(step)
    rest = builder.urem(left, right)
    builder.branch(turn)
    for phi, first, later in ((left, a, right), (right, b, rest)):
        phi.add_incoming(first, before)
        phi.add_incoming(later, step)
    builder.position_at_end(after)
    return Value(INT, (left,))


MANY = 64
"""Most arguments of `min` and `max` (a guess: beyond, the user meant a list)."""

FUNCTIONS: dict[str, tuple[int, int, Known]] = {
    "builtins.abs": (1, 1, _abs),
    "builtins.bool": (1, 1, _bool),
    "builtins.divmod": (2, 2, _divmod),
    "builtins.float": (1, 1, _float),
    "builtins.int": (1, 1, _int),
    "builtins.len": (1, 1, _len),
    "builtins.max": (2, MANY, _extreme(">")),
    "builtins.min": (2, MANY, _extreme("<")),
    "builtins.pow": (2, 3, _pow),
    "builtins.round": (1, 1, _round),
    "math.ceil": (1, 1, _rounding(floats.round_up)),
    "math.copysign": (2, 2, _copysign),
    "math.degrees": (1, 1, _scale(180.0 / math.pi)),
    "math.fabs": (1, 1, _fabs),
    "math.floor": (1, 1, _rounding(floats.round_down)),
    "math.gcd": (2, 2, _gcd),
    "math.isfinite": (1, 1, _test(floats.is_finite)),
    "math.isinf": (1, 1, _test(floats.is_infinite)),
    "math.isqrt": (1, 1, _isqrt),
    "math.isnan": (1, 1, _test(floats.is_nan)),
    "math.radians": (1, 1, _scale(math.pi / 180.0)),
    "math.sqrt": (1, 1, _sqrt),
    "math.trunc": (1, 1, _rounding(floats.truncate)),
}
"""path → least and most arguments, what is written for a call."""

FUNCTIONS.update({f"math.{name}": (1, 1, _libm(name)) for name in libm.ONE_ARGUMENT})
FUNCTIONS.update({f"math.{name}": (2, 2, _libm(name)) for name in libm.TWO_ARGUMENTS})
