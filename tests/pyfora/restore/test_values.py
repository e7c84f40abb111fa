import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfora.errors import ForaToPythonConversionError, InvalidPyforaOperation, WireError
from pyfora.program import nodes
from pyfora.program.nodes import LazyBuffer, Program, Value
from pyfora.restore import Restorer
from pyfora.wire import decode_program, program_bytes
from tests.pyfora.restore.building import Building, plain

hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
values = st.recursive(
    hashable,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(hashable, inner) | st.sets(hashable, max_size=3),
    max_leaves=20,
)
CONTAINERS = {list: nodes.ListOf, tuple: nodes.TupleOf, set: nodes.SetOf, frozenset: nodes.FrozenSetOf}


def put(building: Building, value: object) -> int:
    if type(value) in CONTAINERS:
        return building.add(CONTAINERS[type(value)](tuple(put(building, item) for item in value)))
    if isinstance(value, dict):
        keys = tuple(put(building, key) for key in value)
        return building.add(nodes.DictOf(keys, tuple(put(building, item) for item in value.values())))
    return building.const(value)


@given(values)
def test_any_value_goes_over_the_wire_and_comes_back(value):
    building = Building()
    ref = put(building, value)
    back = Restorer(decode_program(program_bytes(building.program())), plain()).value(ref)
    assert repr(back) == repr(value) or back == value
    assert type(back) is type(value)


def test_dictionaries_keep_their_order():
    building = Building()
    put(building, {"z": 1, "a": 2, "m": [3]})
    assert list(building.restore().items()) == [("z", 1), ("a", 2), ("m", [3])]


def test_a_list_in_itself():
    building = Building()
    building.add(nodes.ListOf((0,)))
    made = building.restore()
    assert made[0] is made


def test_a_circle_through_tuples_and_lists_in_any_order():
    for first in range(4):
        building = Building()
        building.add(nodes.TupleOf((1,)))  # a = ([(a,)],)
        building.add(nodes.ListOf((2, 3)))
        building.add(nodes.TupleOf((0,)))
        building.add(nodes.DictOf((4,), (0,)))
        building.const("key")
        restorer = building.restorer()
        restorer.value(first)
        a = restorer.value(0)
        assert a[0][0][0] is a
        assert a[0][1]["key"] is a


def test_what_is_shared_stays_shared():
    building = Building()
    shared = put(building, [1])
    building.add(nodes.TupleOf((shared, shared)))
    left, right = building.restore()
    assert left is right


def test_a_tuple_in_itself_is_refused():
    building = Building()
    building.add(nodes.TupleOf((1,)))
    building.add(nodes.FrozenSetOf((0,)))
    with pytest.raises(WireError, match="need each other"):
        building.restore()


@pytest.mark.parametrize("kind", [nodes.ListOf, nodes.TupleOf])
def test_values_nested_deeper_than_the_stack_are_made(kind):
    building = Building()
    building.const(0)
    for depth in range(100_000):
        building.add(kind((depth,)))
    made, depth = building.restore(), 0
    while made:
        made, depth = made[0], depth + 1
    assert depth == 100_000


def test_a_tuple_nested_too_deep_to_be_hashed_is_refused():
    building = Building()
    building.const(0)
    for depth in range(100_000):
        building.add(nodes.TupleOf((depth,)))
    building.add(nodes.SetOf((100_000,)))
    with pytest.raises(WireError, match="nested over"):
        building.restore()


@pytest.mark.parametrize("key", [[], {}, set(), ([],)])
def test_what_cannot_be_hashed_is_no_key(key):
    building = Building()
    ref = put(building, key)
    for node in (nodes.SetOf((ref,)), nodes.FrozenSetOf((ref,)), nodes.DictOf((ref,), (ref,))):
        building.add(node)
        with pytest.raises(WireError, match="as a key"):
            building.restore()


def test_ranges_and_slices():
    building = Building()
    building.add(nodes.RangeOf(0, 10**30, -3))
    building.const(None)
    building.const(5)
    building.add(nodes.SliceOf(1, 2, 1))
    assert building.restore(0) == range(0, 10**30, -3)
    assert building.restore() == slice(None, 5, None)
    building.add(nodes.RangeOf(0, 1, 0))
    with pytest.raises(WireError, match="step 0"):
        building.restore()


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("q", [1, -(2**63), 2**63 - 1]),
        ("i", [1, -(2**31), 2**31 - 1]),
        ("h", [1, -(2**15), 2**15 - 1]),
        ("B", [1, 0, 128, 255]),
        ("d", [0.5, -0.0, float("inf")]),
        ("q", []),
    ],
)
def test_packed_lists_and_tuples(code, items):
    building = Building()
    data = struct.pack(f"<{len(items)}{code}", *items)
    building.buffers += [data, LazyBuffer(len(data), lambda: iter([data[:3], data[3:]]))]
    building.add(nodes.Packed("list", code, 0))
    building.add(nodes.Packed("tuple", code, 1))
    assert repr(building.restore(0)) == repr(items)
    assert repr(building.restore(1)) == repr(tuple(items))


def test_an_array_is_a_copy_of_its_own():
    numpy = pytest.importorskip("numpy")
    building = Building()
    building.buffers.append(numpy.arange(6.0).tobytes())
    building.add(nodes.Array("<f8", (2, 3), 0))
    made = Restorer(decode_program(program_bytes(building.program())), plain()).value(0)
    made[0, 0] = 7
    assert made.flags.owndata
    assert (made == numpy.array([[7.0, 1, 2], [3, 4, 5]])).all()


@pytest.mark.parametrize("dtype", ["|b1", "<u2", "<c16", "<U3", "|S4", "<M8[ns]", "<m8", "<f2"])
def test_arrays_of_every_kind(dtype):
    numpy = pytest.importorskip("numpy")
    original = numpy.zeros((3, 2), dtype)
    building = Building()
    building.buffers.append(original.tobytes())
    building.add(nodes.Array(dtype, (3, 2), 0))
    made = Restorer(decode_program(program_bytes(building.program())), plain()).value(0)
    assert made.dtype == original.dtype
    assert made.tobytes() == original.tobytes()


def test_an_array_no_memory_can_hold_is_refused():
    pytest.importorskip("numpy")
    building = Building()
    building.buffers.append(b"")
    building.add(nodes.Array("|u1", (2**70, 0), 0))
    with pytest.raises(WireError, match="cannot be made"):
        building.restore()


def test_named_things_come_from_the_environment():
    building = Building()
    building.named("math.sin")
    assert building.restore() is sys.modules["math"].sin
    with pytest.raises(InvalidPyforaOperation, match=r"math\.sin"):
        building.restore(environment=plain(allowed=lambda path: False))


def test_remote_and_known_values():
    building = Building()
    building.add(nodes.Remote("c1", "x", "list"))
    building.add(nodes.Known("k"))
    assert building.restore(0) == ("remote", "c1", "x")
    assert building.restore(1, plain({"k": len})) is len
    with pytest.raises(ForaToPythonConversionError, match="'k'"):
        building.restore(1)


def test_what_could_not_travel_says_so_when_touched():
    building = Building()
    building.add(nodes.Refused("an open file cannot travel"))
    with pytest.raises(InvalidPyforaOperation, match="open file"):
        len(building.restore())


def test_a_module_of_the_users_holds_its_members():
    building = Building("def f(): return helpers.limit + helpers.g()\ndef g(): return helpers.limit")
    building.add(nodes.UserModule("helpers", (("limit", 1), ("g", 2))))
    building.const(3)
    building.function("g", names=(("helpers", 0),), module="helpers")
    building.function("f", names=(("helpers", 0),))
    assert building.restore()() == 6


def test_a_reference_out_of_the_program_is_refused():
    for ref in (-1, 1):
        with pytest.raises(WireError, match="no node"):
            Restorer(Program((), (nodes.Constant(1),), (), Value(0)), plain()).value(ref)
