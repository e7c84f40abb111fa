"""Cuts, restarts and other accidents between client and manager."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyfora import errors
from pyfora.client.executor import Executor
from pyfora.client.opening import open_executor
from tests.pyfora.client.forwarder import Forwarder
from tests.pyfora.client.tiny import Gate, TinyLanguage, TinyWorkers
from tests.ufora.gateway.fakes import RunningGateway, running_gateway
from ufora.gateway.session import Session as GatewaySession
from ufora.protocol.messages import INLINE_BYTES, PIECE_BYTES, Evaluate, Read


def add(left, right):
    return left + right


def repeat(text, count):
    return text * count


class Road:
    """Client ── forwarder ── gateway."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.gate = Gate()
        self.workers = TinyWorkers(add, repeat, self.gate.pass_through)

    def gateway(self):
        return running_gateway(self.workers.evaluate, self.spool)


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


@pytest.fixture
def gateway(road: Road) -> Iterator[RunningGateway]:
    with road.gateway() as running:
        yield running


@pytest.fixture
def wire(gateway: RunningGateway) -> Iterator[Forwarder]:
    with Forwarder(gateway.port) as forwarder:
        yield forwarder


def connect(wire: Forwarder, timeout: float = 10) -> Executor:
    return open_executor(TinyLanguage, f"http://127.0.0.1:{wire.port}", timeout)


def the_session(gateway: RunningGateway) -> GatewaySession:
    return next(iter(gateway.gateway.sessions._entries.values())).session


def test_an_answer_given_while_the_wire_was_cut_is_not_lost(road: Road, gateway: RunningGateway, wire: Forwarder):
    with connect(wire) as executor:
        future = executor.submit(road.gate.pass_through, 3)
        road.gate.reached.wait()
        wire.cut()
        gateway.call(road.gate.opened.set)
        while gateway.call(lambda: the_session(gateway).computations["c1"].state.value) != "done":
            threading.Event().wait(0.01)
        assert not future.done()
        wire.mend()
        assert future.result(60).toLocal().result() == 3
        assert road.workers.evaluated == ["c1"]


def test_a_block_sent_while_the_wire_is_cut_is_computed_when_it_is_mended(road: Road, wire: Forwarder):
    with connect(wire) as executor:
        wire.cut()
        future = executor.submit(add, 1, 2)
        wire.mend()
        assert future.result(60).toLocal().result() == 3
        assert road.workers.evaluated == ["c1"]


def test_a_manager_that_stays_away_is_an_error_after_the_timeout(road: Road, gateway: RunningGateway, wire: Forwarder):
    with connect(wire, timeout=0.3) as executor:
        future = executor.submit(road.gate.pass_through, 3)
        road.gate.reached.wait()
        wire.cut()
        with pytest.raises(errors.ConnectionError, match=r"the manager at http://.* went away and did not come back for 0\.3 seconds"):
            future.result(60)
        wire.mend()
    gateway.call(road.gate.opened.set)


def test_a_restarted_manager_gets_all_programs_again(road: Road, tmp_path: Path):
    with road.gateway() as first, Forwarder(first.port) as wire:
        executor = connect(wire)
        three = executor.define(3).result()
        four = executor.submit(add, three, 1).result()
        executor.submit(add, 100, 1).result()
        future = executor.submit(road.gate.pass_through, four)
        road.gate.reached.wait()
        executor._session.releases.close()
        wire.cut()
        first.stop()
        road.workers.values.clear()
        road.workers.evaluated.clear()
        road.gate.close()
        with road.gateway() as second:
            wire.target = second.port
            wire.mend()
            road.gate.reached.wait()
            second.call(road.gate.opened.set)
            assert future.result(60).toLocal().result() == 4
            assert four.toLocal().result() == 4
            assert three.toLocal().result() == 3
            assert road.workers.evaluated == ["c1", "c2", "c4"]
            executor.close()


def test_a_session_that_expired_is_made_again(road: Road, gateway: RunningGateway, wire: Forwarder):
    with connect(wire) as executor:
        three = executor.define(3).result()
        gateway.wait_for(gateway.gateway.sessions.end_all())
        assert executor.submit(add, three, 1).result().toLocal().result() == 4


def test_a_large_result_cut_on_its_way_comes_whole(road: Road, gateway: RunningGateway, wire: Forwarder, monkeypatch: pytest.MonkeyPatch):
    with connect(wire) as executor:
        proxy = executor.submit(repeat, "0123456789abcdef", PIECE_BYTES).result()
        half_way = threading.Event()
        read = GatewaySession.read_result

        async def cut_half_way(session, computation):
            async for piece in read(session, computation):
                yield piece
                if not half_way.is_set() and sum(isinstance(asked, Read) for _, asked in gateway.engine.asked) > 4:
                    half_way.set()
                    wire.cut()
                    wire.mend()

        monkeypatch.setattr(GatewaySession, "read_result", cut_half_way)
        assert proxy.toLocal().result(60) == "0123456789abcdef" * PIECE_BYTES
        assert half_way.is_set()


def test_a_large_program_is_sent_from_a_generator_and_kept_in_the_spool(
    road: Road, gateway: RunningGateway, wire: Forwarder, tmp_path: Path
):
    with connect(wire) as executor:
        proxy = executor.define(b"x" * (INLINE_BYTES + 1)).result()
        assert len(list(tmp_path.iterdir())) == 1
        assert proxy.toLocal().result() == b"x" * (INLINE_BYTES + 1)
        assert [asked.data for _, asked in gateway.engine.asked if isinstance(asked, Evaluate)] == [b""]


def test_a_program_over_the_managers_limit_is_refused_before_it_is_sent(wire: Forwarder):
    with connect(wire) as executor:
        executor._session._most_bytes = 1000
        with pytest.raises(Exception, match=r"are [\d,]+ bytes; the manager at http.* takes 1,000 bytes at once"):
            executor.define(b"x" * 2000)
