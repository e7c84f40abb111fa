"""Users' code that kills its process or wants all memory harms its own computation, tells its user why, and nobody else."""

import itertools
from collections.abc import Iterator

import numpy
import pytest

import pyfora
from tests.clusters import Cluster

MIB = 600  #: most memory of one process
WORKERS, SETTINGS = 1, {"UFORA_WORKER_PROCESS_MEMORY_MIB": str(MIB)}


@pytest.fixture
def neighbour(own: Cluster) -> Iterator[pyfora.RemotePythonObject]:
    """A value of another user's; with it his session and the daemons, all of which must live on."""
    before = [daemon.daemon.pid for daemon in (own.manager, *own.workers)]
    with pyfora.connect(own.url) as executor:
        value = executor.submit(lambda: list(range(1000))).result()
        losses = len(own.manager.find_lines("lost its worker"))
        yield value
        assert value.toLocal().result() == list(range(1000))
        assert executor.submit(sum, value).result().toLocal().result() == 499500
    assert [daemon.daemon.pid for daemon in (own.manager, *own.workers)] == before
    assert all("process" in line for line in own.manager.find_lines("lost its worker")[losses:])


def end_the_stack():
    nested = iter([1, 2])
    for _ in range(300_000):
        nested = itertools.chain(nested, ())
    return list(nested)  # C code that calls itself 300,000 times deep


def fill_memory(count):
    return len([0] * count)


def test_a_crash_in_c_code_fails_naming_the_line(client: pyfora.Executor, neighbour: pyfora.RemotePythonObject):
    line = end_the_stack.__code__.co_firstlineno + 4
    with pytest.raises(pyfora.PyforaError) as caught:
        client.submit(end_the_stack).result()
    assert "it was started 4 times" in str(caught.value)
    assert f"died of a segmentation fault at {__file__}, line {line}, in end_the_stack" in str(caught.value)
    assert client.submit(lambda: 6 * 7).result().toLocal().result() == 42


def test_too_much_memory_is_an_error_of_that_computation(client: pyfora.Executor, neighbour: pyfora.RemotePythonObject):
    with pytest.raises(pyfora.ComputationError) as caught:
        client.submit(fill_memory, MIB * 2**20 // 8).result()
    assert type(caught.value.remoteException) is MemoryError
    assert "fill_memory" in caught.value.trace
    assert client.submit(fill_memory, 1000).result().toLocal().result() == 1000


def fill_an_array(count):
    return len(numpy.ones(count))


def test_too_much_memory_for_an_array_is_a_memory_error_too(client: pyfora.Executor, neighbour: pyfora.RemotePythonObject):
    with pytest.raises(pyfora.ComputationError, match="Unable to allocate") as caught:
        client.submit(fill_an_array, MIB * 2**20 // 4).result()
    assert type(caught.value.remoteException) is MemoryError
    assert client.submit(fill_an_array, 1000).result().toLocal().result() == 1000


def test_too_much_memory_in_one_slice_of_many(client: pyfora.Executor, neighbour: pyfora.RemotePythonObject):
    with pytest.raises(MemoryError), client.remotely.downloadAll():
        total = sum(fill_memory(x * 1000) for x in range(100_000, 100_100))
    with client.remotely.downloadAll():
        total = sum(fill_memory(x) for x in range(100))
    assert total == 4950
