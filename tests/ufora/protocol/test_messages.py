"""Messages between manager and driver come through as they were."""

import msgpack
import pytest

from pyfora.errors import InternalError
from ufora.protocol.messages import (
    Cancel,
    Cancelled,
    Data,
    Done,
    Drop,
    Evaluate,
    Explain,
    Explained,
    Fetch,
    Finished,
    Forget,
    HandOver,
    Kernels,
    Lost,
    Message,
    Observe,
    Read,
    ShowKernels,
    TakeOver,
    Upload,
    pack_message,
    unpack_message,
)
from ufora.protocol.progress import Progress

MESSAGES: list[Message] = [
    Upload("hash", 3, b"abc", True),
    Evaluate("c1", "hash", b"", "small", 100, "session.c1"),
    Fetch("c1", "x"),
    Read("s1", 5, 2**20),
    Drop((("c1", "x"), ("c2", ""))),
    HandOver(),
    TakeOver("p", b"x"),
    Cancel("c1"),
    Finished(b"", "s1", 10**12, True, {"seconds": {"run": 0.5}}, {"x": 1, "y": 0.5, "z": None, "text": "ä"}),
    Data(b"\0\xff"),
    Done(),
    Lost("value", "c1/x"),
    Cancelled("c1"),
    Forget(("c1", "c2")),
    Observe("c1", {"session.c1/3": (1000, 7)}),
    Explain("c1"),
    Explained({"lines": ()}),
    ShowKernels(("a", "b")),
    Kernels({"a": "; text"}),
    Progress(0.25, 3, 12, 8, 1.5, "prices.py", 7),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_through(message: Message) -> None:
    assert unpack_message(pack_message(message)) == message


def test_every_kind_of_message_is_tried() -> None:
    assert {type(message) for message in MESSAGES} == set(Message.__args__)


def test_an_unknown_kind_is_our_own_fault() -> None:
    with pytest.raises(InternalError, match="unknown kind 'Explode'"):
        unpack_message(msgpack.packb(["Explode", 1]))


def test_what_a_later_release_says_more_at_a_message_s_end_is_left_out() -> None:
    assert unpack_message(msgpack.packb(["Cancel", "c1", "by whom", 7])) == Cancel("c1")
