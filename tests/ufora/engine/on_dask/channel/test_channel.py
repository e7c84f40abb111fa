"""Two channels of one process, over real sockets on loopback."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy
import pytest
import zmq
import zmq.asyncio
from clusters_for_tests import find_two_free_ports

from ufora.engine.on_dask.channel import DataChannel
from ufora.engine.on_dask.channel.holder import MOST_TRANSFERS
from ufora.engine.on_dask.channel.words import PIECE_BYTES, WINDOW, Busy, Get, Have, More, pack_word, unpack_word

pytestmark = pytest.mark.asyncio

RESULTS = {
    "small": 7,
    "text": "naïve",
    "empty": numpy.empty(0),
    "large": numpy.random.default_rng(1).random(3 * PIECE_BYTES // 8 + 5),
    "fortran": numpy.asfortranarray(numpy.arange(12.0).reshape(3, 4)),
    "several": [numpy.arange(5), {"inner": numpy.full(PIECE_BYTES, 3, numpy.uint8)}],
}


async def read_results(keys, _under_way):
    return {key: RESULTS[key] for key in keys if key in RESULTS}


@contextmanager
def open_channels():
    address = f"tcp://127.0.0.1:{find_two_free_ports()}"
    holder, reader = DataChannel(address), DataChannel()
    try:
        yield holder, reader, address
    finally:
        reader.close()
        holder.close()


@contextmanager
def open_sockets():
    """A context whose sockets drop what they have not sent when they close."""
    with zmq.asyncio.Context() as context:
        context.linger = 0
        yield context


@contextmanager
def open_strange_reader(address):
    with open_sockets() as context, context.socket(zmq.DEALER) as socket:
        socket.connect(address)
        yield socket


def assert_same(got, expected):
    if isinstance(expected, numpy.ndarray):
        assert got.dtype == expected.dtype
        assert got.flags.f_contiguous == expected.flags.f_contiguous
        assert numpy.array_equal(got, expected)
        assert got.flags.writeable
    elif isinstance(expected, (list, dict)):
        assert type(got) is type(expected)
        pairs = zip(got, expected, strict=True) if isinstance(got, list) else ((got[key], expected[key]) for key in expected)
        for one, other in pairs:
            assert_same(one, other)
    else:
        assert got == expected


@pytest.mark.parametrize("keys", [[key] for key in RESULTS] + [list(RESULTS)])
async def test_results_arrive_as_they_are(keys):
    with open_channels() as (holder, reader, address):
        holder.serve(read_results)
        got = await reader.pull(address, keys)
        assert sorted(got) == sorted(keys)
        for key in keys:
            assert_same(got[key], RESULTS[key])


async def test_what_the_holder_does_not_have_is_left_out():
    with open_channels() as (holder, reader, address):
        holder.serve(read_results)
        assert await reader.pull(address, ["small", "unheard of"]) == {"small": 7}


async def test_a_connection_is_used_again():
    with open_channels() as (holder, reader, address):
        holder.serve(read_results)
        for _ in range(50):
            assert_same((await reader.pull(address, ["large"]))["large"], RESULTS["large"])


async def test_many_transfers_run_side_by_side():
    with open_channels() as (holder, reader, address):
        holder.serve(read_results)
        results = await asyncio.gather(*(reader.pull(address, ["large", "several"]) for _ in range(MOST_TRANSFERS)))
        for got in results:
            assert_same(got["large"], RESULTS["large"])


async def test_a_holder_that_serves_nobody_yet_is_busy():
    with open_channels() as (holder, reader, address):
        assert await reader.pull(address, ["small"]) is None
        holder.serve(read_results)
        assert await reader.pull(address, ["small"]) == {"small": 7}
        holder.serve(None)
        assert await reader.pull(address, ["small"]) is None


async def test_a_reader_beyond_the_limit_is_told_to_come_again():
    with open_channels() as (holder, reader, address), open_sockets() as context:
        sockets = [context.socket(zmq.DEALER) for _ in range(MOST_TRANSFERS)]
        long = {"huge": numpy.zeros((WINDOW + 2) * PIECE_BYTES, numpy.uint8)}

        async def read_long(_keys, _under_way):
            return long

        holder.serve(read_long)
        for socket in sockets:
            socket.connect(address)
            await socket.send(pack_word(Get(["huge"])))
            assert isinstance(unpack_word(await socket.recv()), Have)
        assert await reader.pull(address, ["huge"]) is None
        for socket in sockets:
            socket.close()


async def test_a_reader_that_grants_nothing_more_is_sent_one_window_only():
    huge = numpy.zeros(5 * WINDOW * PIECE_BYTES, numpy.uint8)

    async def read_huge(keys, _under_way):
        return {"huge": huge} if "huge" in keys else {}

    with open_channels() as (holder, reader, address), open_strange_reader(address) as stopped:
        holder.serve(read_huge)
        await stopped.send(pack_word(Get(["huge"])))
        head, body = unpack_word(await stopped.recv()).sizes
        assert (len(await stopped.recv()), body) == (head, huge.nbytes)
        for _ in range(WINDOW - 1):
            assert len(await stopped.recv()) == PIECE_BYTES
        assert await reader.pull(address, []) == {}  # the holder has sent all that it had to send before
        assert await stopped.poll(0) == 0
        await stopped.send(pack_word(More(2)))
        for _ in range(2):
            assert len(await stopped.recv()) == PIECE_BYTES
        assert await reader.pull(address, []) == {}
        assert await stopped.poll(0) == 0


@pytest.mark.parametrize(
    "frames", [[b"garbage"], [b"", b""], [pack_word(Busy())], [pack_word(Get(["a"])), b"more"], [pack_word(Get(["a"]))] * 2]
)
async def test_garbage_is_dropped_and_harms_nobody(frames, caplog):
    with open_channels() as (holder, reader, address), open_strange_reader(address) as stranger:
        holder.serve(read_results)
        await stranger.send_multipart(frames)
        await stranger.send(b"\xff" * 1000)
        assert await reader.pull(address, ["small"]) == {"small": 7}
        while "dropped what a stranger sent" not in caplog.text:
            await asyncio.sleep(0.01)
    assert len(caplog.messages) == 1


async def test_bytes_of_another_protocol_are_dropped(caplog):
    with open_channels() as (holder, reader, address):
        holder.serve(read_results)
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(b"\xff" * 1000)
        assert await reader.pull(address, ["small"]) == {"small": 7}
        writer.close()
        while "it does not speak as a worker does" not in caplog.text:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("answer", [[b"garbage"], [pack_word(Get([]))], [b"two", b"frames"], [pack_word(Have([3])), b"toolong"]])
async def test_a_holder_that_answers_garbage_is_lost(answer):
    with open_sockets() as context, context.socket(zmq.ROUTER) as strange:
        port = strange.bind_to_random_port("tcp://127.0.0.1")
        reader = DataChannel()
        pulling = asyncio.create_task(reader.pull(f"tcp://127.0.0.1:{port}", ["small"]))
        identity, _ = await strange.recv_multipart()
        if answer[0].startswith(b"\x92\xa4Have"):
            for frame in answer:
                await strange.send_multipart([identity, frame])
        else:
            await strange.send_multipart([identity, *answer])
        with pytest.raises(OSError, match="data channel"):
            await pulling
        reader.close()


async def test_nobody_there_is_a_loss_at_once():
    reader = DataChannel()
    with pytest.raises(OSError, match="broke"):
        await reader.pull(f"tcp://127.0.0.1:{find_two_free_ports()}", ["small"])
    reader.close()


HOLDER = """
import asyncio, sys, numpy
from ufora.engine.on_dask.channel import DataChannel
async def main():
    channel = DataChannel(sys.argv[1])
    huge = numpy.zeros(10**9, numpy.uint8)
    async def read(keys, under_way):
        return {"huge": huge} if keys else {}
    channel.serve(read)
    print("ready", flush=True)
    if (await asyncio.to_thread(sys.stdin.readline)).strip() == "close":
        channel.close()
asyncio.run(main())
"""


@contextmanager
def start_holder():
    address = f"tcp://127.0.0.1:{find_two_free_ports()}"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        yield address, process
        process.kill()


async def test_a_holder_killed_in_a_transfer_is_lost():
    reader = DataChannel()
    with start_holder() as (address, process):
        pulling = asyncio.create_task(reader.pull(address, ["huge"]))
        await asyncio.sleep(0)
        process.kill()
        with pytest.raises(OSError, match="broke"):
            await pulling
    reader.close()


@pytest.mark.parametrize("end", [b"close\n", b"leave it open\n"])
async def test_a_holder_may_end_while_its_results_are_sent(end: bytes):
    """What ZeroMQ's thread still sends is the memory of arrays; nothing may be freed under its hands."""
    with start_holder() as (address, process), open_strange_reader(address) as stopped:
        await stopped.send(pack_word(Get(["huge"])))
        for _ in range(2):
            await stopped.recv()
        await asyncio.to_thread(process.communicate, end)
        assert process.returncode == 0


async def test_a_frozen_holder_is_lost_when_the_engine_says_so():
    reader = DataChannel()
    with start_holder() as (address, process):
        os.kill(process.pid, signal.SIGSTOP)
        pulling = asyncio.create_task(reader.pull(address, ["huge"]))
        await asyncio.sleep(0)
        reader.fail(address)
        with pytest.raises(OSError, match="is gone"):
            await pulling
    reader.close()


@pytest.mark.slow
async def test_a_frozen_holder_is_lost_without_the_engine_too():
    """Its heartbeats stop."""
    reader = DataChannel()
    with start_holder() as (address, process):
        assert await reader.pull(address, []) == {}
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(OSError, match="broke"):
            await reader.pull(address, ["huge"])
    reader.close()


async def test_a_taken_port_is_told_and_a_closed_one_is_free_at_once():
    address = f"tcp://127.0.0.1:{find_two_free_ports()}"
    for _ in range(3):
        first = DataChannel(address)
        with pytest.raises(OSError, match="cannot listen on"):
            DataChannel(address)
        first.close()


async def test_it_works_over_ipv6():
    address = f"tcp://[::1]:{find_two_free_ports()}"
    holder, reader = DataChannel(address), DataChannel()
    holder.serve(read_results)
    assert await reader.pull(address, ["small"]) == {"small": 7}
    reader.close()
    holder.close()
