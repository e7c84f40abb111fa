"""Makers of plain values: scalars, containers, arrays, modules."""

import importlib
import math
import struct
from functools import partial
from itertools import accumulate
from types import ModuleType
from typing import Any

from pyfora.errors import ForaToPythonConversionError, WireError
from pyfora.program import nodes
from pyfora.program.nodes import LazyBuffer, Ref
from pyfora.restore.making import MISSING, MakeAtOnce, MakeInSteps, Maker, Making, Need

MAX_KEY_DEPTH = 1000
"""Python hashes nested tuples by recursion in C without a limit, and ends by a crash. Guessed: far from there, and over any real key."""


def make_constant(making: Making, node: nodes.Constant) -> object:
    return node.value


def make_range(making: Making, node: nodes.RangeOf) -> range:
    if not node.step:
        raise WireError("a program holds a range with step 0")
    return range(node.start, node.stop, node.step)


def make_packed(making: Making, node: nodes.Packed) -> list[Any] | tuple[Any, ...] | bytes:
    buffer = _read_buffer(making, node.buffer)
    if node.container == "bytes":
        return bytes(buffer)
    items = _unpack(node.typecode, buffer)
    return tuple(items) if node.container == "tuple" else items


def make_packed_dict(making: Making, node: nodes.PackedDict) -> dict[Any, Any]:
    keys = _unpack(node.key_code, _read_buffer(making, node.keys))
    values = _unpack(node.value_code, _read_buffer(making, node.values))
    if len(keys) != len(values):
        raise WireError(f"a packed dict has {len(keys)} keys for {len(values)} values")
    return dict(zip(keys, values, strict=True))


def make_rows(making: Making, node: nodes.Rows) -> list[list[Any]]:
    lengths = list(_read_buffer(making, node.lengths).cast("q"))
    items = _unpack(node.typecode, _read_buffer(making, node.items)) if sum(lengths) else []
    if sum(lengths) != len(items) or min(lengths, default=0) < 0:
        raise WireError("the rows of a program do not have the lengths that stand before them")
    ends = list(accumulate(lengths))
    return list(map(items.__getitem__, map(slice, [0, *ends], ends)))


def _unpack(typecode: str, buffer: memoryview) -> list[Any]:
    if typecode == "t":
        return _read_text(buffer).split("\0")
    if typecode == "s":
        return _split_texts(buffer)
    if typecode == "B":
        return list(bytes(buffer))  # in a fraction of `tolist`'s time
    # Little-endian is the native order of every machine this runs on.
    return list(buffer.cast(typecode))  # type: ignore[call-overload]  # tolist() takes 1.6 times as long for floats


def _read_text(buffer: memoryview) -> str:
    try:
        return str(buffer, "utf-8", "surrogatepass")
    except ValueError as error:
        raise WireError(f"the texts of a packed list cannot be read: {error}") from None


def _split_texts(buffer: memoryview) -> list[str]:
    try:
        (count,) = struct.unpack_from("<q", buffer)
        lengths = buffer[8 : 8 + 4 * count].cast("i").tolist()
    except (struct.error, TypeError, ValueError, OverflowError) as error:
        raise WireError(f"the texts of a packed list cannot be read: {error}") from None
    whole = _read_text(buffer[8 + 4 * count :])
    if count < 0 or len(lengths) != count or any(length < 0 for length in lengths) or sum(lengths) != len(whole):
        raise WireError("the texts of a packed list do not have the lengths that stand before them")
    return [whole[start : start + length] for start, length in zip(accumulate(lengths, initial=0), lengths, strict=False)]


def make_array(making: Making, node: nodes.Array) -> object:
    numpy = importlib.import_module("numpy")  # only here: the client works without it
    try:
        flat = numpy.frombuffer(_read_buffer(making, node.buffer), node.dtype, math.prod(node.shape))
        return flat.reshape(node.shape).copy()
    except (TypeError, ValueError) as error:
        raise WireError(f"an array of this program cannot be made: {error}") from None


def _read_buffer(making: Making, index: int) -> memoryview:
    buffer = making.program.buffers[index]
    if isinstance(buffer, LazyBuffer):
        buffer = b"".join(buffer.pieces())
    return memoryview(buffer).cast("B")


def make_named(making: Making, node: nodes.Named) -> object:
    return making.environment.get_named(node.path)


def make_known(making: Making, node: nodes.Known) -> object:
    value = making.find_known(node.key)
    if value is MISSING:
        raise ForaToPythonConversionError(f"a function or class that this side should hold is gone (its key is {node.key[:80]!r})")
    return value


def make_remote(making: Making, node: nodes.Remote) -> object:
    return making.environment.get_remote(node)


def make_refused(making: Making, node: nodes.Refused) -> object:
    return making.environment.make_refused(node.message)


def make_list(making: Making, ref: Ref, node: nodes.ListOf) -> Maker:
    made: list[Any] = []
    making.put(ref, made)
    for index, item in enumerate(node.items):
        value = making.ready(item)
        made.append(value)
        if value is MISSING:
            yield Need(item, give=partial(made.__setitem__, index))


def make_tuple(making: Making, ref: Ref, node: nodes.TupleOf) -> Maker:
    items = []
    for item in node.items:
        value = making.ready(item)
        items.append((yield Need(item)) if value is MISSING else value)
    making.depths[ref] = 1 + max((making.depths.get(item, 0) for item in node.items), default=0)
    return tuple(items)


def make_zipped(making: Making, ref: Ref, node: nodes.Zipped) -> Maker:
    columns = []
    for number in node.columns:
        columns.append((yield Need(number, finished=True)))
    if any(type(column) is not tuple or len(column) != len(columns[0]) for column in columns):
        raise WireError("a program zips columns that are no tuples of one length")
    making.depths[ref] = 1 + max(making.depths.get(number, 1) for number in node.columns)
    items = zip(*columns, strict=True)
    return tuple(items) if node.container == "tuple" else list(items)


def make_set(making: Making, ref: Ref, node: nodes.SetOf) -> Maker:
    made: set[Any] = set()
    making.put(ref, made)
    made.update((yield from _make_keys(making, node.items)))


def make_frozenset(making: Making, ref: Ref, node: nodes.FrozenSetOf) -> Maker:
    return frozenset((yield from _make_keys(making, node.items)))


def make_dict(making: Making, ref: Ref, node: nodes.DictOf) -> Maker:
    made: dict[Any, Any] = {}
    making.put(ref, made)
    keys = yield from _make_keys(making, node.keys)
    made.update(dict.fromkeys(keys, MISSING))
    for key, item in zip(keys, node.values, strict=True):
        value = making.ready(item)
        if value is MISSING:
            yield Need(item, give=partial(made.__setitem__, key))
        else:
            made[key] = value


def _make_keys(making: Making, refs: tuple[Ref, ...]) -> Maker:
    """Hashable values, filled: their hash may depend on what they hold."""
    keys = []
    for ref in refs:
        key = making.finished(ref)
        if key is MISSING:
            key = yield Need(ref, finished=True)
        if making.depths.get(ref, 0) > MAX_KEY_DEPTH:
            raise WireError(f"a program uses a tuple nested over {MAX_KEY_DEPTH} deep as a key")
        try:
            hash(key)
        except TypeError as error:
            raise WireError(f"a program uses a {type(key).__name__} as a key: {error}") from None
        keys.append(key)
    return keys


def make_slice(making: Making, ref: Ref, node: nodes.SliceOf) -> Maker:
    return slice((yield Need(node.start)), (yield Need(node.stop)), (yield Need(node.step)))


def make_module(making: Making, ref: Ref, node: nodes.UserModule) -> Maker:
    module = ModuleType(node.name)
    making.put(ref, module)
    for name, member in node.members:
        yield Need(member, give=partial(vars(module).__setitem__, name))


AT_ONCE: dict[type, MakeAtOnce] = {
    nodes.Constant: make_constant,
    nodes.RangeOf: make_range,
    nodes.Packed: make_packed,
    nodes.PackedDict: make_packed_dict,
    nodes.Rows: make_rows,
    nodes.Array: make_array,
    nodes.Named: make_named,
    nodes.Known: make_known,
    nodes.Remote: make_remote,
    nodes.Refused: make_refused,
}
IN_STEPS: dict[type, MakeInSteps] = {
    nodes.ListOf: make_list,
    nodes.TupleOf: make_tuple,
    nodes.Zipped: make_zipped,
    nodes.SetOf: make_set,
    nodes.FrozenSetOf: make_frozenset,
    nodes.DictOf: make_dict,
    nodes.SliceOf: make_slice,
    nodes.UserModule: make_module,
}
