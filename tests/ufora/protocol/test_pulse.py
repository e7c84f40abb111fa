import msgpack
import pytest

from pyfora.errors import InternalError
from ufora.protocol.pulse import COMPILED, INTERPRETED, Pulse, Stretch, pack_pulse, unpack_pulse

PULSE = Pulse(
    "3.11.7",
    1.5,
    2**30,
    {COMPILED: 3, INTERPRETED: 0},
    {COMPILED: 0.5, INTERPRETED: 0.0},
    (Stretch(0, 0.5, 0.0, COMPILED, 3),),
    ("a line",),
    {"session.c1/3": (1000, 7)},
)


def test_a_pulse_arrives_as_it_was_sent():
    assert unpack_pulse(pack_pulse(PULSE)) == PULSE


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", msgpack.packb(3), msgpack.packb({}), pack_pulse(PULSE)[:-1], msgpack.packb({"stretches": [3]})]
)
def test_anything_else_is_refused(data):
    with pytest.raises(InternalError, match="does not read"):
        unpack_pulse(data)
