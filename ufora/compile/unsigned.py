"""Operations with ints from 0 to 2**64 - 1 (UNSIGNED), and with constants beyond: the exact result, or stop.

A result is an INT where that holds all it can be by the ranges of the operands, else UNSIGNED where it cannot be negative, else what
holds more of it. Arithmetic of which a mask or modulus is taken at once never comes here; see modular.py.
"""

from collections.abc import Callable

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import ranges
from ufora.compile.frame import Frame
from ufora.compile.integers import WORD_BITS, by_zero, exceeds
from ufora.compile.joins import as_signed, as_unsigned
from ufora.compile.ranges import ALL, ALL_UNSIGNED, Range
from ufora.compile.values import BOOL, I64, I128, INT, INT_MAX, UNSIGNED, UNSIGNED_MAX, Big, Value, Word, int_value, int_word, known_int

MOST_ADDED_BITS = 100  #: of a constant that is added: the sum with any int of 64 bits has no more than 127


def value_within(frame: Frame, word: Word, known: Range) -> Value:
    """An int that is not negative, by its lowest 64 bits; it is known to lie there."""
    kind = INT if known[1] <= INT_MAX else UNSIGNED
    return Value(kind, (frame.ranges.note(word, known, ranges.limits_of(kind)),))


def binary(frame: Frame, symbol: str, a: Value, b: Value) -> Value | None:
    """Of INT, UNSIGNED and Big, at least one of them no INT; None where that is not written here."""
    modulus = find_modulus(symbol, b)
    if modulus is not None and not isinstance(a.type, Big):
        return cut(frame, a.word, frame.ranges.of_int(a), modulus - 1)
    if Big in (type(a.type), type(b.type)):
        return _with_big(frame, symbol, a, b)
    match symbol:
        case "+" | "-" | "*":
            return _arithmetic(frame, symbol, a, b)
        case "//" | "%":
            return _divide(frame, symbol, a, b)
        case "&":
            word = frame.builder.and_(a.word, b.word)
            return value_within(frame, word, ranges.result(symbol, frame.ranges.of_int(a), frame.ranges.of_int(b)))
        case "|" | "^":
            operation = frame.builder.or_ if symbol == "|" else frame.builder.xor
            words = as_unsigned(frame, a), as_unsigned(frame, b)
            return value_within(frame, operation(*words), ranges.result(symbol, *(frame.ranges.of(word, ALL_UNSIGNED) for word in words)))
        case "<<" | ">>" if a.type == UNSIGNED:
            return (_shift_left if symbol == "<<" else _shift_right)(frame, a, as_signed(frame, b))
    return None


def find_modulus(symbol: str, b: Value) -> int | None:
    """`% b` is asked for, and b is known and a power of two, at most 2**64: which."""
    number = known_int(b) if symbol == "%" else None
    return number if number is not None and 0 < number <= UNSIGNED_MAX + 1 and number & (number - 1) == 0 else None


def cut(frame: Frame, word: Word, known: Range | None, mask: "int | Value") -> Value:
    """`x & mask`, for a mask that is not negative, of any int by its lowest 64 bits; `known` is where that int lies, where it is known."""
    if isinstance(mask, int):
        mask = int_value(mask)
    within = ranges.result("&", ranges.UNKNOWN if known is None else known, frame.ranges.of_int(mask))
    others = int_word(0) if known_int(mask) == UNSIGNED_MAX else None
    cut_word = frame.builder.and_(word, mask.word) if others is None else frame.builder.or_(word, others)
    return value_within(frame, cut_word, within)


def _with_big(frame: Frame, symbol: str, a: Value, b: Value) -> Value | None:
    """A constant beyond 64 bits on one side."""
    big, other = (a, b) if isinstance(a.type, Big) else (b, a)
    number = known_int(big)
    assert number is not None
    if symbol in ("+", "-") and number.bit_length() <= MOST_ADDED_BITS and not isinstance(other.type, Big):
        return _arithmetic(frame, symbol, a, b)
    if number < 0 or isinstance(other.type, Big):
        return None
    if symbol == "&":
        return cut(frame, as_unsigned(frame, other), frame.ranges.of_int(other), number & UNSIGNED_MAX)
    if b is big and symbol in ("//", "%"):  # of what is less
        word = as_unsigned(frame, a)
        return int_value(0) if symbol == "//" else value_within(frame, word, frame.ranges.of(word, ALL_UNSIGNED))
    return None


def _arithmetic(frame: Frame, symbol: str, a: Value, b: Value) -> Value:
    builder = frame.builder
    left, right = range_of(frame, a), range_of(frame, b)
    exact = ranges.result(symbol, left, right)
    limits = _choose_limits(exact)
    if exact[1] < limits[0] or limits[1] < exact[0]:
        frame.refuse(f"the result of `{symbol}` exceeds 64 bits")
    kind = INT if limits is ALL else UNSIGNED
    if limits[0] <= exact[0] and exact[1] <= limits[1]:
        frame.ranges.gains += 1
        operation: Callable[[Word, Word], Word] = {"+": builder.add, "-": builder.sub, "*": builder.mul}[symbol]
        word = operation(lowest(a), lowest(b))
    elif kind == UNSIGNED and left[0] >= 0 and right[0] >= 0 and Big not in (type(a.type), type(b.type)):
        pair = {"+": builder.uadd_with_overflow, "-": builder.usub_with_overflow, "*": builder.umul_with_overflow}[symbol](a.word, b.word)
        frame.stop_if(builder.extract_value(pair, 1), exceeds(symbol))
        word = builder.extract_value(pair, 0)
    else:
        operation = {"+": builder.add, "-": builder.sub, "*": builder.mul}[symbol]
        wide = operation(_widen(frame, a), _widen(frame, b))
        word = builder.trunc(wide, I64)
        whole = (builder.sext if kind == INT else builder.zext)(word, I128)
        frame.stop_if(builder.icmp_signed("!=", whole, wide), exceeds(symbol))
    return Value(kind, (frame.ranges.note(word, exact, limits),))


def range_of(frame: Frame, value: Value) -> Range:
    """Where an int or bool lies."""
    number = known_int(value)
    if number is not None:
        return number, number
    return (0, 1) if value.type == BOOL else frame.ranges.of_int(value)


def _choose_limits(exact: Range) -> Range:
    """Of the type that holds more of a result."""

    def held(limits: Range) -> int:
        return min(exact[1], limits[1]) - max(exact[0], limits[0])

    return ALL if held(ALL) >= held(ALL_UNSIGNED) else ALL_UNSIGNED


def lowest(value: Value) -> Word:
    """64 bits of an int."""
    return int_word(value.type.number & UNSIGNED_MAX) if isinstance(value.type, Big) else value.word


def _widen(frame: Frame, value: Value) -> Word:
    if isinstance(value.type, Big):
        return ir.Constant(I128, value.type.number)
    return widen(frame, value)


def widen(frame: Frame, value: Value) -> Word:
    """An INT or UNSIGNED in 128 bits."""
    return (frame.builder.zext if value.type == UNSIGNED else frame.builder.sext)(value.word, I128)


def _divide(frame: Frame, symbol: str, a: Value, b: Value) -> Value:
    numerator, denominator = as_unsigned(frame, a), as_unsigned(frame, b)
    dividend, (least, most) = frame.ranges.of(numerator, ALL_UNSIGNED), frame.ranges.of(denominator, ALL_UNSIGNED)
    if least == 0:
        frame.stop_if(frame.builder.icmp_unsigned("==", denominator, int_word(0)), by_zero(symbol))
    operation = frame.builder.udiv if symbol == "//" else frame.builder.urem
    return value_within(frame, operation(numerator, denominator), ranges.result(symbol, dividend, (max(least, 1), max(most, 1))))


def _shift_right(frame: Frame, a: Value, count: Word) -> Value:
    builder = frame.builder
    least, most = frame.ranges.of(count)
    if least < 0:
        frame.stop_if(builder.icmp_signed("<", count, int_word(0)), "`>>` shifts by a negative count")
    word = shift_or_zero(frame, builder.lshr, a.word, count)
    return value_within(frame, word, ranges.result(">>", frame.ranges.of_int(a), (max(least, 0), max(most, 0))))


def shift_or_zero(frame: Frame, shift: Callable[[Word, Word], Word], word: Word, count: Word) -> Word:
    """What is left of 64 bits that are shifted by a count that is not negative."""
    if isinstance(count, ir.Constant):
        return shift(word, count) if 0 <= count.constant < WORD_BITS else int_word(0)
    shifted = shift(word, count)
    if frame.ranges.of(count)[1] < WORD_BITS:
        return shifted
    return frame.builder.select(frame.builder.icmp_unsigned("<", count, int_word(WORD_BITS)), shifted, int_word(0))


def _shift_left(frame: Frame, a: Value, count: Word) -> Value:
    builder = frame.builder
    exact = ranges.result("<<", frame.ranges.of_int(a), frame.ranges.of(count))
    if exact[0] >= 0 and exact[1] <= UNSIGNED_MAX:
        return value_within(frame, builder.shl(a.word, count), exact)
    too_far = builder.icmp_unsigned(">=", count, int_word(WORD_BITS))
    frame.stop_if(too_far, "`<<` shifts by a negative count or by more than 63")
    shifted = builder.shl(a.word, count)
    frame.stop_if(builder.icmp_signed("!=", builder.lshr(shifted, count), a.word), exceeds("<<"))
    return Value(UNSIGNED, (shifted,))


def compare(frame: Frame, symbol: str, a: Value, b: Value) -> Word:
    """Of INT and UNSIGNED."""
    builder = frame.builder
    if a.type == b.type == INT:
        return builder.icmp_signed(symbol, a.word, b.word)
    word = builder.icmp_unsigned(symbol, a.word, b.word)
    for value, decides in ((a, symbol in ("<", "<=", "!=")), (b, symbol in (">", ">=", "!="))):
        if frame.ranges.of_int(value)[0] < 0:  # only one can be
            negative = builder.icmp_signed("<", value.word, int_word(0))
            return builder.or_(negative, word) if decides else builder.and_(builder.not_(negative), word)
    return word
