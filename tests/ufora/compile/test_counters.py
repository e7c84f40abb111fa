"""What a loop only counts is not checked at each turn, and yet is never wrong."""

import random

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse
from ufora.compile.flag import POLL_TURNS
from ufora.compile.values import INT_MAX, INT_MIN

LOOPS = {
    "while": """    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
""",
    "either way": """    for i in range(n):
        if i % 3:
            count += 5
        else:
            count = count - 7
""",
    "chosen": """    for i in range(n):
        if i * i % 7 > 3:
            count += 1
""",
    "twice": """    for i in range(n):
        count += 1
        count -= 2
""",
    "within another": """    for i in range(n):
        for j in range(i % 70):
            count += 1
        count += 1
""",
    "counts with": """    i = 0
    while i < n:
        if i & 4:
            count += 3
        i += 1
""",
    "read": """    total = 0
    for i in range(n):
        count += 1
        total ^= count * i
    n = total
""",
    "left": """    for i in range(n):
        count -= 1
        if i * i > 5000:
            break
    else:
        count += 9
""",
    "large steps": """    for i in range(n):
        count += 1073741824
""",
    "too large steps": """    for i in range(n):
        count += 1073741825
""",
}


def of(loop: str, count: int = 0) -> str:
    return f"def f(n):\n    count = {count}\n{LOOPS[loop]}    return n, count\n\n"


@pytest.mark.parametrize("loop", LOOPS)
def test_values_are_those_of_python(loop: str) -> None:
    assert check_elements(of(loop) + "[f(n) for n in range(1, 200)]") == []


@pytest.mark.parametrize("loop", [loop for loop in LOOPS if loop not in ("while", "within another", "read")])
@pytest.mark.parametrize("turns", [POLL_TURNS - 1, POLL_TURNS, POLL_TURNS + 1, 2 * POLL_TURNS + 3])
def test_over_several_looks(loop: str, turns: int) -> None:
    check(of(loop) + f"[f(n) for n in [{turns}]]")


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("near", [2**62, -(2**62), INT_MAX, INT_MIN])
def test_near_what_they_are_looked_at_for_each_is_right_or_stopped(loop: str, near: int) -> None:
    for count in range(max(near - 2, INT_MIN), min(near + 2, INT_MAX) + 1):
        check_elements(of(loop, count) + f"[f(n) for n in [1, 2, 27, {POLL_TURNS // 64}]]")


def test_what_passes_2_to_the_62_between_two_looks_goes_on_and_stops_at_the_next() -> None:
    count = 2**62 - 2 * POLL_TURNS * 2**30
    assert check_elements(of("large steps", count) + f"[f(n) for n in [{3 * POLL_TURNS}, {3 * POLL_TURNS + 1}]]") == [1]


@pytest.mark.parametrize(
    "body",
    [
        "        count += n\n",
        "        count += 1\n        count = count * 3\n",
        "        count += 1\n        for count in range(count * 5, count * 5 + 1):\n            pass\n",
    ],
)
def test_what_is_assigned_in_other_ways_too_is_checked(body: str) -> None:
    text = f"def f(n):\n    count = 1\n    for i in range(100):\n{body}    return count\n\n[f(n) for n in [0, 1, {2**61}]]"
    assert check_elements(text)


def test_a_count_that_has_no_value_yet_is_an_error_where_it_is_one() -> None:
    text = (
        "def f(n):\n    if n > 5:\n        count = 0\n    for i in range(n):\n        if i > 3:\n            count += 1\n    return n\n\n"
    )
    assert check_elements(text + "[f(n) for n in [7, 8, 100]]") == []
    check_elements(text + "[f(n) for n in [0, 3, 8]]")


def test_no_turn_of_such_a_loop_is_checked() -> None:
    kernel = kernel_of(parse(of("while") + "[f(n) for n in range(1, 100)]"))
    reasons = {site.why for site in kernel.sites}
    assert "`count` is beyond 2**62 in a loop" in reasons
    assert "the result of `+` exceeds 64 bits" not in reasons  # nor that of `3 * n + 1`, as no multiple of 3 is the largest int


def test_random_counts() -> None:
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    for _ in range(20):
        starts = [draw.choice([0, 5, -(10**9), 2**61, -(2**62)]) for _ in range(3)]
        lines = [f"    {name} = {start}" for name, start in zip("abc", starts, strict=True)]
        lines += ["    for i in range(n):"]
        for name in "abc":
            lines += [f"        if (i + {draw.randrange(9)}) % {draw.randrange(1, 5)} {draw.choice(['==', '>'])} {draw.randrange(3)}:"]
            lines += [f"            {name} {draw.choice(['+=', '-='])} {draw.choice([0, 1, 7, -3, 2**20])}"]
        text = "\n".join(["def f(n):", *lines, "    return a ^ b ^ c", "", "[f(n) for n in [0, 1, 9, 70, 300]]"])
        assert check_elements(text) == [], (seed, text)
