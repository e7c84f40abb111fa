"""Python's int operations on 64 bits: the exact result, or stop."""

from collections.abc import Callable

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.frame import Frame
from ufora.compile.values import (
    DOUBLE,
    I1,
    I32,
    I64,
    INT_MAX,
    INT_MIN,
    MOST_BITS,
    Value,
    Word,
    bool_word,
    int_value,
    int_word,
    known_int,
)

WORD_BITS = 64
QUICK_FACTORS = (3, 5, 9)
"""Multiplied by in a third of the time of a product that says whether it overflows; so it is asked before whether it will."""


def exceeds(symbol: str) -> str:
    return f"the result of `{symbol}` exceeds 64 bits"


def _checked(frame: Frame, operation: str, a: Word, b: Word, symbol: str) -> Word:
    pair = getattr(frame.builder, f"{operation}_with_overflow")(a, b)
    frame.stop_if(frame.builder.extract_value(pair, 1), exceeds(symbol))
    return frame.builder.extract_value(pair, 0)


def add(frame: Frame, a: Word, b: Word, symbol: str = "+") -> Word:
    """`symbol`: what the user calls it."""
    return _checked(frame, "sadd", a, b, symbol)


def subtract(frame: Frame, a: Word, b: Word) -> Word:
    return _checked(frame, "ssub", a, b, "-")


def multiply(frame: Frame, a: Word, b: Word, symbol: str = "*") -> Word:
    if isinstance(a, ir.Constant):
        a, b = b, a
    if isinstance(b, ir.Constant) and b.constant in QUICK_FACTORS:
        least, most = -(-INT_MIN // b.constant), INT_MAX // b.constant
        moved = frame.builder.sub(a, int_word(least))
        frame.stop_if(frame.builder.icmp_unsigned(">", moved, int_word(most - least)), exceeds(symbol))
        return frame.builder.mul(a, b)
    return _checked(frame, "smul", a, b, symbol)


def negate(frame: Frame, a: Word) -> Word:
    return subtract(frame, int_word(0), a)


def absolute(frame: Frame, a: Word, symbol: str = "abs") -> Word:
    frame.stop_if(frame.builder.icmp_signed("==", a, int_word(INT_MIN)), exceeds(symbol))
    negative = frame.builder.icmp_signed("<", a, int_word(0))
    return frame.builder.select(negative, frame.builder.sub(int_word(0), a), a)


def by_zero(symbol: str) -> str:
    return f"`{symbol}` divides by zero"


def _guard_division(frame: Frame, a: Word, b: Word, symbol: str) -> None:
    builder = frame.builder
    frame.stop_if(builder.icmp_signed("==", b, int_word(0)), by_zero(symbol))
    if isinstance(b, ir.Constant) and b.constant != -1:
        return
    # INT_MIN // -1 leaves 64 bits, and the processor traps on it
    minus_one = frame.builder.icmp_signed("==", b, int_word(-1))
    frame.stop_if(frame.builder.and_(minus_one, frame.builder.icmp_signed("==", a, int_word(INT_MIN))), exceeds(symbol))


def _misses_floor(frame: Frame, remainder: Word, b: Word) -> Word:
    """Did the processor, which rounds towards zero, end above the floor?"""
    builder = frame.builder
    signs_differ = builder.icmp_signed("<", builder.xor(remainder, b), int_word(0))
    return builder.and_(signs_differ, builder.icmp_signed("!=", remainder, int_word(0)))


def _find_bits(b: Word) -> int | None:
    """Of a constant that is a power of two: which."""
    is_power = isinstance(b, ir.Constant) and b.constant > 0 and b.constant & (b.constant - 1) == 0
    return b.constant.bit_length() - 1 if is_power else None


def floor_divide(frame: Frame, a: Word, b: Word) -> Word:
    bits = _find_bits(b)
    if bits is not None:  # a shift rounds as Python does
        return frame.builder.ashr(a, int_word(bits))

    def signed() -> Word:
        builder = frame.builder
        missed = _misses_floor(frame, builder.srem(a, b), b)
        return builder.sub(builder.sdiv(a, b), builder.zext(missed, I64))

    return _divide(frame, a, b, "//", frame.builder.udiv, signed)


def modulo(frame: Frame, a: Word, b: Word) -> Word:
    bits = _find_bits(b)
    if bits is not None:
        return frame.builder.and_(a, int_word((1 << bits) - 1))

    def signed() -> Word:
        builder = frame.builder
        remainder = builder.srem(a, b)
        return builder.add(remainder, builder.select(_misses_floor(frame, remainder, b), b, int_word(0)))

    return _divide(frame, a, b, "%", frame.builder.urem, signed)


def _divide(frame: Frame, a: Word, b: Word, symbol: str, unsigned: Callable[[Word, Word], Word], signed: Callable[[], Word]) -> Word:
    """Two ways: most numbers are small and not negative; then nothing can go wrong, and 32 bits divide faster than 64."""
    builder = frame.builder
    if isinstance(b, ir.Constant):  # no division at all, but a multiplication
        _guard_division(frame, a, b, symbol)
        return signed()
    frame.stop_if(builder.icmp_signed("==", b, int_word(0)), by_zero(symbol))
    small, large, after = (frame.block(name) for name in ("small", "large", "divided"))
    builder.cbranch(builder.icmp_unsigned("<", builder.or_(a, b), int_word(1 << 32)), small, large)
    builder.position_at_end(small)
    quick = builder.zext(unsigned(builder.trunc(a, I32), builder.trunc(b, I32)), I64)
    builder.branch(after)
    builder.position_at_end(large)
    _guard_division(frame, a, b, symbol)
    slow = signed()
    from_large = builder.block
    builder.branch(after)
    builder.position_at_end(after)
    phi = builder.phi(I64)
    phi.add_incoming(quick, small)
    phi.add_incoming(slow, from_large)
    return phi


def shift_left(frame: Frame, a: Word, count: Word) -> Word:
    builder = frame.builder
    frame.stop_if(builder.icmp_unsigned(">=", count, int_word(WORD_BITS)), "`<<` shifts by a negative count or by more than 63")
    shifted = builder.shl(a, count)
    frame.stop_if(builder.icmp_signed("!=", builder.ashr(shifted, count), a), exceeds("<<"))
    return shifted


def shift_right(frame: Frame, a: Word, count: Word) -> Word:
    builder = frame.builder
    frame.stop_if(builder.icmp_signed("<", count, int_word(0)), "`>>` shifts by a negative count")
    far = builder.icmp_signed(">", count, int_word(WORD_BITS - 1))
    return builder.ashr(a, builder.select(far, int_word(WORD_BITS - 1), count))


def bit_and(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.and_(a, b)


def bit_or(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.or_(a, b)


def bit_xor(frame: Frame, a: Word, b: Word) -> Word:
    return frame.builder.xor(a, b)


def invert(frame: Frame, a: Word) -> Word:
    return frame.builder.not_(a)


def power(frame: Frame, a: Word, exponent: Word) -> Word:
    if isinstance(exponent, ir.Constant) and 0 <= exponent.constant <= WORD_BITS:
        return _power_known(frame, a, exponent.constant)
    function = _power_function(frame)
    result = frame.builder.call(function, [a, exponent])
    frame.stop_if(frame.builder.extract_value(result, 1), "the result of `**` exceeds 64 bits, or its exponent is negative")
    return frame.builder.extract_value(result, 0)


def _power_known(frame: Frame, a: Word, exponent: int) -> Word:
    result, square = None, a
    while exponent:
        if exponent & 1:
            result = square if result is None else multiply(frame, result, square, "**")
        exponent >>= 1
        if exponent:
            square = multiply(frame, square, square, "**")
    return int_word(1) if result is None else result


def _power_function(frame: Frame) -> Word:
    """`a ** n` by squaring, as (value, stopped); written once a module."""
    module = frame.unit.module
    if "ufora.power" in module.globals:
        return module.globals["ufora.power"]
    pair = ir.LiteralStructType([I64, I1])
    function = ir.Function(module, ir.FunctionType(pair, [I64, I64]), "ufora.power")
    entry, loop, odd, more, square, done, wrong = (
        function.append_basic_block(name) for name in ("entry", "loop", "odd", "more", "square", "done", "wrong")
    )
    base, exponent = function.args
    b = ir.IRBuilder(entry)
    b.cbranch(b.icmp_signed("<", exponent, int_word(0)), wrong, loop)
    b.position_at_end(loop)
    result, power_now, left = b.phi(I64), b.phi(I64), b.phi(I64)
    is_odd = b.trunc(left, I1)
    factor = b.select(is_odd, power_now, int_word(1))
    product = b.smul_with_overflow(result, factor)
    b.cbranch(b.extract_value(product, 1), wrong, odd)
    b.position_at_end(odd)
    result_next = b.extract_value(product, 0)
    halved = b.lshr(left, int_word(1))
    b.cbranch(b.icmp_signed("==", halved, int_word(0)), done, more)
    b.position_at_end(more)
    squared = b.smul_with_overflow(power_now, power_now)
    b.cbranch(b.extract_value(squared, 1), wrong, square)
    b.position_at_end(square)
    power_next = b.extract_value(squared, 0)
    b.branch(loop)
    for phi, first, later in ((result, int_word(1), result_next), (power_now, base, power_next), (left, exponent, halved)):
        phi.add_incoming(first, entry)
        phi.add_incoming(later, square)
    b.position_at_end(done)
    b.ret(b.insert_value(b.insert_value(ir.Constant(pair, ir.Undefined), result_next, 0), bool_word(False), 1))
    b.position_at_end(wrong)
    b.ret(b.insert_value(b.insert_value(ir.Constant(pair, ir.Undefined), int_word(0), 0), bool_word(True), 1))
    return function


def square_root(frame: Frame, a: Word) -> Word:
    """`math.isqrt`: the double's root may be one off at either side."""
    builder = frame.builder
    frame.stop_if(builder.icmp_signed("<", a, int_word(0)), "`math.isqrt` is asked of a negative number")
    kind = ir.FunctionType(DOUBLE, [DOUBLE])
    root = builder.call(frame.unit.module.declare_intrinsic("llvm.sqrt", [DOUBLE], kind), [builder.uitofp(a, DOUBLE)])
    guess = builder.fptoui(root, I64)
    too_large = builder.icmp_unsigned(">", builder.mul(guess, guess), a)
    guess = builder.sub(guess, builder.zext(too_large, I64))
    following = builder.add(guess, int_word(1))
    too_small = builder.icmp_unsigned("<=", builder.mul(following, following), a)
    return builder.add(guess, builder.zext(too_small, I64))


def power_modulo(frame: Frame, a: Word, exponent: Word, modulus: Word) -> Word:
    """`pow(a, n, m)` for 0 < m < 2**32, where no product leaves 64 bits."""
    builder = frame.builder
    frame.stop_if(
        builder.icmp_unsigned(">=", builder.sub(modulus, int_word(1)), int_word(2**32 - 1)),
        "the modulus of `pow` is not from 1 to 2**32 - 1",
    )
    frame.stop_if(builder.icmp_signed("<", exponent, int_word(0)), "the exponent of `pow` is negative")
    base, one = modulo(frame, a, modulus), builder.urem(int_word(1), modulus)
    before, head, odd, after = builder.block, frame.block("power"), frame.block("square"), frame.block("powered")
    builder.branch(head)
    builder.position_at_end(head)
    result, square, left = builder.phi(I64), builder.phi(I64), builder.phi(I64)
    builder.cbranch(builder.icmp_signed("==", left, int_word(0)), after, odd)
    builder.position_at_end(odd)
    factor = builder.select(builder.trunc(left, I1), square, int_word(1))
    result_next = builder.urem(builder.mul(result, factor), modulus)
    square_next = builder.urem(builder.mul(square, square), modulus)
    left_next = builder.lshr(left, int_word(1))
    builder.branch(head)
    for phi, first, later in ((result, one, result_next), (square, base, square_next), (left, exponent, left_next)):
        phi.add_incoming(first, before)
        phi.add_incoming(later, odd)
    builder.position_at_end(after)
    return result


FOLDED: dict[str, Callable[[int, int], int | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b if b else None,
    "%": lambda a, b: a % b if b else None,
    "**": lambda a, b: a**b if 0 <= b <= MOST_BITS and abs(a) <= WORD_BITS else None,
    "<<": lambda a, b: a << b if 0 <= b <= MOST_BITS else None,
    ">>": lambda a, b: a >> b if 0 <= b <= MOST_BITS else None,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
"""Worked out while compiling when both sides are plain numbers, so that `2**64 - 1` costs nothing."""


def fold(symbol: str, a: Value, b: Value) -> Value | None:
    left, right = known_int(a), known_int(b)
    number = None if left is None or right is None else FOLDED[symbol](left, right)
    return None if number is None or number.bit_length() > MOST_BITS else int_value(number)
