"""Python's float operations: the same bits, or stop where Python raises."""

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import integers, libm
from ufora.compile.frame import Frame
from ufora.compile.values import DOUBLE, I64, INT_MAX, INT_MIN, Word, float_word

_INFINITY = float("inf")


def call_intrinsic(frame: Frame, name: str, *args: Word) -> Word:
    kind = ir.FunctionType(DOUBLE, [DOUBLE] * len(args))
    function = frame.unit.module.declare_intrinsic(name, [DOUBLE], kind)
    return frame.builder.call(function, args)


def call_libm(frame: Frame, name: str, *args: Word) -> Word:
    """The C library's own function, unknown to LLVM, so that it is neither folded nor replaced."""
    function = frame.unit.external(libm.SYMBOL_PREFIX + name, DOUBLE, [DOUBLE] * len(args))
    return frame.builder.call(function, args)


def is_nan(frame: Frame, a: Word) -> Word:
    return frame.builder.fcmp_unordered("uno", a, a)


def is_finite(frame: Frame, a: Word) -> Word:
    return frame.builder.fcmp_ordered("<", magnitude(frame, a), float_word(_INFINITY))


def is_infinite(frame: Frame, a: Word) -> Word:
    return frame.builder.fcmp_ordered("==", magnitude(frame, a), float_word(_INFINITY))


def magnitude(frame: Frame, a: Word) -> Word:
    return call_intrinsic(frame, "llvm.fabs", a)


def stop_unless_finite(frame: Frame, why: str, *numbers: Word) -> None:
    for number in numbers:
        if not isinstance(number, ir.Constant):
            frame.stop_if(frame.builder.not_(is_finite(frame, number)), why)


def add(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.fadd(a, b)


def subtract(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.fsub(a, b)


def multiply(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.fmul(a, b)


def negate(frame: Frame, a: Word) -> Word:
    return frame.builder.fneg(a)


def _stop_if_zero(frame: Frame, a: Word, symbol: str) -> None:
    frame.stop_if(frame.builder.fcmp_ordered("==", a, float_word(0.0)), integers.by_zero(symbol))


def divide(frame: Frame, a: Word, b: Word) -> Word:
    _stop_if_zero(frame, b, "/")
    return frame.builder.fdiv(a, b)


def _is_true(frame: Frame, a: Word) -> Word:
    return frame.builder.fcmp_unordered("!=", a, float_word(0.0))


def _remainder(frame: Frame, a: Word, b: Word, symbol: str) -> tuple[Word, Word, Word]:
    """(CPython's `a % b`, fmod's answer, was b added to it)."""
    builder = frame.builder
    _stop_if_zero(frame, b, symbol)
    left = call_libm(frame, "fmod", a, b)
    zero = float_word(0.0)
    signs_differ = builder.xor(builder.fcmp_ordered("<", b, zero), builder.fcmp_ordered("<", left, zero))
    some = _is_true(frame, left)
    moved = builder.and_(some, signs_differ)
    nonzero = builder.select(signs_differ, builder.fadd(left, b), left)
    return builder.select(some, nonzero, call_intrinsic(frame, "llvm.copysign", zero, b)), left, moved


def modulo(frame: Frame, a: Word, b: Word) -> Word:
    return _remainder(frame, a, b, "%")[0]


def divide_modulo(frame: Frame, a: Word, b: Word) -> tuple[Word, Word]:
    """CPython's `_float_div_mod`, step by step."""
    builder = frame.builder
    remainder, left, moved = _remainder(frame, a, b, "//")
    zero, one = float_word(0.0), float_word(1.0)
    quotient = builder.fdiv(builder.fsub(a, left), b)
    quotient = builder.select(moved, builder.fsub(quotient, one), quotient)
    floor = call_intrinsic(frame, "llvm.floor", quotient)
    too_low = builder.fcmp_ordered(">", builder.fsub(quotient, floor), float_word(0.5))
    floor = builder.select(too_low, builder.fadd(floor, one), floor)
    signed_zero = call_intrinsic(frame, "llvm.copysign", zero, builder.fdiv(a, b))
    return builder.select(_is_true(frame, quotient), floor, signed_zero), remainder


def floor_divide(frame: Frame, a: Word, b: Word) -> Word:
    return divide_modulo(frame, a, b)[0]


def power(frame: Frame, a: Word, b: Word) -> Word:
    """libm's pow where CPython's `float_pow` ends there, too: finite numbers and a finite, real answer."""
    builder = frame.builder
    stop_unless_finite(frame, "`**` has an infinity or a NaN beside it", a, b)
    negative = builder.fcmp_ordered("<", a, float_word(0.0))
    whole = builder.fcmp_ordered("==", call_intrinsic(frame, "llvm.floor", b), b)
    frame.stop_if(builder.and_(negative, builder.not_(whole)), "`**` takes a root of a negative number")
    result = call_libm(frame, "pow", a, b)
    stop_unless_finite(frame, "the result of `**` is not finite", result)
    return result


def to_int(frame: Frame, a: Word) -> Word:
    """The int of a double without fraction."""
    builder = frame.builder
    fits = builder.and_(builder.fcmp_ordered(">=", a, float_word(float(INT_MIN))), builder.fcmp_ordered("<", a, float_word(float(INT_MAX))))
    frame.stop_if(builder.not_(fits), "a float that becomes an int exceeds 64 bits, or is a NaN")
    return builder.fptosi(a, I64)


def truncate(frame: Frame, a: Word) -> Word:
    return to_int(frame, call_intrinsic(frame, "llvm.trunc", a))


def round_down(frame: Frame, a: Word) -> Word:
    return to_int(frame, call_intrinsic(frame, "llvm.floor", a))


def round_up(frame: Frame, a: Word) -> Word:
    return to_int(frame, call_intrinsic(frame, "llvm.ceil", a))


def round_half_even(frame: Frame, a: Word) -> Word:
    return to_int(frame, call_intrinsic(frame, "llvm.roundeven", a))
