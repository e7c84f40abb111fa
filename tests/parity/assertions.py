"""Asserts that pytest does not rewrite; and a module of the user's own, which travels as source."""


def check_small(x):
    assert x < 5, f"{x} is too large"
    return x


def check_positive(x):
    assert x > 0
    return x
