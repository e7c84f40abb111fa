"""Operations on ints whose ranges say that nothing can go wrong: no checks, and no more bits than are needed."""

from collections.abc import Callable

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import ranges
from ufora.compile.frame import Frame
from ufora.compile.values import I32, I64, Word, int_word

_HALF = 2**32 - 1
"""Divisions of what lies in 0 … here are done in 32 bits, which takes a third of the time, or makes vectors of them."""


def binary(frame: Frame, symbol: str, a: Word, b: Word) -> Word | None:
    """None where too little is known."""
    match symbol:
        case "+" | "-" | "*":
            return _arithmetic(frame, symbol, a, b)
        case "//" | "%":
            return _divide(frame, symbol, a, b)
        case "<<" if isinstance(b, ir.Constant) and _fits(frame, symbol, a, b):
            return frame.builder.shl(a, b)
        case "**" if isinstance(b, ir.Constant) and _fits(frame, symbol, a, b):
            return _power(frame, a, b.constant)
    return None


def _fits(frame: Frame, symbol: str, a: Word, b: Word) -> bool:
    known = frame.ranges
    return known.fits(ranges.result(symbol, known.of(a), known.of(b)))


def _arithmetic(frame: Frame, symbol: str, a: Word, b: Word) -> Word | None:
    if not _fits(frame, symbol, a, b):
        return None
    builder = frame.builder
    operation = {"+": builder.add, "-": builder.sub, "*": builder.mul}[symbol]
    return operation(a, b, flags=["nsw"])


def _divide(frame: Frame, symbol: str, a: Word, b: Word) -> Word | None:
    (low, high), (least, most) = frame.ranges.of(a), frame.ranges.of(b)
    if low < 0 or least < 1:
        return None
    builder = frame.builder
    operation: Callable[[Word, Word], Word] = builder.udiv if symbol == "//" else builder.urem
    with_sign: Callable[[Word, Word], Word] = builder.sdiv if symbol == "//" else builder.srem
    if max(high, most) <= _HALF:
        frame.ranges.gains += 1
        return builder.zext(operation(builder.trunc(a, I32), builder.trunc(b, I32)), I64)
    if not isinstance(b, ir.Constant):  # better to look, while it runs, whether both are small
        return None
    frame.ranges.gains += 1
    is_power = b.constant & (b.constant - 1) == 0  # by others, LLVM needs fewer instructions where numbers have a sign
    return (operation if is_power else with_sign)(a, b)


def _power(frame: Frame, a: Word, exponent: int) -> Word:
    word = int_word(1)
    for number in range(exponent):
        word = frame.builder.mul(word, a, flags=["nsw"]) if number else a
    return word


def absolute(frame: Frame, a: Word) -> Word | None:
    low, high = frame.ranges.of(a)
    if not frame.ranges.fits((-high, -low)):
        return None
    builder = frame.builder
    negative = builder.icmp_signed("<", a, int_word(0))
    word = builder.select(negative, builder.sub(int_word(0), a, flags=["nsw"]), a)
    return frame.ranges.note(word, (0 if low < 0 < high else min(abs(low), abs(high)), max(abs(low), abs(high))))
