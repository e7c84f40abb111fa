"""Dicts that kernels are given: each key is found in them, no other is."""

import pickle
from typing import Any

import numpy
import pytest

from tests.ufora.compile.programs import parse
from ufora.compile.dict_heads import DictHead
from ufora.compile.given import Head
from ufora.compile.kernel import Kernel, compile_loop
from ufora.compile.spec import Consumer, Given, Loop, MadeDict, MadeList, MadeSet, RangeSource, Scalar

INTS = MadeDict(Scalar.INT, Scalar.INT)


def look_up(of: Any, head: Head, text: str, source: range) -> Any:
    known = parse(f"[{text} for k in range(1)]", d=0).loop
    loop = Loop(known.tree, "", Consumer.LIST, RangeSource(), {**known.names, "d": Given(of)})
    kernel = compile_loop(loop, None)
    assert isinstance(kernel, Kernel), kernel
    run = kernel.run(source, 0, len(source), (head,))
    assert run.stopped_at == len(source)
    return run.partial.tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize("factor", [1, 2**20, 2**33 + 1, -(2**50)])
@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_each_key_is_found_and_no_other(count: int, factor: int) -> None:
    keys = [k * factor for k in range(count)]
    known = {key: key // 3 for key in keys}
    head = DictHead(numpy.array(keys, dtype=numpy.int64), numpy.array([known[key] for key in keys], dtype=numpy.int64), is_frozen=True)
    source = range(0, factor * 2 * (count + 5), factor // 2 or factor)
    assert look_up(INTS, head, "d.get(k, -7)", source) == [known.get(k, -7) for k in source]
    assert look_up(INTS, pickle.loads(pickle.dumps(head)), "k in d", source) == [k in known for k in source]


def test_values_of_all_kinds() -> None:
    keys = numpy.arange(5)
    floats = DictHead(keys, keys * 0.5, is_frozen=True)
    assert look_up(MadeDict(Scalar.INT, Scalar.FLOAT), floats, "d.get(k, 1.0)", range(7)) == [0.0, 0.5, 1.0, 1.5, 2.0, 1.0, 1.0]
    rows = DictHead(keys, [Head(numpy.arange(k), is_frozen=True) for k in range(5)], is_frozen=True)
    of_rows = MadeDict(Scalar.INT, MadeList(Scalar.INT))
    assert look_up(of_rows, rows, "sum(d[k]) * 10 + len(d[k])", range(5)) == [0, 1, 12, 33, 64]
    assert look_up(MadeSet(Scalar.INT, None), DictHead(keys, None, is_frozen=True), "k in d", range(3, 7)) == [True, True, False, False]


def test_what_is_frozen_is_not_changed() -> None:
    head = DictHead(numpy.arange(3), numpy.arange(3), is_frozen=True)
    tree = parse("[f(k) for k in range(1)]", f=0).loop.tree
    text = "def f(k):\n    d[k] = 7\n    return 1\n[f(k) for k in range(1)]"
    loop = parse(text, d=0).loop
    code = loop.names["f"]
    code.names["d"] = Given(INTS)  # type: ignore[union-attr,index]
    kernel = compile_loop(Loop(tree, "", Consumer.LIST, RangeSource(), {"f": code}), None)
    assert isinstance(kernel, Kernel)
    assert kernel.run(range(3), 0, 3, (head,)).stopped_at == 0
    assert head.entries[:, 2].tolist() == [0, 1, 2]
