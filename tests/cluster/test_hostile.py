"""Clients that mean no good, at a real manager: refused in one sentence or dropped, in bounded time and memory. Others notice nothing."""

import http.client
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgpack
import psutil
import pytest

import pyfora
from pyfora.program.nodes import Constant, ListOf, Outcome, Program, RangeOf, Value
from pyfora.wire import decode_program, program_bytes
from pyfora.wire.layout import FORMAT, MAGIC, PRELUDE, padding_after
from tests.clusters import HOST, PATIENCE_SECONDS, Cluster, wait_until

MIB = 2**20
PROGRAM_MIB = 8  #: largest program
STALL_SECONDS = 2
PROCESS_MIB = 400  #: most memory of a process that runs a user's code
GROWTH_MIB = 60  #: most that any process may grow meanwhile


@pytest.fixture(scope="module")
def wary(shared_folder: Path) -> Iterator[Cluster]:
    settings = {
        "UFORA_LIMITS_PROGRAM_MIB": str(PROGRAM_MIB),
        "UFORA_LIMITS_STALL": str(STALL_SECONDS),
        "UFORA_WORKER_PROCESS_MEMORY_MIB": str(PROCESS_MIB),
    }
    with Cluster(shared_folder / "wary", workers=1, settings=settings) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def others_live_on(wary: Cluster) -> Iterator[None]:
    """Somebody else's session goes on, in the same processes as before, and none of them has grown much."""
    with pyfora.connect(wary.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == 1)
        kept = executor.submit(lambda: list(range(1000))).result()
        daemons = [daemon.daemon for daemon in (wary.manager, *wary.workers)]
        before = [daemon.memory_info().rss for daemon in daemons]
        yield
        assert executor.submit(sum, kept).result().toLocal().result() == 499500
        assert [daemon.daemon for daemon in (wary.manager, *wary.workers)] == daemons
        grown = [daemon.memory_info().rss - then for daemon, then in zip(daemons, before, strict=True)]
        assert max(grown) < GROWTH_MIB * MIB


class Stranger:
    """Speaks HTTP by hand."""

    def __init__(self, cluster: Cluster) -> None:
        self._connection = http.client.HTTPConnection(HOST, cluster.http_port, timeout=PATIENCE_SECONDS)
        self.session = "/api/v1/sessions/" + json.loads(self.ask("POST", "/api/v1/sessions")[1])["session"]

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        self._connection.request(method, path, body)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def compute(self, program: bytes) -> str:
        """What the exception says that the program ends with; "" for none."""
        computation = f"{self.session}/computations/c1"
        assert self.ask("PUT", computation + "?want=all", program)[0] == 202
        told = wait_until(lambda: self._find_end(computation))
        assert (told["state"], told["problem"]) == ("done", "")
        outcome = decode_program(self.ask("GET", computation + "/result")[1], reader="client")
        assert isinstance(outcome.entry, Outcome)
        if outcome.entry.error < 0:
            return ""
        return next(node.value for node in outcome.nodes if isinstance(node, Constant) and isinstance(node.value, str))

    def _find_end(self, computation: str) -> dict[str, object] | None:
        told: dict[str, object] = json.loads(self.ask("GET", computation)[1])
        return None if told["state"] in ("waiting", "running") else told


def with_header(header: bytes) -> bytes:
    begun = PRELUDE.pack(MAGIC, FORMAT, len(header)) + header
    return begun + bytes(padding_after(len(begun)))


def program_of(*nodes: object) -> bytes:
    return program_bytes(Program((), tuple(nodes), (), Value(len(nodes) - 1)))  # type: ignore[arg-type]


SMALL = program_of(Constant(1), ListOf((0,)))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (SMALL[:-3], "was cut off"),
        (SMALL + SMALL, "was cut off or joined with another"),
        (SMALL[: PRELUDE.size], "was cut off"),
        (with_header(b"\xc1" * 1000), "is damaged"),
        (with_header(b"\x91" * 100_000), "is damaged"),
        (with_header(b"\xdd\x7f\xff\xff\xff" * 2000), "is damaged"),
        (with_header(b"\xc6\x7f\xff\xff\xff"), "does not begin with its counts"),
        (with_header(msgpack.packb((2**40, 2**40, b""))), "does not begin with its counts"),
        (with_header(msgpack.packb((0, 0, struct.pack("<2Q", 2**63, 2**63)))), "bytes announced"),
    ],
    ids=["truncated", "joined", "no body", "junk", "nested", "huge arrays", "huge bytes", "huge counts", "huge buffers"],
)
def test_a_malformed_program_is_refused_in_one_sentence(wary: Cluster, program: bytes, said: str):
    sentence = Stranger(wary).compute(program)
    assert said in sentence
    assert "\n" not in sentence


def test_small_programs_that_stand_for_much(wary: Cluster):
    """Lists in lists, each twice in the next: 2 ** 60 items that are never written down; and lists nested deeper than any stack."""
    assert Stranger(wary).compute(program_of(Constant(1), *(ListOf((inner, inner)) for inner in range(60)))) == ""
    assert Stranger(wary).compute(program_of(Constant(1), *(ListOf((inner,)) for inner in range(20_000)))) == ""
    assert Stranger(wary).compute(program_of(RangeOf(0, 10**30, 1))) == ""


def test_a_program_that_asks_for_all_memory_is_stopped_in_its_own_process(wary: Cluster):
    with pyfora.connect(wary.url) as executor, pytest.raises(MemoryError), executor.remotely.downloadAll():
        bomb = "0" * 10**12  # noqa: F841 - it never gets this name


def test_a_program_larger_than_allowed_is_refused_whether_it_says_so_or_not(wary: Cluster):
    stranger = Stranger(wary)
    status, said = stranger.ask("PUT", f"{stranger.session}/computations/c1", SMALL.ljust((PROGRAM_MIB + 1) * MIB, b"\0"))
    assert (status, f"up to {PROGRAM_MIB * MIB:,} bytes" in said.decode()) == (413, True)
    with socket.create_connection((HOST, wary.http_port), timeout=PATIENCE_SECONDS) as caller:
        caller.sendall(f"PUT {stranger.session}/computations/c2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"100000\r\n" + SMALL.ljust(MIB, b"\0") + b"\r\n"
        for _ in range(PROGRAM_MIB + 1):
            caller.sendall(chunk)
        assert caller.recv(12) == b"HTTP/1.1 413"
    assert not list((wary.manager.folder / "spool").glob("**/*.program"))


def test_many_who_send_their_programs_drop_by_drop_are_given_up(wary: Cluster):
    session = Stranger(wary).session
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection((HOST, wary.http_port), timeout=PATIENCE_SECONDS)) for _ in range(200)]
        for number, caller in enumerate(slow):
            caller.sendall(
                f"PUT {session}/computations/s{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode() + SMALL[:20]
            )
        assert {caller.recv(12) for caller in slow} == {b"HTTP/1.1 408"}


def test_whoever_never_reads_is_dropped(wary: Cluster):
    """Clients that join, ask for results, and never read their answers."""
    manager = wary.manager.daemon

    def count_open() -> int:
        return len([each for each in manager.net_connections() if each.status == psutil.CONN_ESTABLISHED and each.raddr.port in ports])

    ports: set[int] = set()
    stranger = Stranger(wary)
    with socket.create_connection((HOST, wary.http_port), timeout=PATIENCE_SECONDS) as listening:
        listening.sendall(websocket_hello(wary, stranger.session))
        while b"workers" not in listening.recv(MIB):
            pass  # so it is one of the session's clients
    text = program_of(Constant("x" * 200_000))
    with ExitStack() as stack:
        for _ in range(20):
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect((HOST, wary.http_port))
            ports.add(deaf.getsockname()[1])
            deaf.sendall(websocket_hello(wary, stranger.session))
        wait_until(lambda: count_open() == 20)
        for number in range(60):
            stranger.ask("PUT", f"{stranger.session}/computations/t{number}?want=all", text)
        wait_until(lambda: count_open() == 0)


def websocket_hello(cluster: Cluster, session: str) -> bytes:
    """Everything a client says until it is connected, in one go."""
    upgrade = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        f"Host: {HOST}:{cluster.http_port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    packet = msgpack.packb({"type": 0, "data": {"session": session.rpartition("/")[2]}, "nsp": "/"})
    mask = b"\0\0\0\0"
    assert len(packet) < 126
    return upgrade + bytes([0x82, 0x80 | len(packet)]) + mask + packet
