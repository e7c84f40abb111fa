"""Do arrays and packed lists fit the buffers and columns they name? Decided without numpy: the client may not have it."""

import math
import re

from pyfora.program.nodes import MOST_COLUMNS, Array, Packed, PackedDict, Rows, Zipped
from pyfora.wire.fields import Limits, WrongField

DTYPE = re.compile(
    r"\|b1|\|[iu]1|<[iu][248]|<f[248]|<c(?:8|16)|\|S[1-9]\d{0,8}|<U[1-9]\d{0,8}|<[Mm]8(?:\[(?:[1-9]\d{0,8})?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)
"""Booleans, integers, floats, complex numbers, bytes, text and times. Not: objects, records, floats whose size depends on the machine."""
SIZES = {"B": 1, "h": 2, "i": 4, "q": 8, "d": 8, "?": 1}
"""Bytes of a packed item: ints of four widths, float64, bool."""
CODES = frozenset(SIZES) | {"s", "t"}
PACKED = {(container, typecode) for container in ("list", "tuple") for typecode in CODES} | {("bytes", "B")}
MAX_DIMENSIONS = 32
"""numpy 1 allows 32, numpy 2 allows 64."""


def check_packed(node: Packed, limits: Limits) -> None:
    """Raises WrongField."""
    if (node.container, node.typecode) not in PACKED:
        raise WrongField(f"no packed {node.container[:20]!r} of {node.typecode[:20]!r} exists")
    _check_whole(node.typecode, limits.buffers[node.buffer])


def check_packed_dict(node: PackedDict, limits: Limits) -> None:
    """Raises WrongField."""
    for code, buffer in ((node.key_code, node.keys), (node.value_code, node.values)):
        if code not in CODES:
            raise WrongField(f"no packed dict of {code[:20]!r} exists")
        _check_whole(code, limits.buffers[buffer])


def check_rows(node: Rows, limits: Limits) -> None:
    """Raises WrongField."""
    if node.typecode not in CODES:
        raise WrongField(f"no rows of {node.typecode[:20]!r} exist")
    _check_whole("q", limits.buffers[node.lengths])
    _check_whole(node.typecode, limits.buffers[node.items])


def _check_whole(code: str, nbytes: int) -> None:
    if nbytes % SIZES.get(code, 1):
        raise WrongField(f"its buffer of {nbytes} bytes does not hold whole items")


def check_zipped(node: Zipped) -> None:
    """Raises WrongField."""
    if node.container not in ("list", "tuple"):
        raise WrongField(f"no zipped {node.container[:20]!r} exists")
    if not 0 < len(set(node.columns)) == len(node.columns) <= MOST_COLUMNS:
        raise WrongField(f"it needs 1 to {MOST_COLUMNS} columns, each another one")


def check_array(node: Array, limits: Limits) -> None:
    """Raises WrongField."""
    if not DTYPE.fullmatch(node.dtype):
        raise WrongField(f"dtype {node.dtype[:40]!r} may not travel")
    if len(node.shape) > MAX_DIMENSIONS:
        raise WrongField(f"{len(node.shape)} dimensions are too many")
    if math.prod(filter(None, node.shape)) * item_size(node.dtype) >= 2**63:
        raise WrongField("its shape is larger than any memory")
    nbytes = math.prod(node.shape) * item_size(node.dtype)
    if nbytes != limits.buffers[node.buffer]:
        raise WrongField(f"shape and dtype need {nbytes} bytes, its buffer has {limits.buffers[node.buffer]}")


def item_size(dtype: str) -> int:
    """Bytes of one item, of a dtype that matches DTYPE."""
    size = int(dtype[2:].partition("[")[0])
    return size * 4 if dtype[1] == "U" else size
