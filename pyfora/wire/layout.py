"""How a Program lies in memory.

    offset  size
    0       5      magic b"UFORA"
    5       1      number of the format
    6       8      length of the header, little-endian
    14      n      header: a sequence of msgpack objects
                     (how many sources, how many nodes, sizes of the buffers as little-endian uint64)
                     (tag, field, …)     the entry
                     (path, line, text)  each source
                     (tag, field, …)     each node; a tag is the position of the record in nodes.Node or nodes.Entry
                   zeros up to a multiple of 64
                   each buffer, with zeros up to a multiple of 64, so that machine words in it are aligned

The header is a sequence of small objects and not one large one, so that no array in it needs to be long: the reader refuses arrays over
MAX_ARRAY, and a few hostile bytes cannot make it allocate gigabytes. What may be long travels as something else: references as
packed int32, names as a map. Scalars msgpack cannot hold (integers over 64 bits, complex numbers) are extensions. The same Program
always gives the same bytes.
"""

import struct
from collections.abc import Iterable
from typing import Any

from pyfora.program import nodes

MAGIC = b"UFORA"
FORMAT = 6
"""Number of this format. It grows when a tag, field or rule of this package changes its meaning."""
PRELUDE = struct.Struct("<5sBQ")
ALIGN = 64
"""Buffers start at multiples of this, bytes: a cache line, and the largest vector register."""
MAX_ARRAY = 2**14
"""Longest msgpack array. The longest real one is the trace of a RecursionError, a thousand frames deep."""

BIG_INT, COMPLEX, REFS = 1, 2, 3
"""Codes of the msgpack extensions."""

NODE_TYPES: tuple[type[Any], ...] = nodes.Node.__args__
ENTRY_TYPES: tuple[type[Any], ...] = nodes.Entry.__args__
NODE_TAGS = {kind: tag for tag, kind in enumerate(NODE_TYPES)}
ENTRY_TAGS = {kind: tag for tag, kind in enumerate(ENTRY_TYPES)}


def padding_after(nbytes: int) -> int:
    """Zeros that bring a size to a multiple of ALIGN."""
    return -nbytes % ALIGN


def total_size(header: int, buffers: Iterable[int]) -> int:
    """Size of a Program, bytes."""
    size = PRELUDE.size + header
    size += padding_after(size)
    return size + sum(nbytes + padding_after(nbytes) for nbytes in buffers)
