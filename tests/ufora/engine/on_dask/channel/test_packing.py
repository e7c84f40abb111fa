import numpy

from ufora.engine.on_dask.channel.packing import pack_results, unpack_results


def test_arrays_are_parts_of_their_own_and_are_not_copied():
    array = numpy.arange(10.0)
    head, buffer = pack_results({"a": array, "b": 5})
    assert numpy.shares_memory(numpy.frombuffer(buffer), array)
    own = numpy.array(numpy.frombuffer(buffer))
    results = unpack_results([head, own])
    assert results["b"] == 5
    assert numpy.array_equal(results["a"], array)
    assert numpy.shares_memory(results["a"], own)
