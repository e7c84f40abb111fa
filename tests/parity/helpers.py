"""A module of the user's own."""

import math

SCALE = 1.5


def root(x):
    return math.sqrt(x) * SCALE


def steps(n):
    count = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count
