"""Doubles of vectors of 64-bit ints, for processors that have no instruction for it: by the bits of doubles, rounded once.

A double from 2**52 on is its lower bits: 2**52 + n has n in them. So an int of few bits is added to the bits of such a number, which is
then subtracted. Of more bits, each half is made a double, the upper one of 2**84 + n * 2**32; all is exact but the last addition.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.ranges import Range
from ufora.compile.values import DOUBLE, I64, Word

_SMALL = 2**51  #: ints below it, either sign, are added to the bits of 1.5 * 2**52
_BITS_52, _BITS_52_AND_HALF = 0x4330000000000000, 0x4338000000000000  #: of 2.0**52, and 1.5 times it
_BITS_84, _BITS_84_AND_63 = 0x4530000000000000, 0x4530000080000000  #: of 2.0**84, and 2.0**84 + 2.0**63
_HALF = 2**32 - 1


def to_double(builder: Any, number: Word, known: Range, width: int) -> Word:
    """`known`: where all of them lie; as they have a sign or none."""

    def bits(word: int) -> Any:
        return ir.Constant(ir.VectorType(I64, width), [ir.Constant(I64, word)] * width)

    def as_double(word: Any) -> Any:
        return builder.bitcast(word, ir.VectorType(DOUBLE, width))

    def double(value: float) -> Any:
        return ir.Constant(ir.VectorType(DOUBLE, width), [ir.Constant(DOUBLE, value)] * width)

    if known[0] >= -_SMALL and known[1] < _SMALL:
        return builder.fsub(as_double(builder.add(number, bits(_BITS_52_AND_HALF))), double(1.5 * 2.0**52))
    low = as_double(builder.or_(builder.and_(number, bits(_HALF)), bits(_BITS_52)))
    has_sign = known[0] < 0
    high = as_double(builder.xor(builder.lshr(number, bits(32)), bits(_BITS_84_AND_63 if has_sign else _BITS_84)))
    return builder.fadd(builder.fsub(high, double(2.0**84 + 2.0**52 + (2.0**63 if has_sign else 0.0))), low)
