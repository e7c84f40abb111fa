"""A gateway over loopback, asked by a plain HTTP client; strangers too."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from pyfora.wire.layout import FORMAT
from tests.ufora.gateway.documented import check_documented
from tests.ufora.gateway.fakes import RunningGateway, a_program, echo, running_gateway
from ufora import __version__
from ufora.engine.seldom import Seldom
from ufora.gateway import problems
from ufora.gateway.limits import Limits
from ufora.protocol.messages import INLINE_BYTES, PIECE_BYTES, Evaluate

LIMITS = Limits(program_bytes=20 * 2**20, computations=5, results_bytes=INLINE_BYTES, stall_seconds=0.2)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(echo, tmp_path / "spool", limits=LIMITS) as running:
        yield running


class Visitor:
    """One keep-alive connection."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        self.connection.request(method, path, body)
        response = self.connection.getresponse()
        body = response.read()
        check_documented(method, path, response, body)
        return response.status, body

    def open_session(self) -> str:
        return "/api/v1/sessions/" + json.loads(self.ask("POST", "/api/v1/sessions")[1])["session"]

    def wait_until_ended(self, computation: str) -> dict[str, object]:
        while True:
            told = json.loads(self.ask("GET", computation)[1])
            if told["state"] not in ("waiting", "running"):
                return told


@pytest.fixture
def visitor(gateway: RunningGateway) -> Iterator[Visitor]:
    visitor = Visitor(gateway)
    yield visitor
    visitor.connection.close()


def title(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["title"]


def test_the_manager_says_what_it_is(visitor: Visitor):
    assert visitor.ask("GET", "/livez")[0] == 200
    status, body = visitor.ask("GET", "/version")
    assert (status, json.loads(body)) == (
        200,
        {"product": "ufora", "version": __version__, "wire_formats": [FORMAT], "program_bytes": 20 * 2**20},
    )


def test_it_is_ready_only_with_a_worker(gateway: RunningGateway, visitor: Visitor):
    assert visitor.ask("GET", "/readyz") == (200, b"ready\n")
    gateway.call(gateway.engine.set_workers)
    assert visitor.ask("GET", "/readyz") == (503, b"no worker has joined the cluster yet\n")


def test_a_program_goes_in_and_its_result_comes_out(visitor: Visitor):
    computation = visitor.open_session() + "/computations/c1"
    status, body = visitor.ask("PUT", computation + "?want=all", a_program(b"hello"))
    assert (status, json.loads(body)["state"]) == (202, "waiting")
    assert visitor.wait_until_ended(computation)["nbytes"] == len(a_program(b"hello"))
    assert visitor.ask("GET", computation + "/result") == (200, a_program(b"hello"))


def test_a_large_result_is_streamed(gateway: RunningGateway, visitor: Visitor):
    large = a_program(bytes(range(256)) * (3 * PIECE_BYTES // 256))
    computation = visitor.open_session() + "/computations/c1"
    visitor.ask("PUT", computation + "?want=all", large)
    visitor.wait_until_ended(computation)
    assert visitor.ask("GET", computation + "/result") == (200, large)


def test_a_program_sent_twice_is_evaluated_once(gateway: RunningGateway, visitor: Visitor):
    computation = visitor.open_session() + "/computations/c1"
    visitor.ask("PUT", computation, a_program())
    visitor.wait_until_ended(computation)
    status, body = visitor.ask("PUT", computation, a_program())
    assert (status, json.loads(body)["state"]) == (202, "done")
    assert len(gateway.engine.asked) == 1


def test_spool_files_go_with_their_session(visitor: Visitor, tmp_path: Path):
    session = visitor.open_session()
    visitor.ask("PUT", session + "/computations/c1", a_program(bytes(INLINE_BYTES)))
    assert len(list((tmp_path / "spool").iterdir())) == 1
    assert visitor.ask("DELETE", session)[0] == 204
    assert list((tmp_path / "spool").iterdir()) == []
    assert title(visitor.ask("GET", session)) == (404, "this manager does not know the session: it has ended, or the manager was restarted")


def test_a_dropped_computation_is_gone(visitor: Visitor):
    session = visitor.open_session()
    visitor.ask("PUT", session + "/computations/c1", a_program())
    visitor.wait_until_ended(session + "/computations/c1")
    assert visitor.ask("POST", session + "/drop", b'{"values": [["c1", "x"]], "computations": ["c1", "c9"]}')[0] == 204
    assert title(visitor.ask("GET", session + "/computations/c1")) == (404, "this session has no such computation")


def test_a_result_is_not_given_before_it_is_there(gateway: RunningGateway, visitor: Visitor):
    gateway.call(gateway.engine.set_workers)
    computation = visitor.open_session() + "/computations/c1"
    visitor.ask("PUT", computation, a_program())
    assert title(visitor.ask("GET", computation + "/result")) == (409, "computation c1 is waiting: wait until it is done")
    assert visitor.ask("POST", computation + "/cancel")[0] == 204
    assert visitor.wait_until_ended(computation)["state"] == "cancelled"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("PUT", "/computations/c1", b"garbage", 400, "these bytes are not a program"),
        ("PUT", "/computations/c1?want=everything", b"", 400, "want='everything'"),
        ("PUT", "/computations/c1?limit=-1", b"", 400, "limit='-1'"),
        ("PUT", "/computations/%20", b"", 400, "name has 1 to 64"),
        ("PUT", "/fetches/f1", b"", 400, "says which value it wants"),
        ("POST", "/drop", b"\xff", 400, "a drop is"),
        ("POST", "/drop", b'{"values": [[1, 2]], "computations": []}', 400, "a drop is"),
        ("GET", "/nowhere", b"", 404, "Not Found"),
        ("PATCH", "", b"", 405, "Method Not Allowed"),
    ],
)
def test_bad_requests_get_one_sentence(visitor: Visitor, method: str, path: str, body: bytes, status: int, sentence: str):
    answer = title(visitor.ask(method, visitor.open_session() + path, body))
    assert answer[0] == status
    assert sentence in answer[1]


def test_a_session_holds_a_limited_number_of_computations(visitor: Visitor):
    session = visitor.open_session()
    answers = [visitor.ask("PUT", f"{session}/computations/c{number}", a_program()) for number in range(6)]
    assert [status for status, _ in answers] == [202] * 5 + [429]


def test_a_checkpoint_makes_lost_values_again(gateway: RunningGateway, visitor: Visitor, tmp_path: Path):
    session = visitor.open_session()
    visitor.ask("PUT", session + "/computations/c1", a_program(b"work"))
    visitor.wait_until_ended(session + "/computations/c1")
    for large in (True, False):
        checkpoint = a_program(b"kept" * (INLINE_BYTES if large else 1))
        assert visitor.ask("PUT", session + "/checkpoints/c1", checkpoint)[0] == 204
        assert len(list((tmp_path / "spool").iterdir())) == large
    gateway.call(lambda: gateway.engine.set_workers("w2"))
    visitor.ask("PUT", session + "/fetches/f1?computation=c1&name=x")
    visitor.wait_until_ended(session + "/computations/f1")
    assert [asked.data for _, asked in gateway.engine.asked if isinstance(asked, Evaluate)] == [a_program(b"work"), checkpoint]
    answer = title(visitor.ask("PUT", session + "/checkpoints/f1", checkpoint))
    assert answer == (409, "computation f1 has no values that another program could make")
    assert visitor.ask("PUT", session + "/checkpoints/c9", checkpoint)[0] == 404


def test_the_oldest_small_results_are_let_go_and_made_again_when_asked_for(visitor: Visitor):
    session = visitor.open_session()
    first, second = f"{session}/computations/c1", f"{session}/computations/c2"
    programs = {first: a_program(b"1" * (INLINE_BYTES // 2)), second: a_program(b"2" * (INLINE_BYTES // 2))}
    for computation, program in programs.items():
        visitor.ask("PUT", computation + "?want=all", program)
        visitor.wait_until_ended(computation)
    assert visitor.ask("GET", second + "/result") == (200, programs[second])
    assert title(visitor.ask("GET", first + "/result")) == (409, "the result of computation c1 went elsewhere: it is computed again")
    visitor.wait_until_ended(first)
    assert visitor.ask("GET", first + "/result") == (200, programs[first])


def test_a_program_that_is_too_large_is_refused_before_it_is_sent(gateway: RunningGateway, visitor: Visitor):
    session = visitor.open_session()
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as stranger:
        stranger.sendall(f"PUT {session}/computations/c1 HTTP/1.1\r\nHost: x\r\nContent-Length: {10**12}\r\n\r\n".encode())
        assert stranger.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_stands_still_is_given_up(gateway: RunningGateway, visitor: Visitor):
    session = visitor.open_session()
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as stranger:
        stranger.sendall(f"PUT {session}/computations/c1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode() + a_program())
        assert stranger.recv(100).startswith(b"HTTP/1.1 408")
    assert visitor.ask("GET", "/livez")[0] == 200


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n", b"\x16\x03\x01\x02\x00"]
)
def test_garbage_harms_nobody_and_is_told_once(
    gateway: RunningGateway, visitor: Visitor, garbage: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(problems, "strangers", Seldom())
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as stranger:
            stranger.sendall(garbage)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(1000):
                pass
    assert visitor.ask("GET", "/livez")[0] == 200
    (told,) = (message for message in caplog.messages if "127.0.0.1" in message)
    assert "dropped 127.0.0.1: it does not speak HTTP" in told


def test_a_client_that_leaves_amid_a_result_harms_nobody(gateway: RunningGateway, visitor: Visitor):
    large = a_program(bytes(4 * PIECE_BYTES))
    computation = visitor.open_session() + "/computations/c1"
    visitor.ask("PUT", computation + "?want=all", large)
    visitor.wait_until_ended(computation)
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as stranger:
        stranger.sendall(f"GET {computation}/result HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert stranger.recv(10)
    while visitor.ask("GET", computation + "/result") != (200, large):
        visitor.wait_until_ended(computation)


def test_an_answer_that_waits_for_the_end_holds_the_result(visitor: Visitor):
    computation = visitor.open_session() + "/computations/c1"
    status, body = visitor.ask("PUT", computation + "?want=all&wait=10000", a_program(b"hello"))
    told = msgpack.unpackb(body)
    assert (status, told["state"], told["result"], told["plain"]) == (202, "done", a_program(b"hello"), {})


def test_an_answer_waits_no_longer_than_it_may(gateway: RunningGateway, visitor: Visitor):
    gateway.call(gateway.engine.set_workers)
    computation = visitor.open_session() + "/computations/c1"
    status, body = visitor.ask("PUT", computation + "?wait=1", a_program(b"hello"))
    assert (status, msgpack.unpackb(body)["state"]) == (202, "waiting")


def test_a_fetch_waits_for_its_value_too(visitor: Visitor):
    session = visitor.open_session()
    visitor.ask("PUT", session + "/computations/c1?wait=10000", a_program())
    status, body = visitor.ask("PUT", session + "/fetches/f1?computation=c1&name=x&wait=10000")
    assert (status, msgpack.unpackb(body)["state"]) == (202, "done")


@pytest.mark.parametrize("wait", ["-1", "soon", "10001", "1.5"])
def test_how_long_to_wait_is_a_number_of_milliseconds(visitor: Visitor, wait: str):
    computation = visitor.open_session() + "/computations/c1"
    assert title(visitor.ask("PUT", f"{computation}?wait={wait}", a_program()))[0] == 400
