"""Dicts and sets that machine code makes, against Python's own."""

import pytest

from tests.ufora.compile.programs import check, check_elements, refusal_of

FUNCTIONS = [
    """
def f(n):
    counts = {}
    x = 1
    for _ in range(n * 100):
        x = (x * 1103515245 + 12345) % 2**31
        k = x % 50
        counts[k] = counts.get(k, 0) + 1
    return len(counts) * 1000 + sum(counts.values())
""",
    """
def f(n):
    memo = {1: 1}
    best = 0
    for s in range(1, n * 20):
        x, k = s, 0
        path = []
        while x not in memo:
            path.append(x)
            x = x // 2 if x % 2 == 0 else 3 * x + 1
        k = memo[x]
        for p in reversed(path):
            k += 1
            memo[p] = k
        if memo[s] > best:
            best = memo[s]
    return best
""",
    """
def fib(n, memo):
    if n < 2:
        return n
    if n in memo:
        return memo[n]
    v = fib(n - 1, memo) + fib(n - 2, memo)
    memo[n] = v
    return v
def f(n):
    return fib(n * 5, {})
""",
    """
def f(n):
    seen = set()
    x, y = 0, 0
    for i in range(n * 10):
        if (i * i) % 3:
            x += 1
        else:
            y -= 1
        if i % 7 == 0:
            x, y = y, x
        seen.add((x, y))
    return len(seen) + ((0, 0) in seen)
""",
    """
def f(n):
    d = {i: i * 0.5 for i in range(n)}
    for k in range(0, n, 2):
        del d[k]
    d[0] = 1.0
    d[1000] = 2.5
    t = 0.0
    i = 1
    for k, v in d.items():
        t += k * v * i
        i += 1
    return t
""",
    """
def f(n):
    d = {}
    for i in range(n * 3):
        d[i % 5, i % 3] = i
    s = 0
    for (a, b), v in d.items():
        s = s * 3 + a + b * v
    return s
""",
    """
def f(n):
    groups = {}
    for i in range(n * 10):
        groups.setdefault(i % 4, []).append(i)
    s = 0
    for k in groups:
        s = s * 5 + len(groups[k]) + sum(groups[k])
    return s
""",
    """
def f(n):
    a = {1: 2, 2: 3}
    b = a.copy()
    b[5] = n
    b[1] += 10
    return sum(a.values()) * 100 + sum(b.values()) + b.pop(2) + b.pop(77, 3) + (2 in b)
""",
    """
def f(n):
    s = {1, 2, n}
    s.discard(2)
    s.add(2)
    s.remove(1)
    t = {x % 3 for x in range(n)}
    return len(s) * 10 + len(t) + (n in s)
""",
    """
def f(n):
    adj = [{} for _ in range(n + 2)]
    for i in range(n * 4):
        adj[i % (n + 2)][(i * 7) % (n + 2)] = i * 0.25
    t = 0.0
    for row in adj:
        for k, w in row.items():
            t += k * w
    return t
""",
]


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_with_dicts(text: str) -> None:
    check(f"{text}\n[f(n) for n in range(12)]")


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("def f(n):\n    d = {n: 1}\n    for k in d:\n        d[k + n] = 2\n    return len(d)\n[f(n) for n in range(3)]", [1, 2]),
        ("def f(n):\n    d = {1: 2}\n    return d[n]\n[f(n) for n in range(3)]", [0, 2]),
        ("def f(n):\n    d = {1: 2}\n    d[n] += 1\n    return d[n]\n[f(n) for n in range(3)]", [0, 2]),
        ("def f(n):\n    d = {1: 2}\n    del d[n]\n    return len(d)\n[f(n) for n in range(3)]", [0, 2]),
        ("def f(n):\n    d = {1: 2}\n    return d.pop(n)\n[f(n) for n in range(3)]", [0, 2]),
        ("def f(n):\n    s = {1}\n    s.remove(n)\n    return len(s)\n[f(n) for n in range(3)]", [0, 2]),
    ],
)
def test_what_python_would_raise_stops(text: str, stopped: list[int]) -> None:
    assert check_elements(text) == stopped


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    return len({0.5: n})", "a key that is a float is not compiled"),
        ("    d = {1: 2}\n    d[True] = 3\n    return 1", "a key is an int first and a bool later"),
        ("    d = {1: 2}\n    d[n] = 0.5\n    return 1", "a dict holds an int first and a float later"),
        ("    return sum({n, 2})", "a loop over a set"),
        ("    return 1 if {n: 1}.get(n) else 2", "`get` of a dict with 1 arguments is not compiled"),
        ("    d = {n: 1}\n    d.update({2: 3})\n    return 1", "`update` of a dict is not compiled"),
    ],
)
def test_what_is_not_compiled_says_why(body: str, reason: str) -> None:
    assert reason in refusal_of(f"def f(n):\n{body}\n[f(n) for n in range(3)]").reason


def test_many_keys_that_collide_and_go() -> None:
    check(
        """
def f(n):
    d = {}
    for k in range(3000):
        d[k * 2**40 + n] = k
        if k % 3 == 0:
            del d[k // 2 * 2**40 + n]
            d[k // 2 * 2**40 + n] = -k
    total = 0
    for key, value in d.items():
        total = (total * 31 + key % 1009 + value) % 1000003
    return total * 10 + len(d) % 10
[f(n) for n in range(4)]"""
    )
