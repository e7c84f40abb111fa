import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from tests.ufora.compile.programs import parse
from ufora.compile.keys import cpu_key, loop_key
from ufora.compile.spec import Consumer

BASE = "def f(x, y=1):\n    return x * k + y\nsum(f(i) for i in range(10))"


def key(text: str, **values: Any) -> str:
    return loop_key(parse(text, **values).loop)


def test_columns_first_lines_files_and_values_do_not_matter() -> None:
    wanted = key(BASE, k=2)
    assert key(BASE, k=3) == wanted
    assert key("\n\n" + BASE.replace("y=1", "y = 7").replace("range(10)", "range(5, 8)"), k=2) == wanted
    program = parse(BASE, k=2)
    assert loop_key(replace(program.loop, path="elsewhere.py")) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * k", "x * k * 1"),
        ("sum(", "max("),
        ("f(i)", "f(i + 0)"),
        ("y=1", "y=1.0"),
        ("range(10)", "A"),
        ("def f", "def f2"),
        ("x * k", "x * m"),
        ("x * k + y", "(x * k\n     + y)"),
    ],
)
def test_everything_else_does(old: str, new: str) -> None:
    text = BASE.replace("sum(f(", "sum(f2(") if new == "def f2" else BASE
    assert key(text.replace(old, new), k=2, m=2, A=[1, 2]) != key(BASE, k=2, m=2, A=[1, 2])


def test_types_matter() -> None:
    assert len({key(BASE, k=value) for value in (2, 2.0, True)}) == 3


def test_an_int_that_is_known_while_compiling_matters() -> None:
    assert len({key(BASE, k=value) for value in (2, 2**63, 2**63 + 1, 2**64 - 1, 2**64, 2**65)}) == 5


def test_which_value_stands_where_matters() -> None:
    program = parse("sum(i * a - b for i in range(10))", a=1, b=2)
    names = dict(program.loop.names)
    shared = replace(program.loop, names={**names, "b": names["a"]})
    assert loop_key(shared) != loop_key(program.loop)


def test_the_consumer_and_functions_that_call_each_other() -> None:
    text = "def f(x):\n    return g(x) if x else 1\ndef g(x):\n    return f(x - 1)\nsum(f(i) for i in range(10))"
    loop = parse(text).loop
    assert loop_key(loop) == key(text)
    assert loop_key(loop) != loop_key(replace(loop, consumer=Consumer.LIST))


def test_another_process_finds_the_same_key() -> None:
    imports = "from tests.ufora.compile.programs import parse; from ufora.compile.keys import cpu_key, loop_key"
    program = f"{imports}; print(loop_key(parse({BASE!r}, k=1).loop), cpu_key())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert done.stdout.split() == [key(BASE, k=1), cpu_key()]
