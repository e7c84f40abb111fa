"""A Program of every node, and one of every entry."""

import struct

from pyfora.program import nodes
from pyfora.program.nodes import Program

SOURCE = nodes.Source("prices.py", 3, "def price(n, scale=2):\n    return n * scale + offset\n")
PACKED = struct.pack("<3q", 1, -2, 3)
ARRAY = struct.pack("<6d", *range(6))

EVERY_NODE: tuple[nodes.Node, ...] = (
    nodes.Constant(None),
    nodes.ListOf((0, 2, 1)),
    nodes.TupleOf(()),
    nodes.SetOf((0,)),
    nodes.FrozenSetOf((0, 2)),
    nodes.DictOf((0, 2), (1, 1)),
    nodes.RangeOf(-(10**30), 10**30, 7),
    nodes.SliceOf(0, 0, 0),
    nodes.Packed("list", "q", 0),
    nodes.Array("<f8", (2, 3), 1),
    nodes.Named("builtins.len"),
    nodes.UserModule("helpers", (("price", 12),)),
    nodes.Function(0, 0, "price", "price", "__main__", (("offset", 0),), (("cell", -1),), (0,), (("scale", 0),), "k1"),
    nodes.Class(0, 0, "C", "C", "__main__", (), (("n", 0),), (("limit", 0),), ""),
    nodes.Instance(13, (("x", 0),), -1),
    nodes.EnumMember(13, "RED"),
    nodes.ExceptionOf(10, 2, (), ("a note",), -1, True),
    nodes.Attribute(14, "method"),
    nodes.Known("k2"),
    nodes.Remote("c1", "primes", "list"),
    nodes.Refused("an open file cannot travel"),
    nodes.Made(10, (0, 2), (("maxsize", 0),), "k3"),
    nodes.Zipped("list", (8, 2)),
    nodes.Rows(0, "B", 0),
    nodes.PackedDict("q", 0, "d", 1),
)
FRAME = nodes.TraceFrame("prices.py", 4, "price", "return n * scale + offset")
EVERY_ENTRY: tuple[nodes.Entry, ...] = (
    nodes.Block(0, 0, "__main__", "<module>", (("a", 0),), ("x", "y")),
    nodes.Call(12, (0, 1), (("scale", 0),)),
    nodes.Value(1),
    nodes.Outcome((("x", 0),), -1, (FRAME, FRAME), "printed\n"),
)


def program_of(entry: nodes.Entry = EVERY_ENTRY[0]) -> Program:
    return Program((SOURCE,), EVERY_NODE, (PACKED, ARRAY), entry)


def constants(*values: nodes.Scalar) -> Program:
    return Program((), tuple(map(nodes.Constant, values)), (), nodes.Value(0))
