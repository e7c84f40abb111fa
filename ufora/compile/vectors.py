"""How lanes (lanes.py) lie in a processor's vectors, and on which processors there are any."""

from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.values import DOUBLE, I1, I32, I64
from ufora.numerics.machine import describe_processor

_WORDS = (I1, I32, I64, DOUBLE)


class Uneven(Exception):  # noqa: N818 - states a fact
    """No lanes for this code."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How lanes look on a processor."""

    width: int  #: elements at once: two to four vectors, so that one is computed while another waits for its product
    converts: bool  #: are there instructions that make floats of 64-bit ints, and ints of floats?

    def widen(self, kind: Any) -> Any:
        if isinstance(kind, ir.LiteralStructType):
            return ir.LiteralStructType([self.widen(part) for part in kind.elements])
        if kind not in _WORDS:
            raise Uneven(f"{kind}")
        return ir.VectorType(kind, self.width)


_SHAPES = ((("+avx512f", "+avx512dq", "+avx512vl"), Shape(16, True)), (("+avx2",), Shape(16, False)))
"""What a processor must have for which; the first that fits. Chosen by trying 4, 8 and 16 lanes with AVX2 alone: 16 are best for most of
20 kinds of loops, 8 for those of many ints."""


def find_shape() -> Shape | None:
    """None: this processor has no vectors for it."""
    features = describe_processor()[1].split(",")
    return next((shape for needed, shape in _SHAPES if all(feature in features for feature in needed)), None)
