"""Turns that are taken many at once leave what they leave one by one."""

import pytest

from tests.ufora.compile.programs import check_elements, kernel_of, parse
from ufora.compile.flag import POLL_TURNS
from ufora.compile.recurrences import AT_ONCE

AFFINE = {
    "modulus": "x = (x * 1103515245 + 12345) % 2147483648",
    "mask": "x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF",
    "64 bits": f"x = (5 - 3 * x) % {2**64}",
    "itself twice": "x = (x * 5 - (x + 7) * 11) & 0xFFFF",
    "several statements": "x *= 25214903917\n        x += 11\n        x &= 0xFFFFFFFFFFFF",
    "in place": "x = x + 3 & 0xFF",
}
OTHERS = {
    "a square": "x = (x * x + 1) % 1024",
    "another variable": "x = (x * 5 + k) % 1024",
    "no power of two": "x = (x * 5 + 3) % 1000",
    "a mask with gaps": "x = (x * 5 + 3) & 0b1011",
    "two statements": "x = (x * 5 + 3) % 1024\n        y = x",
    "no modulus": "x = x + 3",
    "a float": "x = (x * 0.5 + 3) % 8",
}

NEGATIVE = 3  #: elements, the first ones, that start below zero: they stop where the variable holds 2**63 and more, too


def _text(body: str, turns: str = "n") -> str:
    return f"""def f(x, n):
    y = k = 0
    for k in range({turns}):
        {body}
    return x, y, k
[f(s * 977, n) for s in range(-3, 6)]"""


@pytest.mark.parametrize("turns", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE - 1])
@pytest.mark.parametrize("body", [*AFFINE.values(), *OTHERS.values()], ids=[*AFFINE, *OTHERS])
def test_values_are_those_of_python(body: str, turns: int) -> None:
    stopped = check_elements(_text(body), n=turns)
    assert body == OTHERS["a float"] or all(at < NEGATIVE for at in stopped)


@pytest.mark.parametrize("turns", [POLL_TURNS - 1, POLL_TURNS + AT_ONCE + 1, 2 * POLL_TURNS + 5])
def test_values_are_those_of_python_over_several_strips(turns: int) -> None:
    for name in ("modulus", "mask"):
        assert all(at < NEGATIVE for at in check_elements(_text(AFFINE[name]), n=turns))


@pytest.mark.parametrize("turns", [10, 64, 65, 200])
def test_a_count_that_is_known_may_be_any(turns: int) -> None:
    assert check_elements(_text(AFFINE["modulus"], str(turns)), n=0) == []


def test_only_such_loops_are_written_out() -> None:
    assert all("unroll.full" in kernel_of(parse(_text(body), n=9)).text for body in AFFINE.values())
    assert not any("unroll.full" in kernel_of(parse(_text(body), n=9)).text for body in OTHERS.values())
