"""Who does not say soon, shortly and properly who he is, is dropped."""

import logging
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from clusters_for_tests import SECONDS, DaskCluster

from ufora.engine.on_dask import strangers

DISTRESS = "it does not speak as a worker does"


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strangers, "FIRST_SECONDS", 0.5)
        with DaskCluster(workers=0) as cluster:
            yield cluster


def call(cluster: DaskCluster, words: bytes) -> None:
    """Say something, keep the line open, wait until the other side hangs up."""
    host, _, port = cluster.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as caller:
        caller.sendall(words)
        try:
            while caller.recv(65536):
                pass
        except ConnectionError:
            return


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\x08",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("Q", 2**40),
        struct.pack("QQQ", 16, 1, 2**40),
        struct.pack("Q", 8) + bytes(8),
        struct.pack("QQQ", 16, 1, 4) + b"\xff\xff\xff\xff",
        bytes(range(256)) * 40,
    ],
)
def test_a_stranger_is_dropped_and_told_once(cluster: DaskCluster, caplog: pytest.LogCaptureFixture, words: bytes):
    caplog.set_level(logging.INFO)
    for _ in range(3):
        call(cluster, words)
    while not (told := list(caplog.messages)):  # the line is written after the hang-up
        time.sleep(0.01)
    assert [message for message in told if DISTRESS in message] == told
    assert len(told) == 1


def test_who_only_looks_is_not_told(cluster: DaskCluster, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    host, _, port = cluster.address.rpartition(":")
    for heard in (0, 1, 1000):
        with socket.create_connection((host, int(port)), timeout=SECONDS) as caller:
            assert not heard or caller.recv(heard)
    call(cluster, b"nonsense")
    while not (told := list(caplog.messages)):
        time.sleep(0.01)
    assert told == [f"dropped 127.0.0.1: {DISTRESS}"]  # of the one who spoke


def test_a_worker_is_none(cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strangers, "FIRST_SECONDS", 10.0)
    cluster.add_worker()
    engine = cluster.connect()
    assert engine.fetch(engine.submit(b"text still here")) == "still here"
    engine.close()
