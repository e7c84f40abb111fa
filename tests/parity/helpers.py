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


def tried(function, *args, **options):
    """What a call gives, or what it raises."""
    try:
        return function(*args, **options)
    except Exception as error:  # noqa: BLE001 - the exception is a part of the answer
        return type(error), str(error)
